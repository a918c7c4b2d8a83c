"""The product's own settings, for real processes; and what a test has to know of them, or to do to them.

What they leave in a shared Redis carries a name of its own, the processes in which tasks run say who they are, and the
clock of a machine can be wrong. They wait for less (see pace.py).
"""

import os
import time

import time_machine
from celery.signals import worker_process_init

from clinic.parts import SWEEP
from clinic.settings import *  # noqa: F403
from clinic.settings import CELERY_BEAT_SCHEDULE, CELERY_BROKER_TRANSPORT_OPTIONS, VAR_DIR
from tests.faults import pace

if "REDIS_KEY_PREFIX" in os.environ:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **CELERY_BROKER_TRANSPORT_OPTIONS,
        "global_keyprefix": os.environ["REDIS_KEY_PREFIX"],
    }

OUTBOX_LEASE_SECONDS = pace.LEASE_SECONDS
OUTBOX_FIRST_WAIT_SECONDS = pace.FIRST_WAIT_SECONDS
EMAIL_TIMEOUT, MAIL_MESSAGE_SECONDS = pace.MAIL_STEP_SECONDS, pace.MAIL_MESSAGE_SECONDS
_every = float(os.environ.get("SWEEP_SECONDS", pace.SWEEP_SECONDS))
CELERY_BEAT_SCHEDULE = {**CELERY_BEAT_SCHEDULE, SWEEP: {**CELERY_BEAT_SCHEDULE[SWEEP], "schedule": _every}}

if ahead := float(os.environ.get("CLOCK_AHEAD_SECONDS", "0")):
    time_machine.travel(time.time() + ahead).start()


@worker_process_init.connect
def _say_who(**_: object) -> None:
    folder = VAR_DIR / "pool"
    folder.mkdir(exist_ok=True)
    (folder / str(os.getpid())).touch()
