"""From the clock on a wall to moments in time, and back.

Somebody is at work whenever the clock on the wall of the business shows a time within their hours. That settles both
nights of the year on which clocks change: an hour that is skipped is not worked, one that comes twice is worked twice.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
# Offsets from UTC are held for longer than this, but for a change on record that was undone within weeks.
STEP = timedelta(hours=6)
ACCURACY = timedelta(seconds=1)

Period = tuple[datetime, datetime, timedelta]


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first moment with the offset of `after`, where the one of `before` ends between the two."""
    old = _offset(zone, before)
    while after - before > ACCURACY:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


@lru_cache(maxsize=1024)
def periods(zone: ZoneInfo, year: int) -> tuple[Period, ...]:
    """The stretches of a year, by UTC and a day over at both ends, in which the zone keeps one offset from UTC.

    Each is its beginning, its end, and the offset; together they cover the year without a gap.
    """
    first, last = datetime(year, 1, 1, tzinfo=UTC) - DAY, datetime(year, 12, 31, tzinfo=UTC) + 2 * DAY
    found, begins, now = [], first, first
    while now < last:
        after = min(now + STEP, last)
        if _offset(zone, after) != _offset(zone, now):
            change = _change_between(zone, now, after)
            found.append((begins, change, _offset(zone, begins)))
            begins = after = change
        now = after
    found.append((begins, last, _offset(zone, begins)))
    return tuple(found)


def beginning(zone: ZoneInfo, day: date) -> datetime:
    """The first moment, by UTC, at which the clock of `zone` shows `day`; or a later day, where that one is skipped."""
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    found = periods(zone, day.year)
    return next(max(begins, midnight - offset) for begins, ends, offset in found if midnight - offset < ends)


def moments(zone: ZoneInfo, day: date, starts: int, ends: int) -> Iterator[tuple[datetime, datetime]]:
    """When the clock of `zone` shows `day` and a time from `starts` to `ends`, in minutes after midnight.

    Yields the beginning and end of each stretch, by UTC: one as a rule; none or two where clocks change just then.
    """
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    shown_from, shown_to = midnight + timedelta(minutes=starts), midnight + timedelta(minutes=ends)
    for begins, finishes, offset in periods(zone, day.year):
        since, until = max(begins, shown_from - offset), min(finishes, shown_to - offset)
        if since < until:
            yield since, until
