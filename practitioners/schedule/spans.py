"""A usual week laid out over days of the calendar."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from practitioners.schedule.clock import DAY, moments
from practitioners.schedule.week import Row, breaks, hours


@dataclass(frozen=True)
class Span:
    """A stretch of time at one business, by UTC; `ends_at` is the first moment that no longer belongs to it."""

    business: int
    starts_at: datetime
    ends_at: datetime


def spans(rows: Iterable[Row], since: datetime, until: datetime) -> list[Span]:
    """When somebody with these rows is at work between two aware moments, in order of time.

    Breaks are taken out; what touches at one business is one span, so that work past midnight is not cut in two.
    """
    rows, since, until = list(rows), since.astimezone(UTC), until.astimezone(UTC)
    worked, off = (_joined(_laid_out(kind, since, until)) for kind in (hours(rows), breaks(rows)))
    return sorted(_without(worked, off), key=lambda each: (each.starts_at, each.business))


def _laid_out(rows: Iterable[Row], since: datetime, until: datetime) -> Iterator[Span]:
    """Each row on each of its days, cut off at `since` and `until`."""
    for row in rows:
        for day in _days(row, since, until):
            for starts_at, ends_at in moments(row.zone, day, row.starts, row.ends):
                first, last = max(starts_at, since), min(ends_at, until)
                if first < last:
                    yield Span(row.business, first, last)


def _days(row: Row, since: datetime, until: datetime) -> Iterator[date]:
    """The dates of that weekday on the wall of the business, from `since` to `until`.

    A clock that is set back over midnight shows a date that is over, or one too early: so a day more at both ends.
    """
    day, last = since.astimezone(row.zone).date() - DAY, until.astimezone(row.zone).date() + DAY
    day += timedelta(days=(row.weekday - day.weekday()) % 7)
    while day <= last:
        yield day
        day += 7 * DAY


def _joined(parts: Iterable[Span]) -> list[Span]:
    """The parts by business, then in order of time, those that touch or overlap at one business made one."""
    found: list[Span] = []
    for part in sorted(parts, key=lambda each: (each.business, each.starts_at)):
        if found and found[-1].business == part.business and part.starts_at <= found[-1].ends_at:
            found[-1] = Span(part.business, found[-1].starts_at, max(found[-1].ends_at, part.ends_at))
        else:
            found.append(part)
    return found


def _without(worked: list[Span], off: list[Span]) -> Iterator[Span]:
    """What is left of `worked` when what is `off` at the same business is taken out; both come joined."""
    breaks_at: dict[int, list[Span]] = {}
    for each in off:
        breaks_at.setdefault(each.business, []).append(each)
    for span in worked:
        near = breaks_at.get(span.business, [])
        starts_at = span.starts_at
        for each in near[bisect_right(near, starts_at, key=lambda each: each.ends_at) :]:
            if each.starts_at >= span.ends_at:
                break
            if starts_at < each.starts_at:
                yield Span(span.business, starts_at, each.starts_at)
            starts_at = each.ends_at
        if starts_at < span.ends_at:
            yield Span(span.business, starts_at, span.ends_at)
