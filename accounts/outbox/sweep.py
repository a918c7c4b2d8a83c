"""When the sweep last ran, on any machine: a backlog of sweeps is one, and the absence of them shows (R14)."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from accounts.models import OutboxClock
from clinic.clock import database_now

# Each of those that are asked goes on with whatever else is due, so that the broker's queue stays short whatever is
# waiting here.
MOST_ASKED_AT_ONCE = 8


def begin_sweep() -> bool:
    """Note that a sweep begins now; False where one has just begun, as when many waited in the broker's queue."""
    now = database_now()
    shortest_time_between = timedelta(seconds=settings.CELERY_BEAT_SCHEDULE["send-mail-that-is-due"]["schedule"] / 2)
    OutboxClock.objects.get_or_create(pk=OutboxClock.ONLY)
    # In the future it is where the database's clock was put back: after a restore, or on another machine.
    is_over = Q(swept_at=None) | Q(swept_at__lte=now - shortest_time_between) | Q(swept_at__gt=now)
    return bool(OutboxClock.objects.filter(is_over, pk=OutboxClock.ONLY).update(swept_at=now))
