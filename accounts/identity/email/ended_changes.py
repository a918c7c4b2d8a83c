"""Ending a change of address that is awaiting confirmation: those whom it concerns are told (A70)."""

from typing import Any

from accounts.core.acting import record
from accounts.core.origin import Origin
from accounts.identity.users import forget_open_changes, record_event
from accounts.models import Account, Activity, EmailChange, Member, SecurityEvent, User
from accounts.models.email_change import EmailChangeQuerySet
from accounts.outbox.queue import tell
from clinic.clock import database_now

NEW_PASSWORD, DECLINED = "new password", "declined"


def end_change_by_new_password(user: User, *, origin: Origin) -> None:
    """End the change that waits: whoever asked may have known the old password. It is in the person's own record, too.

    For use inside another action, which has locked the login.
    """
    change = end_change(user, because=NEW_PASSWORD)
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


def end_change(user: User, *, because: str = DECLINED) -> EmailChange | None:
    """End the change that is neither confirmed nor ended; returns it, where it was still waiting.

    Where an administrator asked for it, their clinic's log has it and they are told. The entry changes nothing that the
    clinic's lock guards. For use inside another action, which has locked the login.
    """
    found = EmailChange.objects.unfinished().filter(user=user)
    change = found.select_related("asked_by__user", "asked_by__account").first()
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


def end_changes_asked_for(
    asked: EmailChangeQuerySet, *, account: Account, actor: Member | None, origin: Origin, staff: User | None = None
) -> bool:
    """End these changes that administrators of `account` asked for; its log says so, and each person is told.

    Returns whether there were any. For use inside another action, which has locked the account. `actor`, or `staff` of
    support, is who ends them.
    """
    people = list(asked.values_list("user", flat=True))
    # From here on nobody confirms or replaces one.
    logins = list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    changes = list(asked.filter(user__in=logins).select_related("user").order_by("user"))
    by_others = {"by_others": True} if actor is None else {}
    for change in changes:
        forget_open_changes(change.user)
        record_end(change, user=change.user, origin=origin, by=actor, **by_others)
        subject = account.members.filter(user=change.user, released_at=None).first()
        verb = Activity.Verb.EMAIL_CHANGE_CANCELLED
        record(verb, account=account, actor=actor, staff=staff, subject=subject)
    return bool(changes)
