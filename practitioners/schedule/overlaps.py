"""Which rows of a usual week cannot all be true."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from practitioners.schedule.clock import DAY, moments
from practitioners.schedule.week import MINUTES_A_DAY, Row

WEEKS_LOOKED_AT = 53

# When it begins and when it ends, on whatever scale, and the position of the row that it belongs to.
Stretch = tuple[float, float, int]
Pair = tuple[int, int]


def overlaps(rows: Sequence[Row], today: date) -> list[Pair]:
    """Positions of each two rows that overlap, the earlier position first.

    Rows are either all hours or all breaks. Between businesses with one clock the usual week decides; between clocks
    that differ, every week from `today` for a year, since they need not change on the same night.
    """
    found = {pair for pair in _pairs(_usual(rows)) if rows[pair[0]].zone == rows[pair[1]].zone}
    if len({row.zone for row in rows}) > 1:
        found |= {pair for pair in _pairs(_coming_year(rows, today)) if rows[pair[0]].zone != rows[pair[1]].zone}
    return sorted(found)


def _usual(rows: Sequence[Row]) -> Iterator[Stretch]:
    for position, row in enumerate(rows):
        begins = row.weekday * MINUTES_A_DAY
        yield begins + row.starts, begins + row.ends, position


def _coming_year(rows: Sequence[Row], today: date) -> Iterator[Stretch]:
    for position, row in enumerate(rows):
        first = today + timedelta(days=(row.weekday - today.weekday()) % 7)
        for week in range(WEEKS_LOOKED_AT):
            for starts_at, ends_at in moments(row.zone, first + week * 7 * DAY, row.starts, row.ends):
                yield starts_at.timestamp(), ends_at.timestamp(), position


def _pairs(stretches: Iterable[Stretch]) -> Iterator[Pair]:
    """Every two stretches of different rows that have time in common, as the positions of the rows."""
    going_on: list[Stretch] = []
    for starts, ends, position in sorted(stretches):
        going_on = [each for each in going_on if each[1] > starts]
        for _starts, _ends, other in going_on:
            if other != position:
                yield min(other, position), max(other, position)
        going_on.append((starts, ends, position))
