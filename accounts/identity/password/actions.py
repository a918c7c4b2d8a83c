"""Changes to a login itself, whatever clinics it belongs to."""

from contextlib import suppress

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.acting import acting, on_file, permit, record
from accounts.core.earlier_use import EarlierUse
from accounts.core.errors import ActionRefused, SignInAgain
from accounts.core.network_limits import PASSWORD_RESET, count_use
from accounts.core.origin import Origin
from accounts.core.tokens import reset_tokens
from accounts.identity.email.asked_mail import queue_apart
from accounts.identity.email.ended_changes import end_change_by_new_password
from accounts.identity.email.proved import begin_anew
from accounts.identity.users import (
    changing_user,
    end_sign_ins,
    locking_user_and_clinics,
    record_event,
)
from accounts.models import Activity, Member, OutboundEmail, SecurityEvent, User
from accounts.outbox.queue import queue_email
from clinic.clock import database_now


def ask_for_password_reset(*, email: str, source: str | None) -> None:
    """Queue the question whether a reset link goes to `email`.

    Whoever sends mail answers it (`accounts.outbox.reset_requests`), so that asking takes the same work for every
    address, and as long (A67). `source` is what it counts against. Raises LimitReached, whether the address has a login
    or not.
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
        queue_apart(OutboundEmail.Kind.PASSWORD_RESET, target.user)
        record(Activity.Verb.PASSWORD_RESET_SENT, account=actor.account, actor=actor, subject=target)


def require_password_reset_can_be_sent(*, actor: Member, target: Member) -> None:
    """Raise NotPermitted for another owner (A40) and for anyone who can't sign in here, ActionRefused for a login that
    was switched off.

    A page asks this before it asks for the password; the action asks again under the lock.
    """
    permit(policies.can_send_password_reset(actor, target))
    if not target.user.may_reset_password:
        raise ActionRefused(_("This login was switched off, so no password opens it. Support can tell you more."))


def reset_password(*, user: User, token: str, password: str, origin: Origin) -> User | None:
    """Set a new password for somebody who proved the mailbox by a reset link; every sign-in of theirs ends (A17).

    A change of address that waits ends with it, and the clinic that asked for it is told; where the mailbox had never
    been proved before, so does all that was set until then (A57), and what was joined falls back to invited (A73).
    Returns them as they are now. Changes nothing, and returns None, if the link was used up in the meantime (A24) or
    the login was erased.
    """
    # Hashing takes a while on purpose; it is done before the lock is taken.
    hashed = make_password(password)
    with suppress(SignInAgain), locking_user_and_clinics(lambda: user.pk) as fresh:
        if not fresh.is_active or not reset_tokens.check_token(fresh, token):
            return None
        end_change_by_new_password(fresh, origin=origin)
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
    with changing_user(user) as fresh:
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
