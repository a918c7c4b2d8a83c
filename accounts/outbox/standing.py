"""How the outbox stands: when the sweep last ran, and for how long mail has been waiting (R14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q

from accounts.models import Activity, OutboundEmail, OutboxClock
from clinic.clock import database_now

# With no sweep for this long nothing that was lost is found again; mail that is due for this long does not go out.
RED_AFTER = timedelta(minutes=5)
FEWEST_ADDRESSES = 2


@dataclass(frozen=True)
class Standing:
    """Seconds since the last sweep, since the oldest mail that waits was asked for, and since the most overdue was due.

    None where there was no sweep, or where no mail waits. `waiting` counts mail, `refused` what of it a mail server
    has not taken so far; mail that has to wait for an account that is locked or closed is in neither. `is_stalled`:
    for as long as would be red mail that could go has not been taken, and none was accepted since.
    """

    sweep: float | None
    oldest: float | None
    overdue: float | None
    waiting: int
    refused: int
    is_stalled: bool

    @property
    def is_swept(self) -> bool:
        """Whether the sweep runs. One in the future is from before the database's clock was put back."""
        return self.sweep is not None and abs(self.sweep) < RED_AFTER.total_seconds()

    @property
    def is_flowing(self) -> bool:
        """Whether what is due is sent, or refused for a reason of its own."""
        return not self.is_stalled and (self.overdue is None or self.overdue < RED_AFTER.total_seconds())


def standing() -> Standing:
    """How it stands now, by the clock of the database. Four queries at most."""
    now = database_now()
    swept_at = OutboxClock.objects.filter(pk=OutboxClock.ONLY).values_list("swept_at", flat=True).first()
    is_refused = Q(first_refused_at__isnull=False)
    is_long_refused = Q(first_refused_at__lte=now - RED_AFTER)
    waiting = OutboundEmail.objects.filter(is_refused | Q(next_attempt_at__lte=now), state__in=OutboundEmail.UNDER_WAY)
    found = waiting.aggregate(
        waiting=Count("pk"),
        refused=Count("pk", filter=is_refused),
        oldest=Min("created_at"),
        # Welcomes of an import may well wait their turn for longer.
        due=Min("next_attempt_at", filter=~Q(activity__verb=Activity.Verb.MEMBER_IMPORTED)),
        held_up_since=Max("first_refused_at", filter=is_long_refused & Q(is_held_up=True)),
        refused_since=Max("first_refused_at", filter=is_long_refused),
        refused_addresses=Count("recipient", distinct=True, filter=is_long_refused),
    )
    return Standing(
        sweep=_seconds(swept_at, now),
        oldest=_seconds(found["oldest"], now),
        overdue=_seconds(found["due"], now) if found["due"] and found["due"] < now else None,
        waiting=found["waiting"],
        refused=found["refused"],
        is_stalled=_is_stalled(found["held_up_since"], found["refused_since"], found["refused_addresses"]),
    )


def _is_stalled(held_up_since: datetime | None, refused_since: datetime | None, addresses: int) -> bool:
    """Whether no mail goes: the server is away, or says no about one address after the other.

    One address that it says no about has a reason of its own, and no alarm is made of that.
    """
    since = refused_since if addresses >= FEWEST_ADDRESSES else held_up_since
    return since is not None and not OutboundEmail.objects.filter(accepted_at__gt=since).exists()


def _seconds(since: datetime | None, now: datetime) -> float | None:
    return (now - since).total_seconds() if since else None
