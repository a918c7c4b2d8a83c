"""`manage.py flush`: Django's own, which empties every table, as long as the guard of owners lets it."""

from typing import Any

from django.core.management.commands.flush import Command as FlushCommand
from django.db import connections

from accounts.ownership import triggers


class Command(FlushCommand):
    """Has the guard stand aside on SQLite, where tables are emptied row by row and which comes first is chance.

    PostgreSQL empties them without asking any trigger.
    """

    def handle(self, **options: Any) -> None:
        """Empty the database, once that was confirmed."""
        connection = connections[options["database"]]
        if connection.vendor != "sqlite":
            return super().handle(**options)
        triggers.remove(connection)
        try:
            super().handle(**options)
        finally:
            triggers.install(connection)
        return None
