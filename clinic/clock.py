"""The one source of time: in Python and in SQL, so that a moved clock moves both or neither (R15, R20).

What decides by time asks the database, so that machines whose clocks differ agree on what has expired. A SQLite
database runs in this very process, so its time is this machine's, read in one place for both. Nothing else tells the
time (clinic/tests/test_one_clock.py).
"""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Value
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler


def machine_now() -> datetime:
    """Return the time of this machine, aware, in UTC.

    Only to compare with what a library wrote down by this machine's clock: Django's sessions, django-axes' failures.
    """
    return datetime.now(UTC)


def database_now() -> datetime:
    """Return the current time of the database, aware, in UTC. One query, on SQLite none."""
    if connection.vendor == "sqlite":
        return machine_now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


class DatabaseNow(Now):
    """The database's time, for use in a query: on PostgreSQL when the statement began, on SQLite `database_now()`.

    SQLite's own function reads another clock than Python does, and disagrees with it as soon as one of them is moved.
    """

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_extra: Any) -> tuple[str, Any]:
        return Value(machine_now(), output_field=DateTimeField()).as_sql(compiler, connection)
