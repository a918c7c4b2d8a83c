"""Celery tasks. They take ids and hold no rules (C28); the database is the truth, Celery the accelerator."""

from datetime import timedelta

import structlog
from celery import shared_task

from accounts.clinic_settings.closing.erasure import due_for_erasure, erase
from accounts.identity.sessions.store import SessionStore
from accounts.identity.sessions.upkeep import forget_expired_sign_ins
from accounts.outbox.publish import TASK as SEND_EMAIL
from accounts.outbox.run import due_rows, send_due
from accounts.outbox.sweep import MOST_ASKED_AT_ONCE, begin_sweep
from clinic.clock import database_now

logger = structlog.get_logger(__name__)

# Younger rows are on their way through the broker already.
SWEEP_AFTER = timedelta(seconds=5)
# Ends a sender that hangs where nothing else ends it, as in looking up a name; before its lease of a row is over.
MOST_SECONDS_A_TASK = 55


@shared_task(name=SEND_EMAIL, time_limit=MOST_SECONDS_A_TASK)
def send_email(outbox_id: int) -> None:
    """Send one row of the outbox, if it is due, and then what else is."""
    structlog.contextvars.bind_contextvars(outbox_id=outbox_id)
    send_due(outbox_id)


@shared_task(name="accounts.sweep_outbox")
def sweep_outbox() -> None:
    """Ask again for rows that are due: a lost message, a killed worker, a mail server that was away (R4, R6)."""
    if not begin_sweep():
        return
    overdue = due_rows(database_now() - SWEEP_AFTER)
    for outbox_id in overdue.values_list("pk", flat=True)[:MOST_ASKED_AT_ONCE]:
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
