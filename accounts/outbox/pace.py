"""How fast mail may go: `MAIL_PER_MINUTE`, shared by the senders of all machines."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from accounts.models import OutboxClock
from clinic.clock import database_now

MINUTE = timedelta(minutes=1)
SHORTEST_WAIT_SECONDS = 0.05


def seconds_until_turn() -> float:
    """Take the next turn and return 0, or return after how many seconds there will be one.

    Turns lie as far apart as the setting asks; one conditional update takes one, so that of several senders one wins.
    """
    if not settings.MAIL_PER_MINUTE:
        return 0.0
    now = database_now()
    clock, _is_new = OutboxClock.objects.get_or_create(pk=OutboxClock.ONLY)
    # So far ahead no turn is given: the database's clock was put back.
    is_free = Q(next_at=None) | Q(next_at__lte=now) | Q(next_at__gt=now + MINUTE)
    turn = OutboxClock.objects.filter(is_free, pk=clock.pk)
    if turn.update(next_at=now + MINUTE / settings.MAIL_PER_MINUTE):
        return 0.0
    left = (clock.next_at - now).total_seconds() if clock.next_at else 0.0
    return max(SHORTEST_WAIT_SECONDS, left)
