"""The database's time, so that machines whose clocks differ agree on what has expired (R15)."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """Return the current time of the database, aware, in UTC. One query.

    On SQLite the database runs in this process, so that its clock is this machine's.
    """
    if connection.vendor == "sqlite":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
