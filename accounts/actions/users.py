"""Changes to a login itself, whatever clinics it belongs to."""

from contextlib import suppress

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.base import acting, on_file, permit, queue_email, record
from accounts.actions.ended_wishes import end_wish_by_new_password
from accounts.actions.limited import count_use
from accounts.actions.logins import (
    changing_login,
    end_sign_ins,
    lock_own_login,
    locking_login_and_clinics,
    record_event,
)
from accounts.actions.proved_mailbox import begin_anew
from accounts.earlier_use import EarlierUse
from accounts.errors import ActionRefused, SignInAgain
from accounts.gaps import require_gap
from accounts.limits import CONFIRMATION, PASSWORD_RESET
from accounts.models import Activity, Member, OutboundEmail, SecurityEvent, User
from accounts.origin import Origin
from accounts.tokens import ConfirmationLink, reset_tokens
from clinic.clock import database_now


def confirm_email(*, user: User, link: ConfirmationLink) -> bool:
    """Mark the address as confirmed where the link is about it; return whether it was.

    `user` has just shown the password: a link alone must not make a stranger's password trusted (A57). Raises
    SignInAgain where the login is gone.
    """
    with transaction.atomic():
        fresh = lock_own_login(user)
        if not link.confirms(fresh):
            return False
        if fresh.email_confirmed_at is None:
            fresh.email_confirmed_at = database_now()
            fresh.save(update_fields=["email_confirmed_at"])
    return True


def ask_for_confirmation(*, user: User, origin: Origin) -> None:
    """Send the confirmation mail again. Raises TooSoon where one was queued a short while ago, or LimitReached."""
    with transaction.atomic():
        count_use(CONFIRMATION, origin.network)
        _queue_apart(OutboundEmail.Kind.EMAIL_CONFIRMATION, user)


def ask_for_password_reset(*, email: str, source: str | None) -> None:
    """Queue the question whether a reset link goes to `email`; whoever sends mail answers it (`accounts.outbox.asked`).

    So asking takes the same work for every address, and as long (A67). `source` is what it counts against. Raises
    LimitReached, whether the address has a login or not.
    """
    with transaction.atomic():
        count_use(PASSWORD_RESET, source)
        if not OutboundEmail.objects.questions().filter(recipient=email).exists():
            queue_email(OutboundEmail.Kind.PASSWORD_RESET, user=None, recipient=email)


def send_password_reset(*, actor: Member, target: Member) -> None:
    """Queue a mail with a reset link for somebody of the clinic, who alone sees it and chooses the password (A7).

    Raises as `require_password_reset_can_be_sent` does, and TooSoon where such a mail was queued a short while ago.
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        require_password_reset_can_be_sent(actor=actor, target=target)
        _queue_apart(OutboundEmail.Kind.PASSWORD_RESET, target.user)
        record(Activity.Verb.PASSWORD_RESET_SENT, account=actor.account, actor=actor, subject=target)


def require_password_reset_can_be_sent(*, actor: Member, target: Member) -> None:
    """Raise NotPermitted for another owner (A40) and for anyone who can't sign in here, ActionRefused for a login that
    was switched off.

    A page asks this before it asks for the password; the action asks again under the lock.
    """
    permit(policies.can_send_password_reset(actor, target))
    if not target.user.may_reset_password:
        raise ActionRefused(_("This login was switched off, so no password opens it. Support can tell you more."))


def _queue_apart(kind: OutboundEmail.Kind, user: User) -> None:
    """Queue a mail unless one was queued just now: anybody can ask for these, and nobody should be flooded.

    Raises TooSoon.
    """
    lock_own_login(user)
    require_gap(kind, email=user.email)
    queue_email(kind, user=user)


def reset_password(*, user: User, token: str, password: str, origin: Origin) -> User | None:
    """Set a new password for somebody who proved the mailbox by a reset link; every sign-in of theirs ends (A17).

    A wish for another address ends with it, and the clinic that asked for it is told; where the mailbox had never been
    proved before, so does all that was set until then (A57), and what was joined falls back to invited (A73). Returns
    them as they are now. Changes nothing, and returns None, where the link was used up in the meantime (A24), or the
    login was erased.
    """
    # Hashing takes a while on purpose; it is done before the lock is taken.
    hashed = make_password(password)
    with suppress(SignInAgain), locking_login_and_clinics(lambda: user.pk) as fresh:
        if not fresh.is_active or not reset_tokens.check_token(fresh, token):
            return None
        end_wish_by_new_password(fresh, origin=origin)
        earlier = begin_anew(fresh) if fresh.email_confirmed_at is None else EarlierUse()
        fresh.password = hashed
        fresh.email_confirmed_at = fresh.email_confirmed_at or database_now()
        fresh.save(update_fields=["password", "email_confirmed_at"])
        end_sign_ins(fresh)
        record_event(SecurityEvent.Kind.PASSWORD_RESET, user=fresh, origin=origin, details=earlier.details())
        return fresh
    return None


def change_password(*, user: User, password: str, origin: Origin, keep: int | None) -> User:
    """Set a new password for somebody who has just shown the old one; every sign-in but `keep` ends (A6, A17).

    `user` is as the old password was checked against. Returns them as they are now. The same form sent twice changes it
    once. Raises ActionRefused with the field "current_password" where it was changed to something else meanwhile.
    """
    # Hashing takes a while on purpose; it is done before the lock is taken.
    hashed = make_password(password)
    with changing_login(user) as fresh:
        if fresh.password != user.password:
            if not fresh.check_password(password):
                words = _("Your password was changed a moment ago, so this is no longer the current one.")
                raise ActionRefused(words, field="current_password")
            return fresh
        fresh.password = hashed
        fresh.save(update_fields=["password"])
        end_sign_ins(fresh, apart_from=keep)
        record_event(SecurityEvent.Kind.PASSWORD_CHANGED, user=fresh, origin=origin)
    return fresh
