"""Changes to a login itself, whatever clinics it belongs to."""

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.base import queue_email
from accounts.errors import TooSoon
from accounts.models import OutboundEmail, User
from accounts.tokens import ConfirmationLink
from clinic.clock import database_now

BETWEEN_TWO_MAILS = timedelta(minutes=2)


def confirm_email(*, user: User, link: ConfirmationLink) -> bool:
    """Mark the address as confirmed where the link is about it; return whether it was.

    `user` has just shown the password: a link alone must not make a stranger's password trusted (A57).
    """
    with transaction.atomic():
        fresh = User.objects.select_for_update().get(pk=user.pk)
        if not link.confirms(fresh):
            return False
        if fresh.email_confirmed_at is None:
            fresh.email_confirmed_at = database_now()
            fresh.save(update_fields=["email_confirmed_at"])
    return True


def ask_for_confirmation(*, user: User) -> None:
    """Send the confirmation mail again. Raises TooSoon where one was queued less than two minutes ago."""
    with transaction.atomic():
        if not _queue_once(OutboundEmail.Kind.EMAIL_CONFIRMATION, user):
            words = _("An email went to %(email)s less than two minutes ago.")
            raise TooSoon(words % {"email": user.email}, until=database_now() + BETWEEN_TWO_MAILS)


def ask_for_password_reset(*, email: str) -> None:
    """Queue a mail with a reset link where the address has a login; do nothing otherwise. The caller answers alike."""
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        if user is not None and user.may_reset_password:
            _queue_once(OutboundEmail.Kind.PASSWORD_RESET, user)


def _queue_once(kind: OutboundEmail.Kind, user: User) -> bool:
    """Queue a mail unless one was queued just now: anybody can ask for these, and nobody should be flooded.

    Returns whether it was queued.
    """
    User.objects.select_for_update().get(pk=user.pk)
    lately = database_now() - BETWEEN_TWO_MAILS
    if OutboundEmail.objects.filter(user=user, kind=kind, created_at__gt=lately).exists():
        return False
    queue_email(kind, user=user)
    return True


def reset_password(*, user: User, token: str, password: str) -> bool:
    """Set a new password for somebody who proved the mailbox by a reset link; every session of theirs ends (A57).

    Returns False, and changes nothing, where the link was used up meanwhile (A24).
    """
    # Hashing takes a while on purpose; it is done before the lock is taken.
    hashed = make_password(password)
    with transaction.atomic():
        fresh = User.objects.select_for_update().get(pk=user.pk)
        if not fresh.is_active or not default_token_generator.check_token(fresh, token):
            return False
        fresh.password = hashed
        fresh.email_confirmed_at = fresh.email_confirmed_at or database_now()
        fresh.save(update_fields=["password", "email_confirmed_at"])
    return True
