"""What pages say of a login's address and password."""

from dataclasses import dataclass
from datetime import datetime

from accounts.core.earlier_use import EarlierUse
from accounts.mail.notice import moment_in_words
from accounts.mail.security_notices.login import clinic_of
from accounts.models import Account, EmailChange, Invitation, Member, SecurityEvent, User
from clinic.clock import database_now

INVITATIONS_SHOWN = 50
Kind = SecurityEvent.Kind
_PASSWORD_SET = (Kind.PASSWORD_CHANGED, Kind.PASSWORD_RESET, Kind.PASSWORD_REPLACED)


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
    waiting = EmailChange.objects.waiting().filter(user=user)
    row = waiting.select_related("asked_by__account").first()
    return Waiting(row, clinic_of(user.pk)) if row else None


def waiting_change_asked_here(member: Member) -> EmailChange | None:
    """The same, where an administrator of this clinic asked for it: what somebody asks for themselves is theirs."""
    waiting = EmailChange.objects.waiting().filter(user=member.user_id)
    return waiting.filter(asked_by__account=member.account_id).select_related("asked_by").first()


def password_set_at(user: User) -> datetime | None:
    """When the password was last changed, as far as it is known."""
    events = SecurityEvent.objects.filter(user=user, kind__in=_PASSWORD_SET).order_by("-pk")
    return events.values_list("created_at", flat=True).first()


@dataclass(frozen=True)
class WaitingInvitation:
    """An invitation that someone who is signed in can answer; `is_over`: its link no longer works."""

    row: Invitation
    is_over: bool

    @property
    def clinic(self) -> Account:
        """Where to."""
        return self.row.member.account

    @property
    def until(self) -> str:
        """How long the link works, in words."""
        return moment_in_words(self.row.expires_at, self.clinic)


def waiting_invitations(user: User) -> list[WaitingInvitation]:
    """What `user` was invited to and has not answered, the newest first. Two queries at most.

    Nothing for someone who has not shown that they read mail at the address (A58).
    """
    if user.email_confirmed_at is None:
        return []
    rows = Invitation.objects.filter(member__in=Member.objects.filter(user=user).invited())
    now = database_now()
    found = rows.select_related("member__account", "invited_by").order_by("-sent_at", "-pk")
    return [WaitingInvitation(row, is_over=row.expires_at <= now) for row in found[:INVITATIONS_SHOWN]]


def replaced_by_joining(member: Member) -> SecurityEvent | None:
    """What the login's record says of the password that `member` replaced when they joined; None if it had none."""
    events = SecurityEvent.objects.filter(user=member.user_id, kind=Kind.PASSWORD_REPLACED)
    return events.filter(details__member=member.pk).order_by("-pk").first()


def last_reset_of(user: User) -> int | None:
    """The id of what the login's record says of its last reset, if there is more to tell than that; None if not."""
    event = SecurityEvent.objects.filter(user=user, kind=Kind.PASSWORD_RESET).order_by("-pk").first()
    return event.pk if event is not None and event.details else None


def found_by_reset(event_id: int) -> list[str]:
    """What a reset found on a login, a paragraph each."""
    event = SecurityEvent.objects.filter(pk=event_id).first()
    return EarlierUse.of(event.details).in_words() if event is not None else []
