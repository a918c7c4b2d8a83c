"""The database as each release had it: brought there, looked at, and written to with that release's own models."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps.registry import Apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model

from tests.upgrades.released import RELEASES, Release

APPS = ("accounts", "practitioners")

Node = tuple[str, str]


def numbered_migrations() -> set[str]:
    """Every migration of the product, as "app.name"."""
    return {f"{app}.{name}" for app, name in _graph().nodes if app in APPS}


def nodes_of(release: Release) -> list[Node]:
    """How far each app had come: ours with that release, the libraries' as they are now."""
    ours: dict[str, str] = {}
    for each in RELEASES[: RELEASES.index(release) + 1]:
        ours.update(migration.split(".") for migration in each.migrations)
    return [*ours.items(), *(node for node in _graph().leaf_nodes() if node[0] not in APPS)]


@cache
def apps_of(release: Release) -> Apps:
    """The models as that release's code had them: with its columns, and no others."""
    return MigrationLoader(None).project_state(nodes_of(release)).apps


@cache
def newest_apps() -> Apps:
    """The models of the code that is here, without what it does when they are saved."""
    return MigrationLoader(None).project_state().apps


def models_of(release: Release) -> list[type[Model]]:
    """Every table that the release had, also those between two models."""
    return apps_of(release).get_models(include_auto_created=True)


def migrate_to(release: Release) -> None:
    """What `manage.py migrate` of that release did on an empty database; or from a later state, the way back."""
    emit_pre_migrate_signal(0, False, DEFAULT_DB_ALIAS)
    MigrationExecutor(connection).migrate(nodes_of(release))
    emit_post_migrate_signal(0, False, DEFAULT_DB_ALIAS, apps=apps_of(release))


@cache
def _graph() -> Any:
    return MigrationLoader(None).graph


@dataclass(frozen=True)
class Table:
    """What is in a table, whichever code reads it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def counted(self, columns: tuple[str, ...]) -> Counter[tuple[str, ...]]:
        """The rows with those columns only."""
        places = [self.columns.index(column) for column in columns]
        return Counter(tuple(row[place] for place in places) for row in self.rows)


Tables = dict[str, Table]


def tables() -> Tables:
    """Everything that is in the database, but for Django's note of which migrations it has."""
    names = sorted(set(connection.introspection.table_names()) - {"django_migrations"})
    return {name: _read(name) for name in names}


def _read(name: str) -> Table:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
        rows = tuple(tuple(_in_words(value) for value in row) for row in cursor.fetchall())
        return Table(tuple(column[0] for column in cursor.description), rows)


def _in_words(value: object) -> str:
    return repr(bytes(value)) if isinstance(value, memoryview) else repr(value)


def gone(before: Tables, after: Tables) -> set[str]:
    """Each table that is not there any more, and each column of the others, as "table" and "table.column"."""
    columns = {
        f"{name}.{column}"
        for name in before.keys() & after.keys()
        for column in set(before[name].columns) - set(after[name].columns)
    }
    return (before.keys() - after.keys()) | columns


def lost(before: Tables, after: Tables) -> list[str]:
    """Name each table whose rows are not all there any more, with the values that they had; `gone` ones aside."""
    found = []
    for name in sorted(before.keys() & after.keys()):
        kept = tuple(column for column in before[name].columns if column in after[name].columns)
        if missing := before[name].counted(kept) - after[name].counted(kept):
            found.append(f"{name}: {missing.total()} of {len(before[name].rows)} rows, such as {next(iter(missing))}")
    return found
