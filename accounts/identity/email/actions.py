"""Confirming the address of a login."""

from django.db import transaction

from accounts.core.network_limits import CONFIRMATION, count_use
from accounts.core.origin import Origin
from accounts.core.tokens import ConfirmationLink
from accounts.identity.email.asked_mail import queue_apart
from accounts.identity.users import (
    lock_own_user,
)
from accounts.models import OutboundEmail, User
from clinic.clock import database_now


def confirm_email(*, user: User, link: ConfirmationLink) -> bool:
    """Mark the address as confirmed where the link is about it; return whether it was.

    `user` has just shown the password: a link alone must not make a stranger's password trusted (A57). Raises
    SignInAgain where the login is gone.
    """
    with transaction.atomic():
        fresh = lock_own_user(user)
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
        queue_apart(OutboundEmail.Kind.EMAIL_CONFIRMATION, user)
