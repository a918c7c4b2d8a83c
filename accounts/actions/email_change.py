"""A wish for another sign-in address: asked for, mailed again, taken back (C2). Nothing changes by it yet."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.base import acting, on_file, permit, queue_email, record
from accounts.actions.ended_wishes import end_wish
from accounts.actions.limited import count_unconfirmed
from accounts.actions.logins import changing_login, forget_open_changes, locking_login_and_clinics, record_event
from accounts.errors import ActionRefused, TooSoon
from accounts.gaps import mails_that_count, require_gap
from accounts.limits import CONFIRMATION
from accounts.models import Activity, EmailChange, Member, OutboundEmail, SecurityEvent, User
from accounts.origin import Origin
from clinic.clock import database_now

MOST_WISHES_A_DAY = 5
DAY = timedelta(days=1)
# A form that is sent twice asks once.
SAME_FORM = timedelta(minutes=2)


def ask_for_email_change(*, user: User, new_email: str, origin: Origin) -> None:
    """Ask the new address to confirm, and tell the old one, which can object, if it was confirmed.

    A new wish replaces an older one. Does the same whether the new address has a login or not (A9). Raises
    ActionRefused with the field "email" for the address that they have, TooSoon where enough was asked for (A51).
    """
    with locking_login_and_clinics(user) as user:
        permit(user.is_active)
        _ask(user, new_email, origin=origin)


def ask_for_members_email_change(*, actor: Member, target: Member, new_email: str, origin: Origin) -> None:
    """The same by an administrator, for somebody who has joined. For use inside another action.

    It has locked the account and seen that the actor may. Raises TooSoon as well while the person is asking themselves.
    """
    with changing_login(target.user) as user:
        change = _ask(user, new_email, origin=origin, by=actor)
    if change is not None:
        details = {"email": [change.old_email, change.new_email]}
        record(Activity.Verb.EMAIL_CHANGE_ASKED, account=actor.account, actor=actor, subject=target, details=details)


def _ask(user: User, new_email: str, *, origin: Origin, by: Member | None = None) -> EmailChange | None:
    """Write the wish and its mails; None where this very form was sent just now."""
    now = database_now()
    if new_email == user.email:
        raise ActionRefused(_("This is the address that you sign in with already."), field="email")
    older = _open_change(user)
    if older is not None and _is_same_form(older, new_email, by):
        return None
    if by is not None and older is not None and _goes_first(older, user):
        raise _not_now(new_email, older.expires_at)
    _require_room(user, new_email, by=by)
    count_unconfirmed(CONFIRMATION, by.user if by else user, origin)
    if by is None:
        end_wish(user)
    else:
        forget_open_changes(user)
    change = EmailChange.objects.create(
        user=user,
        old_email=user.email,
        new_email=new_email,
        old_was_confirmed=user.email_confirmed_at is not None,
        asked_by=by,
        asked_at=now,
        expires_at=now + EmailChange.TIME_TO_CONFIRM,
    )
    _mail(change)
    facts = {"change": change.pk}
    kind = SecurityEvent.Kind.EMAIL_CHANGE_ASKED
    record_event(kind, user=user, origin=origin, by=by, details=facts, mail_to=_told_at(change))
    return change


def _goes_first(older: EmailChange, user: User) -> bool:
    """Whether the person, whose address is proved, is asking for another themselves: no administrator ends that."""
    return older.asked_by_id is None and older.is_waiting_at(database_now()) and not user.is_unproved


def _not_now(email: str, until: datetime) -> TooSoon:
    """A refusal that doesn't say why: what others asked for is no one's business."""
    return TooSoon(_("%(email)s can’t be asked just now. Try again in a while.") % {"email": email}, until=until)


def _is_same_form(older: EmailChange, new_email: str, by: Member | None) -> bool:
    is_same = older.new_email == new_email and older.asked_by_id == (by.pk if by else None)
    return is_same and older.asked_at + SAME_FORM > database_now()


def _require_room(user: User, new_email: str, *, by: Member | None) -> None:
    """Each wish is mail to an address that may be a stranger's. Raises TooSoon.

    The person and their administrators have a share each, so that neither uses up the other's (A61).
    """
    _require_gap(user, new_email)
    of_this_side = EmailChange.objects.filter(user=user, asked_by__isnull=by is None)
    lately = of_this_side.filter(asked_at__gt=database_now() - DAY).order_by("asked_at")
    times = list(lately.values_list("asked_at", flat=True))
    if len(times) >= MOST_WISHES_A_DAY:
        words = _("The address was to be changed %(most)s times within a day already. Try again tomorrow.")
        raise TooSoon(words % {"most": MOST_WISHES_A_DAY}, until=times[-MOST_WISHES_A_DAY] + DAY)


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

    Raises ActionRefused where nothing is waiting to be confirmed, TooSoon where a mail went a short while ago.
    """
    with changing_login(user) as user:
        change = EmailChange.objects.waiting(database_now()).filter(user=user).first()
        if change is None:
            raise ActionRefused(_("No change of email address is waiting to be confirmed. Ask for one first."))
        _require_gap(user, change.new_email)
        count_unconfirmed(CONFIRMATION, user, origin)
        _mail(change)
        return change


def cancel_email_change(*, user: User, origin: Origin) -> bool:
    """Take one's wish back; its links are dead at once (A25). Returns whether there was one."""
    with locking_login_and_clinics(user) as user:
        permit(user.is_active)
        change = _open_change(user)
        if change is None:
            return False
        end_wish(user)
        _record_end(change, user=user, origin=origin)
        return True


def cancel_members_email_change(*, actor: Member, target: Member, origin: Origin) -> bool:
    """Take back what an administrator of this clinic asked for. Returns whether there was such a wish.

    Raises NotPermitted.
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        permit(policies.can_edit_member(actor, target))
        with changing_login(target.user) as user:
            change = _open_change(user)
            if change is None or change.asked_by is None or change.asked_by.account_id != actor.account_id:
                return False
            forget_open_changes(user)
            _record_end(change, user=user, origin=origin, by=actor)
        record(Activity.Verb.EMAIL_CHANGE_CANCELLED, account=actor.account, actor=actor, subject=target)
        return True


def _record_end(change: EmailChange, *, user: User, origin: Origin, by: Member | None = None) -> None:
    kind = SecurityEvent.Kind.EMAIL_CHANGE_ENDED
    record_event(kind, user=user, origin=origin, by=by, details={"change": change.pk}, mail_to=_told_at(change))


def _told_at(change: EmailChange) -> str:
    """Where its person is told; nowhere where the address was never confirmed: it may be a stranger's (A57)."""
    return change.old_email if change.old_was_confirmed else ""


def _open_change(user: User) -> EmailChange | None:
    """The wish that was neither confirmed nor ended; its time may be over."""
    found: EmailChange | None = EmailChange.objects.filter(user=user, confirmed_at=None, ended_at=None).first()
    return found
