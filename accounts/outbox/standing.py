"""How the outbox stands: when the sweep last ran, and for how long mail has been waiting (R14)."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min, Q

from accounts.models import Activity, OutboundEmail, OutboxClock
from clinic.clock import database_now

# With no sweep for this long nothing that was lost is found again; mail that is due for this long does not go out.
RED_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Standing:
    """Seconds since the last sweep, since the oldest mail that waits was asked for, and since the most overdue was due.

    None where there was no sweep, or where no mail waits. `waiting` counts mail, `refused` what of it a mail server
    has not taken so far.
    """

    sweep: float | None
    oldest: float | None
    overdue: float | None
    waiting: int
    refused: int

    @property
    def is_swept(self) -> bool:
        """Whether the sweep runs."""
        return self.sweep is not None and self.sweep < RED_AFTER.total_seconds()

    @property
    def is_flowing(self) -> bool:
        """Whether what is due is sent, or tried at least."""
        return self.overdue is None or self.overdue < RED_AFTER.total_seconds()


def standing() -> Standing:
    """How it stands now, by the clock of the database. Three queries at most."""
    now = database_now()
    swept_at = OutboxClock.objects.filter(pk=OutboxClock.ONLY).values_list("swept_at", flat=True).first()
    under_way = OutboundEmail.objects.filter(state__in=OutboundEmail.UNDER_WAY)
    found = under_way.aggregate(
        waiting=Count("pk"),
        refused=Count("pk", filter=Q(first_refused_at__isnull=False)),
        oldest=Min("created_at"),
        # Welcomes of an import may well wait their turn for longer.
        due=Min("next_attempt_at", filter=~Q(activity__verb=Activity.Verb.MEMBER_IMPORTED)),
    )
    since_due = (now - found["due"]).total_seconds() if found["due"] else None
    return Standing(
        sweep=(now - swept_at).total_seconds() if swept_at else None,
        oldest=(now - found["oldest"]).total_seconds() if found["oldest"] else None,
        overdue=since_due if since_due is not None and since_due > 0 else None,
        waiting=found["waiting"],
        refused=found["refused"],
    )
