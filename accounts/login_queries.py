"""What pages say of a login's address and password."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account, EmailChange, Member, SecurityEvent, User
from accounts.notice import moment_in_words
from accounts.security_notices import clinic_of
from clinic.clock import database_now

_PASSWORD_SET = (SecurityEvent.Kind.PASSWORD_CHANGED, SecurityEvent.Kind.PASSWORD_RESET)


@dataclass(frozen=True)
class Waiting:
    """A change of address that waits for the new one to confirm; the time is that of `clinic`."""

    row: EmailChange
    clinic: Account

    @property
    def until(self) -> str:
        """The moment, in words."""
        return moment_in_words(self.row.expires_at, self.clinic)


def waiting_change(user: User) -> Waiting | None:
    """What somebody or an administrator of theirs has asked for. At most two queries."""
    waiting = EmailChange.objects.waiting(database_now()).filter(user=user)
    row: EmailChange | None = waiting.select_related("asked_by__account").first()
    return Waiting(row, clinic_of(user.pk)) if row else None


def waiting_change_asked_here(member: Member) -> EmailChange | None:
    """The same, where an administrator of this clinic asked for it: what somebody asks for themselves is theirs."""
    waiting = EmailChange.objects.waiting(database_now()).filter(user=member.user_id)
    found: EmailChange | None = waiting.filter(asked_by__account=member.account_id).select_related("asked_by").first()
    return found


def password_set_at(user: User) -> datetime | None:
    """When the password was last changed, as far as it is known."""
    events = SecurityEvent.objects.filter(user=user, kind__in=_PASSWORD_SET).order_by("-pk")
    moment: datetime | None = events.values_list("created_at", flat=True).first()
    return moment
