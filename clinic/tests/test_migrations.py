"""Migrations: complete, one line of them in each app, and each with a way back; with data: tests/upgrades."""

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

pytestmark = pytest.mark.database

APPS = ("accounts", "practitioners")


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("app", APPS)
def test_migrations_of_an_app_are_one_line(loader: MigrationLoader, app: str):
    """Two that follow the same one would be a merge waiting to be made."""
    names = sorted(name for label, name in loader.disk_migrations if label == app)
    parents = [
        [name for label, name in loader.disk_migrations[app, each].dependencies if label == app] for each in names
    ]

    assert parents == [[], *([name] for name in names[:-1])]
    assert [name.split("_")[0] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]


def test_every_step_has_a_way_back(loader: MigrationLoader):
    stuck = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if app in APPS
        for operation in migration.operations
        if not operation.reversible
    ]

    assert stuck == []
