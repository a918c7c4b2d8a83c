"""What an operator can do about mail that waits or has failed (`manage.py outbox`)."""

from collections.abc import Sequence

import structlog
from django.db import transaction

from accounts.models import OutboundEmail
from accounts.outbox.answers import cleaned
from accounts.outbox.failed_invitations import tell_inviter
from clinic.clock import database_now

logger = structlog.get_logger(__name__)

State = OutboundEmail.State

# A row that is being sent is its sender's until the lease is over; what was accepted or came back has been sent.
RETRYABLE = (State.QUEUED, State.FAILED, State.DROPPED)
DROPPABLE = (State.QUEUED, State.FAILED)
UNFINISHED = (State.QUEUED, State.SENDING, State.FAILED)


def rows(states: Sequence[str] = UNFINISHED) -> list[OutboundEmail]:
    """Mail in these states, the oldest first, with the logins that it is for."""
    return list(OutboundEmail.objects.filter(state__in=states).select_related("user").order_by("pk"))


def retry(ids: Sequence[int] | None = None) -> list[int]:
    """Have rows sent again as if they were new, with a whole day to succeed; without ids, all that failed.

    Returns the ids of those that will be; a row that is no longer wanted is dropped when its turn comes (R12).
    """
    wanted = {"state": State.FAILED} if ids is None else {"state__in": RETRYABLE, "pk__in": ids}
    with transaction.atomic():
        found = OutboundEmail.objects.select_for_update().filter(**wanted).order_by("pk")
        taken = list(found.values_list("pk", flat=True))
        again = OutboundEmail.objects.filter(pk__in=taken)
        again.update(
            state=State.QUEUED, next_attempt_at=database_now(), first_refused_at=None, attempts=0, last_error=""
        )
    logger.warning("mail_retried_by_operator", outbox_ids=taken)
    return taken


def drop(outbox_id: int, reason: str) -> bool:
    """Never send this row; `reason` stands with it, and is told to the inviter. False where it can't be dropped."""
    words = cleaned(f"Taken out by the operator: {reason}")
    with transaction.atomic():
        row = OutboundEmail.objects.select_for_update().filter(pk=outbox_id).first()
        if row is None or row.state not in DROPPABLE:
            return False
        row.state, row.last_error = State.DROPPED, words
        row.save(update_fields=["state", "last_error"])
        tell_inviter(row, words)
    logger.warning("mail_dropped_by_operator", outbox_id=outbox_id, reason=words)
    return True
