"""Ask Celery to send a row of the outbox, once it is committed."""

import time
from dataclasses import dataclass

import structlog
from celery import current_app

logger = structlog.get_logger(__name__)

# By its name: whoever queues a mail needn't load the words of all mail.
TASK = "accounts.send_email"

SECONDS_OF_SILENCE = 5


@dataclass
class _Broker:
    """What this process knows of the broker."""

    silent_until: float = 0.0


_broker = _Broker()


def publish(outbox_id: int) -> None:
    """Ask Celery to send a row. Never raises: where the broker is away the sweep finds the row later (R1, R2).

    After a failure this process does not ask again for a few seconds, so that a request that owes several mails does
    not wait for a broker that hangs once for each.
    """
    if time.monotonic() < _broker.silent_until:
        return
    try:
        current_app.send_task(TASK, (outbox_id,), retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001  (each broker has exceptions of its own)
        _broker.silent_until = time.monotonic() + SECONDS_OF_SILENCE
        logger.warning("broker_away", outbox_id=outbox_id, reason=str(error)[:200])
