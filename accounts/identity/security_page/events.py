"""What the page about a login shows of what happened to it."""

from dataclasses import dataclass

from accounts.core.browsers import in_words
from accounts.mail.notice import moment_in_words
from accounts.mail.security_notices.login import clinic_of, is_by_others, title_of, who_did
from accounts.mail.security_notices.recovery import recovery_by
from accounts.models import Account, SecurityEvent, User

EVENTS_SHOWN = 10


@dataclass(frozen=True)
class Happened:
    """An entry of a login's own record, for its person, whose time is that of `clinic`."""

    row: SecurityEvent
    clinic: Account

    @property
    def what(self) -> str:
        """What happened."""
        return title_of(self.row)

    @property
    def when(self) -> str:
        """The moment, in words."""
        return moment_in_words(self.row.created_at, self.clinic)

    @property
    def by(self) -> str:
        """Who did it, where it was somebody else; for what the person did themselves, in which browser."""
        if by := recovery_by(self.row):
            return by
        return who_did(self.row) if is_by_others(self.row) else in_words(self.row.user_agent)


def recent_events(user: User) -> list[Happened]:
    """What last happened to a login. Two queries."""
    rows = SecurityEvent.objects.filter(user=user).select_related("by__account").order_by("-pk")
    clinic = clinic_of(user.pk)
    return [Happened(row, clinic) for row in rows[:EVENTS_SHOWN]]
