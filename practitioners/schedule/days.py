"""A stretch of time as the clock on a wall shows it, day by day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from practitioners.schedule.clock import DAY, periods

MINUTE = timedelta(minutes=1)


def by_day(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> list[tuple[date, int, int]]:
    """The days of `zone` that a stretch touches, and from when to when on each, in minutes after midnight.

    An hour that is skipped is passed over without a gap; one that comes twice is there once.
    """
    found: dict[date, tuple[int, int]] = {}
    for day, starts, ends in _pieces(starts_at.astimezone(UTC), ends_at.astimezone(UTC), zone):
        first, last = found.get(day, (starts, ends))
        found[day] = min(first, starts), max(last, ends)
    return [(day, *found[day]) for day in sorted(found)]


def _pieces(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Iterator[tuple[date, int, int]]:
    """The stretch cut at each midnight and wherever clocks change."""
    for year in range(starts_at.year, ends_at.year + 1):
        for begins, finishes, offset in periods(zone, year):
            shown, until = max(begins, starts_at) + offset, min(finishes, ends_at) + offset
            while shown < until:
                midnight = datetime.combine(shown.date(), time(), tzinfo=UTC)
                end = min(until, midnight + DAY)
                yield shown.date(), (shown - midnight) // MINUTE, (end - midnight) // MINUTE
                shown = end
