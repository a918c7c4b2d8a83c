"""How often strangers asked for something lately, by IP address (A63)."""

from typing import ClassVar

from django.db import models

LONGEST_SOURCE = 64


class LimitedUse(models.Model):
    """One row for each limit and source, so that locking it makes those who come at once wait for each other.

    `source` is an IP address, an IPv6 network, or stands for a user whose address is confirmed. `times` are seconds
    since 1970 by the database's clock, the oldest first; those that no longer count are left out with the next use.
    """

    limit = models.CharField(max_length=30)
    source = models.CharField(max_length=LONGEST_SOURCE)
    times = models.JSONField(default=list, db_default=[])
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["limit", "source"], name="one_row_for_each_limit")]

    def __str__(self) -> str:
        return f"{self.limit} from {self.source}"
