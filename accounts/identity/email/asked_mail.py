"""Mail that people ask for by themselves: a reset link, a confirmation link."""

from accounts.identity.users import lock_own_user
from accounts.models import OutboundEmail, User
from accounts.outbox.limits import require_gap
from accounts.outbox.queue import queue_email


def queue_apart(kind: OutboundEmail.Kind, user: User) -> None:
    """Queue a mail unless one was queued just now: anybody can ask for these, and nobody should be flooded.

    For use inside another action. Raises TooSoon.
    """
    lock_own_user(user)
    require_gap(kind, email=user.email)
    queue_email(kind, user=user)
