"""Upgraded databases: brought to a released state, written to by its code, migrated; or written to after `migrate`.

Tests that share them are one group (`xdist_group`), so that one worker of pytest-xdist makes them once.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from tests.upgrades.databases import Database, in_use, new_database
from tests.upgrades.released import RELEASES, Release
from tests.upgrades.states import Tables, apps_of, migrate_to, tables
from tests.upgrades.story import tell

BEFORE, AFTER = "before migrate", "beside the new code"


@dataclass(frozen=True)
class Upgraded:
    """A database at the head with what the code of `release` wrote to it; `before`: as it was before `migrate`."""

    release: Release
    database: Database
    before: Tables


class NewDatabase(Protocol):
    """Makes a database: an empty one, or a copy of another."""

    def __call__(self, *, like: Database | None = None) -> Database: ...


UpgradedFrom = Callable[[Release], Upgraded]


def _when(release: Release) -> tuple[pytest.MarkDecorator, ...]:
    return () if release in (RELEASES[0], RELEASES[-1]) else (pytest.mark.nightly,)


@pytest.fixture(scope="session")
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewDatabase]:
    """Make databases, which are gone at the end of the run."""
    with ExitStack() as opened:

        def _own_database(*, like: Database | None = None) -> Database:
            return opened.enter_context(new_database(tmp_path_factory.mktemp("upgrades"), like))

        yield _own_database


@pytest.fixture(scope="session")
def upgraded_from(own_database: NewDatabase, newest: Database, django_db_blocker: DjangoDbBlocker) -> UpgradedFrom:
    """Upgrade from a released state, with data in it; once for each release."""

    @cache
    def _upgraded_from(release: Release) -> Upgraded:
        # An empty database of the last release is one at the head.
        alike = newest if release is RELEASES[-1] else None
        with django_db_blocker.unblock(), in_use(database := own_database(like=alike)):
            migrate_to(release)
            tell(apps_of(release))
            before = tables()
            call_command("migrate", verbosity=0)
        return Upgraded(release, database, before)

    return _upgraded_from


@pytest.fixture(scope="session")
def newest(own_database: NewDatabase, django_db_blocker: DjangoDbBlocker) -> Database:
    """A database at the head with nothing in it."""
    database = own_database()
    with django_db_blocker.unblock(), in_use(database):
        call_command("migrate", verbosity=0)
    return database


@pytest.fixture(params=RELEASES, ids=lambda release: release.name)
def each_release(request: pytest.FixtureRequest) -> Release:
    """Each release."""
    return request.param


@pytest.fixture(params=[pytest.param(each, id=each.name, marks=_when(each)) for each in RELEASES])
def release(request: pytest.FixtureRequest) -> Release:
    """Each release; by day the oldest and the last, between which all the others are on their way."""
    return request.param


@pytest.fixture
def upgraded(release: Release, upgraded_from: UpgradedFrom, django_db_blocker: DjangoDbBlocker) -> Iterator[Upgraded]:
    """A database that was migrated with the release's data in it; what the test does to it is undone."""
    found = upgraded_from(release)
    with django_db_blocker.unblock(), undone(found.database):
        yield found


@pytest.fixture
def beside(release: Release, newest: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Release]:
    """A database at the head that the release's code goes on writing to; undone, too."""
    with django_db_blocker.unblock(), undone(newest):
        tell(apps_of(release))
        yield release


@pytest.fixture(params=[BEFORE, AFTER])
def old_data(request: pytest.FixtureRequest, release: Release, django_db_blocker: DjangoDbBlocker) -> Iterator[Release]:
    """What a release's code wrote, before `migrate` or after it: to the new code it is all the same."""
    was_there = request.param == BEFORE
    made = request.getfixturevalue("upgraded_from")(release).database if was_there else None
    with django_db_blocker.unblock(), undone(made or request.getfixturevalue("newest")):
        if not was_there:
            tell(apps_of(release))
        yield release


@contextmanager
def undone(database: Database) -> Iterator[None]:
    """Work on a database, see that the rows that refer to others have them, and leave it as it was."""
    with in_use(database), transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)
