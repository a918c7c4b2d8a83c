"""Installations for tests: a fresh database each (of the kind this run is on), static files shared."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
import redis

from tests.faults.mail_servers import MailServer
from tests.faults.services import PrivatePostgres, PrivateRedis, has_postgres_server, has_redis_server
from tests.faults.stack import Stack, new_key_prefix

NewStack = Callable[..., Stack]


def require(found: object, what: str) -> None:
    """Skip where a service is missing; fail where the run says that none may be."""
    if found:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what}, and REQUIRE_SERVICES is set.")
    pytest.skip(f"{what}.")


def _database_url(folder: Path, name: str) -> str:
    """Where an installation keeps its data: on the PostgreSQL that this run is on, or in a file of its own."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    return f"sqlite:///{folder}/clinic.sqlite3"


def _on_server(url: str, statement: str) -> None:
    with psycopg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")), autocommit=True) as server:
        server.execute(statement)


def _make_database(url: str, *, like: str | None = None) -> None:
    """Create an empty PostgreSQL database, or a copy of another; nothing for SQLite."""
    if url.startswith("postgres"):
        template = f' TEMPLATE "{urlsplit(like).path[1:]}"' if like else ""
        _on_server(url, f'CREATE DATABASE "{urlsplit(url).path[1:]}"{template}')


def _drop_database(url: str) -> None:
    if url.startswith("postgres"):
        _on_server(url, f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')


@pytest.fixture(scope="session")
def first_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An installation that is set up once; the others are copies of it."""
    folder = tmp_path_factory.mktemp("first")
    url = _database_url(folder, f"clinic_faults_{uuid4().hex[:12]}")
    _make_database(url)
    try:
        stack = Stack(folder=folder, database_url=url)
        stack.run("manage.py", "migrate", "--verbosity=0")
        stack.run("manage.py", "collectstatic", "--no-input", "--verbosity=0")
        yield stack
    finally:
        _drop_database(url)


@pytest.fixture(scope="module")
def new_stack(first_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewStack]:
    """Make installations; all that runs in them ends with the module."""
    made: list[Stack] = []

    def _new_stack(**given: Any) -> Stack:
        folder = tmp_path_factory.mktemp("stack")
        url = _database_url(folder, f"clinic_faults_{uuid4().hex[:12]}")
        _make_database(url, like=first_stack.database_url)
        if url.startswith("sqlite"):
            shutil.copy(first_stack.folder / "clinic.sqlite3", folder / "clinic.sqlite3")
        (folder / "static").symlink_to(first_stack.folder / "static")
        made.append(Stack(folder=folder, database_url=url, **given))
        return made[-1]

    yield _new_stack
    for stack in made:
        stack.stop_all()
        _drop_database(stack.database_url)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """An SMTP server that takes everything, for one test: what it counts, no other test has sent."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shared_mail_server() -> Iterator[MailServer]:
    """One for all tests of a file, which write to other addresses each."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shared_redis() -> Iterator[dict[str, str]]:
    """The Redis that this run may use, as settings of a stack; only our own keys are removed from it."""
    url = os.environ.get("TEST_REDIS_URL", "")
    require(url, "TEST_REDIS_URL says of no Redis")
    prefix = new_key_prefix()
    yield {"broker_url": url, "key_prefix": prefix}
    with redis.Redis.from_url(url, socket_timeout=5) as client:
        for key in client.scan_iter(match=f"{prefix}*"):
            client.delete(key)


@pytest.fixture(scope="module")
def private_postgres() -> Iterator[PrivatePostgres]:
    """A PostgreSQL of our own, started."""
    require(has_postgres_server(), "There is no PostgreSQL server program here")
    server = PrivatePostgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def new_private_database(
    private_postgres: PrivatePostgres, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Make databases on the PostgreSQL of our own, with all tables; the first is set up once, the others are copies."""

    def _named(name: str) -> str:
        return urlunsplit(urlsplit(private_postgres.server_url)._replace(path=f"/{name}"))

    first = _named("clinic_first")
    _make_database(first)
    Stack(folder=tmp_path_factory.mktemp("first"), database_url=first).run("manage.py", "migrate", "--verbosity=0")

    def _new_database() -> str:
        url = _named(f"clinic_{uuid4().hex[:12]}")
        _make_database(url, like=first)
        return url

    return _new_database


@pytest.fixture
def postgres_stack(new_private_database: Callable[[], str], first_stack: Stack, tmp_path: Path) -> Iterator[NewStack]:
    """Make installations on the PostgreSQL of our own, each with a database of its own."""
    made: list[Stack] = []

    def _new(**given: Any) -> Stack:
        folder = tmp_path / f"stack{len(made)}"
        folder.mkdir()
        (folder / "static").symlink_to(first_stack.folder / "static")
        made.append(Stack(folder=folder, database_url=new_private_database(), **given))
        return made[-1]

    yield _new
    for stack in made:
        stack.stop_all()


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    """A Redis of our own, not started yet."""
    require(has_redis_server(), "There is no redis-server here")
    server = PrivateRedis(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def hung_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        yield listener.getsockname()[1]
