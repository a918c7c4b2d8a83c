"""A row that two browsers may change at the same time."""

from django.db import models
from django.db.models import F


class Versioned(models.Model):
    """A row whose version every change raises, so that two browsers that change it notice each other."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def touch(self, *fields: str) -> None:
        """Save `fields` and raise the version. For use inside an action that has locked the account."""
        # An expression until the row is read again: the database raises it, whatever this object was read as.
        self.version = F("version") + 1
        self.save(update_fields=[*fields, "version"])
        self.refresh_from_db(fields=["version"])
