"""Carry out one row of the outbox: claim it, send it, write down what the mail server said.

At least once: a sender that dies after the server took the message leaves its lease to run out, and the message goes
again under the same Message-ID with the same link (R10).
"""

import random
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from accounts.mail import contents
from accounts.mail.message import Message
from accounts.models import OutboundEmail
from accounts.outbox.answers import is_held_up, is_permanent, reason
from accounts.outbox.failed_invitations import tell_inviter
from accounts.outbox.reset_requests import answer_claimed
from clinic.clock import database_now
from clinic.postman import Postman

logger = structlog.get_logger(__name__)

State = OutboundEmail.State

PUT_OFF = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_WAIT_SECONDS = 60 * 60


def deliver(outbox_id: int, postman: Postman | None = None) -> None:
    """Send the row with this id if it is due; do nothing where another sender has it or it is done (R11).

    `postman` has a connection that many rows share; without one the row has its own.
    """
    row = _claim(outbox_id)
    if row is None or _was_cut_off_for_a_day(row) or not answer_claimed(row):
        return
    message = _build(row)
    if message is None:
        return
    if postman is not None:
        _send(row, message, postman)
        return
    with Postman() as own:
        _send(row, message, own)


def _claim(outbox_id: int) -> OutboundEmail | None:
    """Take the row with a lease by one conditional update: of any number of senders, one wins."""
    now = database_now()
    lease = now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    due = OutboundEmail.objects.due(now).filter(pk=outbox_id)
    claim = {"state": State.SENDING, "lease_until": lease, "attempts": F("attempts") + 1}
    # Taken over from a sender that died, it counts as refused from then on, and stands behind the others.
    since = {"first_refused_at": Coalesce("first_refused_at", Value(now)), "next_attempt_at": now, "is_held_up": True}
    is_taken_over = not due.filter(state=State.QUEUED).update(**claim)
    if is_taken_over and not due.filter(state=State.SENDING).update(**claim, **since):
        return None
    inviter = ("invitation__invited_by__account", "invitation__invited_by__user")
    invitation = ("invitation__member__account", "invitation__member__user", *inviter)
    activity = ("activity__account", "activity__actor", "activity__subject")
    related = ("user", *invitation, *activity)
    held = OutboundEmail.objects.select_related(*related).filter(pk=outbox_id, lease_until=lease)
    columns: dict[str, Any] = {"is_taken_over": Value(is_taken_over)}
    return held.annotate(**columns).first()


def _was_cut_off_for_a_day(row: OutboundEmail) -> bool:
    """Whether nobody lived to say how it went, again and again; then it is given up (R17)."""
    since = row.first_refused_at
    if not row.is_taken_over or since is None or database_now() - since < GIVE_UP_AFTER:
        return False
    _give_up(row, row.last_error or "Whoever was sending it was stopped each time.")
    return True


def _build(row: OutboundEmail) -> Message | None:
    """The message, or None where there is nothing to send, and the row says why."""
    try:
        message = contents.build(row)
    except contents.NotNow:
        _finish(row, State.QUEUED, next_attempt_at=database_now() + PUT_OFF, attempts=row.attempts - 1)
        return None
    except contents.UnknownKind as error:
        _refused(row, error)
        return None
    except OperationalError:
        # The database went away: the row is well, and is sent again once the lease has run out.
        raise
    except Exception as error:
        # A row that cannot be built will never be: it must not stand in the way of the others (R17).
        logger.exception("mail_not_built", outbox_id=row.pk, kind=row.kind)
        _give_up(row, f"The message could not be built ({type(error).__name__}).")
        return None
    if message is None:
        _finish(row, State.DROPPED)
    return message


def _send(row: OutboundEmail, message: Message, postman: Postman) -> None:
    row.recipient = message.to[0]
    try:
        postman.send(message)
    except Exception as error:  # noqa: BLE001  (whatever it was, the row must say so and let go)
        _refused(row, error)
    else:
        _finish(row, State.ACCEPTED, recipient=row.recipient, accepted_at=database_now(), last_error="")
        logger.info("mail_accepted", outbox_id=row.pk, kind=row.kind, attempts=row.attempts)


def _refused(row: OutboundEmail, error: Exception) -> None:
    """Write down why it did not go, and when it is tried again, or that it is not (R8, R9)."""
    words, now = reason(error), database_now()
    first = row.first_refused_at or now
    if is_permanent(error) or now - first >= GIVE_UP_AFTER:
        _give_up(row, words)
        return
    wait = timedelta(seconds=_wait_seconds(row.attempts))
    logger.warning("mail_not_sent_yet", outbox_id=row.pk, kind=row.kind, reason=words, wait=wait.total_seconds())
    _finish(
        row,
        State.QUEUED,
        recipient=row.recipient,
        last_error=words,
        first_refused_at=first,
        is_held_up=is_held_up(error),
        # The last try is at the end of the day, not up to an hour after it.
        next_attempt_at=min(first + GIVE_UP_AFTER, now + wait),
    )


def _wait_seconds(attempts: int) -> float:
    """Exponential backoff with full jitter, so that many rows that failed together do not come back together."""
    most = min(LONGEST_WAIT_SECONDS, settings.OUTBOX_FIRST_WAIT_SECONDS * 2 ** min(attempts, 12))
    return random.uniform(1, most)  # noqa: S311


def _give_up(row: OutboundEmail, words: str) -> None:
    """The row has failed for good; whoever sent the invitation is told in the same transaction."""
    logger.error("mail_failed", outbox_id=row.pk, kind=row.kind, reason=words)
    with transaction.atomic():
        if _finish(row, State.FAILED, recipient=row.recipient, last_error=words):
            tell_inviter(row, words)


def _finish(row: OutboundEmail, state: OutboundEmail.State, **values: object) -> bool:
    """Let go of the row; False where its lease ran out and another sender has it now."""
    held = OutboundEmail.objects.filter(pk=row.pk, state=State.SENDING, lease_until=row.lease_until)
    return bool(held.update(state=state, lease_until=None, **values))
