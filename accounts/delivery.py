"""Carry out one row of the outbox: claim it, send it, write down what the mail server said.

At least once: a sender that dies after the server took the message leaves its lease to run out, and the message goes
again under the same Message-ID with the same link (R10).
"""

import random
import smtplib
from datetime import timedelta

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import OperationalError
from django.db.models import F

from accounts import emails
from accounts.models import OutboundEmail
from clinic.clock import database_now

logger = structlog.get_logger(__name__)

State = OutboundEmail.State

PUT_OFF = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_WAIT_SECONDS = 15
LONGEST_WAIT_SECONDS = 60 * 60
FIRST_PERMANENT_CODE = 500
# 5xx answers that speak of us or of the connection, not of the message: worth trying again once somebody mends it.
_PASSING_CODES = frozenset({503, 530, 534, 535, 538})


def deliver(outbox_id: int) -> None:
    """Send the row with this id if it is due; do nothing where another sender has it or it is done (R11)."""
    row = _claim(outbox_id)
    if row is None:
        return
    try:
        message = emails.build(row)
    except emails.NotNow:
        _finish(row, State.QUEUED, next_attempt_at=database_now() + PUT_OFF, attempts=row.attempts - 1)
        return
    except OperationalError:
        # The database went away: the row is well, and is sent again once the lease has run out.
        raise
    except Exception as error:
        # A row that cannot be built will never be: it must not stand in the way of the others (R17).
        logger.exception("mail_not_built", outbox_id=row.pk, kind=row.kind)
        _finish(row, State.FAILED, last_error=f"The message could not be built ({type(error).__name__}).")
        return
    if message is None:
        _finish(row, State.DROPPED)
        return
    _send(row, message)


def _claim(outbox_id: int) -> OutboundEmail | None:
    """Take the row with a lease by one conditional update: of any number of senders, one wins."""
    now = database_now()
    taken = (
        OutboundEmail.objects.due(now)
        .filter(pk=outbox_id)
        .update(state=State.SENDING, lease_until=now + OutboundEmail.LEASE, attempts=F("attempts") + 1)
    )
    if not taken:
        return None
    invitation = ("invitation__member__account", "invitation__member__user", "invitation__invited_by__account")
    activity = ("activity__account", "activity__actor", "activity__subject")
    related = ("user", *invitation, *activity)
    row: OutboundEmail | None = OutboundEmail.objects.select_related(*related).filter(pk=outbox_id).first()
    return row


def _send(row: OutboundEmail, message: EmailMultiAlternatives) -> None:
    recipient = message.to[0]
    try:
        message.send()
    except Exception as error:  # noqa: BLE001  (whatever it was, the row must say so and let go)
        _refused(row, error, recipient=recipient)
    else:
        _finish(row, State.ACCEPTED, recipient=recipient, accepted_at=database_now(), last_error="")
        logger.info("mail_accepted", outbox_id=row.pk, kind=row.kind, attempts=row.attempts)


def _refused(row: OutboundEmail, error: Exception, *, recipient: str) -> None:
    """Write down why it did not go, and when it is tried again, or that it is not (R8, R9)."""
    reason = _reason(error)
    now = database_now()
    if _is_permanent(error) or now - row.created_at >= GIVE_UP_AFTER:
        logger.error("mail_failed", outbox_id=row.pk, kind=row.kind, reason=reason)
        _finish(row, State.FAILED, recipient=recipient, last_error=reason)
        return
    wait = timedelta(seconds=_wait_seconds(row.attempts))
    logger.warning("mail_not_sent_yet", outbox_id=row.pk, kind=row.kind, reason=reason, wait=wait.total_seconds())
    _finish(row, State.QUEUED, recipient=recipient, last_error=reason, next_attempt_at=now + wait)


def _wait_seconds(attempts: int) -> float:
    """Exponential backoff with full jitter, so that many rows that failed together do not come back together."""
    return random.uniform(1, min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(attempts, 12)))  # noqa: S311


def _codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _words in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _is_permanent(error: Exception) -> bool:
    """Whether trying again cannot help: the server said no for good, or the address cannot be written to at all."""
    if isinstance(error, UnicodeError | ValueError) and not isinstance(error, OSError):
        return True
    codes = _codes(error)
    return bool(codes) and all(code >= FIRST_PERMANENT_CODE and code not in _PASSING_CODES for code in codes)


def _reason(error: Exception) -> str:
    """The mail server's words, or the network's, on one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        words = " ".join(f"{code} {_text(said)}" for code, said in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        words = f"{error.smtp_code} {_text(error.smtp_error)}"
    else:
        words = str(error) or type(error).__name__
    return " ".join(words.split())[:500]


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _finish(row: OutboundEmail, state: OutboundEmail.State, **values: object) -> None:
    """Let go of the row, unless its lease ran out and another sender has it now."""
    held = OutboundEmail.objects.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts)
    held.update(state=state, lease_until=None, **values)
