"""Celery tasks. They take ids and hold no rules (C28); the database is the truth, Celery the accelerator."""

import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from celery import shared_task
from django.db.models import Case, Value, When

from accounts.delivery import deliver
from accounts.erasure import due_for_erasure, erase, forget_expired_sign_ins
from accounts.models import Activity, OutboundEmail
from accounts.sessions import SessionStore
from clinic.clock import database_now

logger = structlog.get_logger(__name__)

# Younger rows are on their way through the broker already.
SWEEP_AFTER = timedelta(seconds=5)
MOST_SWEPT_AT_ONCE = 500
SECONDS_OF_SILENCE = 5


@dataclass
class _Broker:
    """What this process knows of the broker."""

    silent_until: float = 0.0


_broker = _Broker()


@shared_task(name="accounts.send_email")
def send_email(outbox_id: int) -> None:
    """Send one row of the outbox, if it is due."""
    structlog.contextvars.bind_contextvars(outbox_id=outbox_id)
    deliver(outbox_id)


@shared_task(name="accounts.sweep_outbox")
def sweep_outbox() -> None:
    """Ask again for every row that is due: a lost message, a killed worker, a mail server that was away (R4, R6)."""
    # Welcomes of an import come in thousands and can wait; nobody's reset link may wait behind them.
    is_welcome = Case(When(activity__verb=Activity.Verb.MEMBER_IMPORTED, then=Value(1)), default=Value(0))
    overdue = OutboundEmail.objects.due(database_now() - SWEEP_AFTER).order_by(is_welcome, "next_attempt_at")
    for outbox_id in overdue.values_list("pk", flat=True)[:MOST_SWEPT_AT_ONCE]:
        send_email.delay(outbox_id)


@shared_task(name="accounts.forget_ended_sessions")
def forget_ended_sessions() -> None:
    """Delete the rows of sessions whose time is over: they hold who was signed in."""
    SessionStore.clear_expired()
    forget_expired_sign_ins()


@shared_task(name="accounts.erase_closed_accounts")
def erase_closed_accounts() -> None:
    """Erase every closed account whose time to reopen has passed. One that fails stays whole and holds up no other."""
    for account_id in due_for_erasure():
        try:
            erase(account_id)
        except Exception:
            logger.exception("account_not_erased", account_id=account_id)


def publish(outbox_id: int) -> None:
    """Ask Celery to send a row. Never raises: where the broker is away the sweep finds the row later (R1, R2).

    After a failure this process does not ask again for a few seconds, so that a request that owes several mails does
    not wait for a broker that hangs once for each.
    """
    if time.monotonic() < _broker.silent_until:
        return
    try:
        send_email.apply_async((outbox_id,), retry=False)
    except Exception as error:  # noqa: BLE001  (each broker has exceptions of its own)
        _broker.silent_until = time.monotonic() + SECONDS_OF_SILENCE
        logger.warning("broker_away", outbox_id=outbox_id, reason=str(error)[:200])
