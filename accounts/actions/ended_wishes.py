"""A wish for another sign-in address that its person ends, be it by the way: those whom it concerns are told (A70)."""

from typing import Any

from accounts.actions.base import record, tell
from accounts.actions.logins import forget_open_changes, record_event
from accounts.models import Activity, EmailChange, Member, SecurityEvent, User
from accounts.origin import Origin
from clinic.clock import database_now

NEW_PASSWORD, DECLINED = "new password", "declined"


def end_wish_by_new_password(user: User, *, origin: Origin) -> None:
    """End the wish that waits: whoever asked may have known the old password. It is in the person's own record, too.

    For use inside another action, which has locked the login.
    """
    change = end_wish(user, because=NEW_PASSWORD)
    if change is not None:
        record_end(change, user=user, origin=origin, because=NEW_PASSWORD)


def record_end(change: EmailChange, *, user: User, origin: Origin, by: Member | None = None, **facts: Any) -> None:
    """Write in the person's own record that it ended, and tell them. For use inside another action."""
    kind, details = SecurityEvent.Kind.EMAIL_CHANGE_ENDED, {"change": change.pk, **facts}
    record_event(kind, user=user, origin=origin, by=by, details=details, mail_to=told_at(change))


def told_at(change: EmailChange) -> str:
    """Where its person is told; nowhere if the address was never confirmed: it may be a stranger's (A57).

    For use inside another action.
    """
    return change.old_email if change.old_was_confirmed else ""


def end_wish(user: User, *, because: str = DECLINED) -> EmailChange | None:
    """End the wish that is neither confirmed nor ended; returns it, where it was still waiting.

    Where an administrator asked for it, their clinic's log has it and they are told. The entry changes nothing that the
    clinic's lock guards. For use inside another action, which has locked the login.
    """
    found = EmailChange.objects.unfinished().filter(user=user)
    change: EmailChange | None = found.select_related("asked_by__user", "asked_by__account").first()
    forget_open_changes(user)
    if change is None or not change.is_waiting_at(database_now()):
        return None
    if change.asked_by is not None:
        _tell_the_clinic(change, change.asked_by, because)
    return change


def _tell_the_clinic(change: EmailChange, asker: Member, because: str) -> None:
    person = Member.objects.filter(account=asker.account_id, user=change.user_id, released_at=None).first()
    if person is None:
        return
    details = {"email": [change.old_email, change.new_email], "because": because}
    verb = Activity.Verb.EMAIL_CHANGE_DECLINED
    entry = record(verb, account=asker.account, actor=person, subject=person, details=details)
    if asker.is_present and asker.is_administrator:
        tell([asker], of=entry)
