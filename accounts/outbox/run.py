"""One go at the outbox: the row that was asked for, and whatever else is due, over one connection."""

import time
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Case, QuerySet, Value, When

from accounts.models import Activity, OutboundEmail
from accounts.outbox.delivery import deliver
from accounts.outbox.pace import seconds_until_turn
from accounts.outbox.reset_requests import answer_what_was_asked
from clinic.clock import database_now
from clinic.postman import Postman

# No further row is begun after this, so that a worker that is to end need not wait for long.
RUN_SECONDS = 15
LOOK_AHEAD = 20


def due_rows(at: datetime) -> QuerySet[OutboundEmail]:
    """What could be sent at that time, the longest due first; welcomes of an import last.

    They come in thousands and can wait; nobody's reset link may wait behind them.
    """
    is_welcome = Case(When(activity__verb=Activity.Verb.MEMBER_IMPORTED, then=Value(1)), default=Value(0))
    due = OutboundEmail.objects.due(at)
    return due.order_by(is_welcome, "next_attempt_at")


def send_due(first: int) -> None:
    """Send the row with the id `first` if it is due, then what else is, each once, for RUN_SECONDS at the most."""
    until = time.monotonic() + RUN_SECONDS
    with Postman() as postman:
        for outbox_id in _due_ids(first):
            if not _wait_for_turn(until):
                return
            deliver(outbox_id, postman)


def _due_ids(first: int) -> Iterator[int]:
    # Most of those are about nobody, and must not use up turns of mail that is owed.
    answer_what_was_asked()
    yield from OutboundEmail.objects.due(database_now()).filter(pk=first).values_list("pk", flat=True)
    seen = {first}
    while found := list(due_rows(database_now()).exclude(pk__in=seen).values_list("pk", flat=True)[:LOOK_AHEAD]):
        seen.update(found)
        yield from found


def _wait_for_turn(until: float) -> bool:
    """Wait until one more mail may go; False where that would be too late for this run."""
    while True:
        if time.monotonic() >= until:
            return False
        seconds = seconds_until_turn()
        if not seconds:
            return True
        if time.monotonic() + seconds >= until:
            return False
        time.sleep(seconds)
