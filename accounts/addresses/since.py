"""Which address a login had when, since it left one: what was joined at another belongs to that other (A58, A68)."""

from dataclasses import dataclass
from datetime import datetime

from accounts.addresses.history import stays_of
from accounts.models import EmailChange
from clinic.clock import database_now


@dataclass(frozen=True)
class AddressesSince:
    """The addresses of a login since it left `left`, each with the moment from which it was in use, oldest first."""

    left: str
    taken: list[tuple[datetime, str]]

    @classmethod
    def of(cls, change: EmailChange) -> "AddressesSince":
        """From a confirmed change on, later changes and objections included. One query."""
        assert change.confirmed_at is not None
        stays = stays_of(change.user, database_now())
        return cls(change.old_email, [(each.since, each.email) for each in stays if each.since >= change.confirmed_at])

    @property
    def others(self) -> set[str]:
        """Every address that it had since, but for the one that it left."""
        return {email for _moment, email in self.taken} - {self.left}

    def at(self, moment: datetime) -> str:
        """The address in use at `moment`: the one that it left, for any moment before."""
        return next((email for since, email in reversed(self.taken) if since <= moment), self.left)
