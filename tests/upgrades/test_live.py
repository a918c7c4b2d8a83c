"""Migrating holds nobody up: no statement keeps others from a table for as long as it takes to read or rewrite it.

On PostgreSQL; SQLite locks the whole file for whatever is written. What must be held for that long is done in another
way (CONCURRENTLY, NOT VALID, a nullable column), or stands in `HOLDS_A_TABLE` with the reason why it may.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.upgrades.conftest import NewDatabase
from tests.upgrades.databases import in_use
from tests.upgrades.released import HOLDS_A_TABLE, RELEASES, Release
from tests.upgrades.states import migrate_to

pytestmark = pytest.mark.slow

INDEX = r'CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?"?\w+"? ON'
STATEMENT = re.compile(rf'(?:ALTER TABLE|{INDEX}|UPDATE|DELETE FROM) (?:ONLY )?"(?P<table>\w+)"')
HOLDS = re.compile(
    r"""
    ALTER\ COLUMN\ .*\ TYPE\                          # rewrites it
    | ADD\ COLUMN\ (?!.*DEFAULT).*\ NOT\ NULL         # fails where there is a row
    | ADD\ COLUMN\ .*\ (?:UNIQUE|PRIMARY\ KEY)        # makes an index
    | ADD\ CONSTRAINT\ (?!.*NOT\ VALID)               # looks at every row
    | SET\ NOT\ NULL                                  # looks at every row
    | ^CREATE\ (?:UNIQUE\ )?INDEX\ (?!CONCURRENTLY)   # reads all of it while nobody writes
    | ^UPDATE | ^DELETE                               # writes all of it
    """,
    re.VERBOSE,
)


@pytest.mark.parametrize(
    ("statement", "holds"),
    [
        ('ALTER TABLE "a" ALTER COLUMN "b" TYPE varchar(40)', True),
        ('ALTER TABLE "a" ADD COLUMN "b" integer NOT NULL', True),
        ('ALTER TABLE "a" ADD COLUMN "b" varchar(9) NULL UNIQUE', True),
        ('ALTER TABLE "a" ADD COLUMN "b" integer DEFAULT 1 NOT NULL', False),
        ('ALTER TABLE "a" ADD COLUMN "b" timestamp with time zone NULL', False),
        ('ALTER TABLE "a" ADD CONSTRAINT "c" CHECK ("b" > 1)', True),
        ('ALTER TABLE "a" ADD CONSTRAINT "c" CHECK ("b" > 1) NOT VALID', False),
        ('ALTER TABLE "a" ALTER COLUMN "b" SET NOT NULL', True),
        ('ALTER TABLE "a" ALTER COLUMN "b" DROP NOT NULL', False),
        ('CREATE INDEX "i" ON "a" ("b")', True),
        ('CREATE INDEX CONCURRENTLY "i" ON "a" ("b")', False),
        ('UPDATE "a" SET "b" = 1', True),
    ],
)
def test_what_holds_a_table_is_known(statement: str, holds: bool):
    """Otherwise the next test would find nothing."""
    assert list(held([statement], {"a"})) == ([statement] if holds else [])
    assert list(held([statement], {"z"})) == []


@pytest.fixture(scope="module")
def statements(own_database: NewDatabase, django_db_blocker: DjangoDbBlocker) -> dict[str, list[str]]:
    """By release: the statements of its migrations that hold a table which was there before."""
    found = {}
    with django_db_blocker.unblock(), in_use(own_database()):
        if connection.vendor != "postgresql":
            pytest.skip("SQLite locks the whole file in any case.")
        for release in RELEASES:
            there = set(connection.introspection.table_names())
            with connection.execute_wrapper(_noting(noted := [])):
                migrate_to(release)
            found[release.name] = list(held(noted, there))
    return found


def _noting(noted: list[str]) -> Callable[..., Any]:
    def wrapper(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        noted.append(str(statement))
        return execute(statement, *rest)

    return wrapper


def held(statements: list[str], there: set[str]) -> Iterator[str]:
    """Those that hold one of the tables `there`."""
    for statement in statements:
        found = STATEMENT.match(statement)
        if found and found["table"] in there and HOLDS.search(statement):
            yield statement


def test_no_migration_holds_a_table_for_long_without_a_reason(each_release: Release, statements: dict[str, list[str]]):
    """A reason whose statement is gone is taken out."""
    known = HOLDS_A_TABLE.get(each_release.name, {})
    unknown = [each for each in statements[each_release.name] if not each.startswith(tuple(known))]

    assert unknown == []
    assert [start for start in known if not any(each.startswith(start) for each in statements[each_release.name])] == []
