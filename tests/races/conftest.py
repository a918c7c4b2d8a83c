"""A pool of processes for each database, started once and used by every race on it."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.races.pool import Pool, Tally, postgresql_pool, sqlite_pool
from tests.races.verdict import Verdict


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every race."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.races)


# The groups keep the races on one database together, so that pytest-xdist starts each pool once.
PARAMS = [pytest.param(vendor, marks=pytest.mark.xdist_group(f"races-{vendor}")) for vendor in ("sqlite", "postgresql")]


@pytest.fixture(scope="session", params=PARAMS)
def pool(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """Twenty processes on a new database: a SQLite file, then PostgreSQL."""
    with _open(request.param, tmp_path_factory.mktemp(f"races-{request.param}")) as opened:
        yield opened


def _open(vendor: str, folder: Path) -> AbstractContextManager[Pool]:
    if vendor == "sqlite":
        return sqlite_pool(folder)
    server = os.environ.get("TEST_DATABASE_URL")
    if server:
        return postgresql_pool(folder, server)
    reason = "TEST_DATABASE_URL names no PostgreSQL server, so the races on PostgreSQL are not run."
    if os.environ.get("REQUIRE_SERVICES", "").lower() in {"1", "true", "yes", "on"}:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def tally(request: pytest.FixtureRequest, pool: Pool) -> Iterator[Tally]:
    """Counts rounds and refusals, and prints them at the end (seen with `pytest -rP`)."""
    counted = Tally()
    yield counted
    print(f"{request.node.name}: {counted}")  # noqa: T201


@pytest.fixture
def verdict(request: pytest.FixtureRequest, pool: Pool) -> Iterator[Verdict]:
    """Counts rounds about owners and what went wrong in them, and prints it at the end, failed or not."""
    counted = Verdict()
    yield counted
    print(f"{request.node.name}: {counted}")  # noqa: T201


@pytest.fixture(autouse=True)
def _every_mail_was_handed_to_the_broker(pool: Pool) -> Iterator[None]:
    """The sweep would find a row that was not published, but twenty publishers at once are no reason to need it."""
    already = pool.log.stat().st_size
    yield
    with pool.log.open() as log:
        log.seek(already)
        assert "broker_away" not in log.read()
