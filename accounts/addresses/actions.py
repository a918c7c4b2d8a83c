"""Asking for another sign-in address, mailing the link again, cancelling (C2). Nothing changes until it's confirmed."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.addresses.objections import is_return
from accounts.core.acting import acting, on_file, permit, record
from accounts.core.email_changes import require_asker_still_may
from accounts.core.errors import ActionRefused, TooSoon
from accounts.core.network_limits import CONFIRMATION, count_unconfirmed
from accounts.core.origin import Origin
from accounts.identity.email.ended_changes import end_change, end_changes_asked_for, record_end, told_at
from accounts.identity.users import changing_user, changing_user_and_clinics, forget_open_changes, record_event
from accounts.models import Activity, EmailChange, Member, OutboundEmail, SecurityEvent, User
from accounts.outbox.limits import DAY, mails_that_count, require_gap
from accounts.outbox.queue import queue_email
from clinic.clock import database_now

MOST_CHANGES_A_DAY = 5


def ask_for_email_change(*, user: User, new_email: str, origin: Origin) -> None:
    """Ask the new address to confirm, and tell the old one, if it was confirmed.

    It can object, unless the new one was this login's before it (A69).
    A new request replaces an older one. Does the same whether the new address has a login or not (A9). Raises
    ActionRefused with the field "email" for the address that they have, TooSoon where enough was asked for (A51).
    """
    with changing_user_and_clinics(user) as user:
        _ask(user, new_email, origin=origin)


def ask_for_members_email_change(*, actor: Member, target: Member, new_email: str, origin: Origin) -> None:
    """The same by an administrator, for somebody who has joined. For use inside another action.

    It has locked the account and seen that the actor may. Raises TooSoon as well while the person is asking themselves.
    """
    with changing_user(target.user) as user:
        change = _ask(user, new_email, origin=origin, by=actor)
    if change is not None:
        details = {"email": [change.old_email, change.new_email]}
        record(Activity.Verb.EMAIL_CHANGE_ASKED, account=actor.account, actor=actor, subject=target, details=details)


def _ask(user: User, new_email: str, *, origin: Origin, by: Member | None = None) -> EmailChange | None:
    """Write the change and its mails; None where this very form was sent just now."""
    now = database_now()
    if new_email == user.email:
        raise ActionRefused(_("This is the address that you sign in with already."), field="email")
    older = _open_change(user)
    if older is not None and older.is_asked_by_same_form(new_email, by=by, now=now):
        return None
    if by is not None and older is not None and _goes_first(older, user):
        raise _not_now(new_email, older.expires_at)
    _require_room(user, new_email, by=by)
    count_unconfirmed(CONFIRMATION, by.user if by else user, origin)
    if by is None:
        end_change(user)
    else:
        forget_open_changes(user)
    change = EmailChange.objects.create(
        user=user,
        old_email=user.email,
        new_email=new_email,
        old_was_confirmed=user.email_confirmed_at is not None,
        is_return=is_return(user, new_email),
        asked_by=by,
        asked_at=now,
        expires_at=now + EmailChange.TIME_TO_CONFIRM,
    )
    _mail(change)
    facts = {"change": change.pk}
    kind = SecurityEvent.Kind.EMAIL_CHANGE_ASKED
    record_event(kind, user=user, origin=origin, by=by, details=facts, mail_to=told_at(change))
    return change


def _goes_first(older: EmailChange, user: User) -> bool:
    """Whether the person, whose address is proved, is asking for another themselves: no administrator ends that."""
    return older.asked_by_id is None and older.is_waiting_at(database_now()) and not user.is_unproved


def _not_now(email: str, until: datetime) -> TooSoon:
    """A refusal that doesn't say why: what others asked for is no one's business."""
    return TooSoon(_("%(email)s can’t be asked just now. Try again in a while.") % {"email": email}, until=until)


def _require_room(user: User, new_email: str, *, by: Member | None) -> None:
    """Each change is mail to an address that may be a stranger's. Raises TooSoon.

    The person and their administrators have a share each, so that neither uses up the other's (A61).
    """
    _require_gap(user, new_email)
    of_this_side = EmailChange.objects.filter(user=user, asked_by__isnull=by is None)
    lately = of_this_side.filter(asked_at__gt=database_now() - DAY).order_by("asked_at")
    times = list(lately.values_list("asked_at", flat=True))
    if len(times) >= MOST_CHANGES_A_DAY:
        words = _("The address was to be changed %(most)s times within a day already. Try again tomorrow.")
        raise TooSoon(words % {"most": MOST_CHANGES_A_DAY}, until=times[-MOST_CHANGES_A_DAY] + DAY)


def _require_gap(user: User, email: str) -> None:
    kind = OutboundEmail.Kind.EMAIL_CHANGE
    try:
        require_gap(kind, email=email)
    except TooSoon as error:
        if not mails_that_count(kind, email=email).exclude(email_change__user=user).exists():
            raise
        raise _not_now(email, error.until) from error


def _mail(change: EmailChange) -> None:
    queue_email(OutboundEmail.Kind.EMAIL_CHANGE, user=None, recipient=change.new_email, email_change=change)


def send_email_change_again(*, user: User, origin: Origin) -> EmailChange:
    """Mail the link once more: the same one, which works as long as before.

    Raises ActionRefused where nothing is waiting that can be confirmed, TooSoon where a mail went a short while ago.
    """
    with changing_user(user) as user:
        change = EmailChange.objects.waiting().filter(user=user).first()
        if change is None:
            raise ActionRefused(_("No change of email address is waiting to be confirmed. Ask for one first."))
        require_asker_still_may(change)
        _require_gap(user, change.new_email)
        count_unconfirmed(CONFIRMATION, user, origin)
        _mail(change)
        return change


def cancel_email_change(*, user: User, origin: Origin, expected: int | None = None) -> bool:
    """Cancel one's own change; its links stop working at once (A25). Returns whether there was one.

    `expected` is the one that the page showed; None where that isn't known. Raises ActionRefused where it is another.
    """
    with changing_user_and_clinics(user) as user:
        change = _open_change(user)
        if change is None:
            return False
        _require_shown(change, expected)
        end_change(user)
        record_end(change, user=user, origin=origin)
        return True


def cancel_members_email_change(*, actor: Member, target: Member, origin: Origin, expected: int | None = None) -> bool:
    """Cancel what an administrator of this clinic asked for. Returns whether there was such a change.

    `expected` as above. Raises NotPermitted, and ActionRefused where another one is waiting by now.
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        permit(policies.can_edit_member(actor, target))
        asked = EmailChange.objects.unfinished().filter(user=target.user_id, asked_by__account=actor.account_id)
        if (change := asked.first()) is not None:
            _require_shown(change, expected)
        return end_changes_asked_for(asked, account=actor.account, actor=actor, origin=origin)


def _require_shown(change: EmailChange, expected: int | None) -> None:
    """Raise ActionRefused where somebody asked for another address since the page with the button was opened (A71)."""
    if expected not in {None, change.pk}:
        words = _("Another address was asked for while you had this page open, so nothing was cancelled. See below.")
        raise ActionRefused(words)


def _open_change(user: User) -> EmailChange | None:
    """The change that was neither confirmed nor ended; its time may be over."""
    return EmailChange.objects.unfinished().filter(user=user).first()
