"""Which address a login had when, since it left one: what was joined at another belongs to that other (A58, A68)."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import EmailChange, SecurityEvent


@dataclass(frozen=True)
class AddressesSince:
    """The addresses of a login since it left `left`, each with the moment from which it was in use, oldest first."""

    left: str
    taken: list[tuple[datetime, str]]

    @classmethod
    def of(cls, change: EmailChange) -> "AddressesSince":
        """From a confirmed change on, later changes and objections included. Two queries."""
        changes = list(EmailChange.objects.filter(user=change.user_id, confirmed_at__gte=change.confirmed_at))
        by_id = {each.pk: each for each in changes}
        objections = SecurityEvent.objects.filter(
            user=change.user_id, kind=SecurityEvent.Kind.EMAIL_CHANGE_ENDED, details__objected=True
        )
        taken = [(each.confirmed_at, each.new_email) for each in changes if each.confirmed_at is not None]
        for event in objections:
            undone = by_id.get(event.details["change"])
            if undone is not None and undone.confirmed_at is not None and undone.confirmed_at < event.created_at:
                taken.append((event.created_at, undone.old_email))
        return cls(change.old_email, sorted(taken))

    @property
    def others(self) -> set[str]:
        """Every address that it had since, but for the one that it left."""
        return {email for _moment, email in self.taken} - {self.left}

    def at(self, moment: datetime) -> str:
        """The address in use at `moment`: the one that it left, for any moment before."""
        return next((email for since, email in reversed(self.taken) if since <= moment), self.left)
