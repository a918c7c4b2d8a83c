"""Databases of their own for upgrades, of the kind that this run is on: what the other tests use stays as it is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend


@dataclass(frozen=True)
class Database:
    """A database of its own; `url` is how a process of its own is told of it."""

    url: str
    connection: BaseDatabaseWrapper

    @property
    def name(self) -> str:
        """As the server knows it; on SQLite its path."""
        return str(self.connection.settings_dict["NAME"])


@contextmanager
def new_database(folder: Path, like: Database | None = None) -> Iterator[Database]:
    """Make one, empty or a copy, and drop it afterwards; a file in `folder`, where this run is on SQLite."""
    server = os.environ.get("DATABASE_URL", "")
    name = f"clinic_upgrades_{uuid4().hex[:12]}"
    if not server.startswith("postgres"):
        path = folder / f"{name}.sqlite3"
        if like:
            with like.connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(path)])
        yield from _opened(f"sqlite:///{path}", path)
        return
    if like:
        # The server copies none that somebody is connected to.
        like.connection.close()
    _on_server(server, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like.name}"' if like else ""))
    try:
        yield from _opened(urlunsplit(urlsplit(server)._replace(path=f"/{name}")), name)
    finally:
        _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _opened(url: str, name: Path | str) -> Iterator[Database]:
    """The settings are the product's; but for its pool, which Django keeps by the alias, and so for the other tests."""
    settings = deepcopy(connections.databases[DEFAULT_DB_ALIAS])
    settings["NAME"] = str(name)
    settings["OPTIONS"].pop("pool", None)
    connection = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, DEFAULT_DB_ALIAS)
    try:
        yield Database(url, connection)
    finally:
        connection.close()


def _on_server(url: str, statement: str) -> None:
    with psycopg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")), autocommit=True) as server:
        server.execute(statement)


@contextmanager
def in_use(database: Database) -> Iterator[None]:
    """Let the product, in this process, work on this database."""
    usual = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = database.connection
    # Remembered by the alias, too: the ids in another database are others.
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        ContentType.objects.clear_cache()
