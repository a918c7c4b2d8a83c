"""Rows of a usual week that cannot all be true: within one clock, and between clocks that differ."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practitioners.schedule.overlaps import overlaps
from practitioners.schedule.week import Row, What
from practitioners.tests import walls

SYDNEY, PERTH, BRISBANE = (ZoneInfo(f"Australia/{place}") for place in ("Sydney", "Perth", "Brisbane"))
TODAY = date(2026, 6, 3)
MONDAY, TUESDAY, SUNDAY = 0, 1, 6
QUARTER = timedelta(minutes=15)
OFF = [ZoneInfo(name) for name in walls.ZONES if name != "America/St_Johns"]


def hours(weekday, starts, ends, zone=SYDNEY, business=1):
    return Row(What.HOURS, business, zone, weekday, starts, ends)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (hours(MONDAY, 540, 720), hours(MONDAY, 660, 780), True),
        (hours(MONDAY, 540, 720), hours(MONDAY, 719, 780, business=2), True),
        (hours(MONDAY, 540, 720), hours(MONDAY, 720, 780), False),
        (hours(MONDAY, 540, 720), hours(TUESDAY, 540, 720), False),
        (hours(MONDAY, 540, 1020), hours(MONDAY, 600, 660), True),
        (hours(MONDAY, 540, 720), hours(MONDAY, 540, 720), True),
        (hours(SUNDAY, 1380, 1440), hours(MONDAY, 0, 60), False),
        # The hour that comes twice ends before the next begins.
        (hours(SUNDAY, 60, 180), hours(SUNDAY, 180, 240), False),
    ],
)
def test_two_rows_by_one_clock_overlap_where_they_have_time_in_common(one, other, expected):
    assert overlaps([one, other], TODAY) == ([(0, 1)] if expected else [])


@pytest.mark.parametrize(
    ("perth_starts", "expected"),
    [
        # Sydney until noon: 10:00 in Perth in winter, 9:00 in summer.
        (600, False),
        (599, True),
        # Free in summer, too, only from 10:00; in winter it would be from 10:00 as well.
        (540, True),
    ],
)
def test_between_clocks_the_whole_coming_year_counts(perth_starts, expected):
    rows = [hours(MONDAY, 540, 720), hours(MONDAY, perth_starts, 720, zone=PERTH, business=2)]

    assert overlaps(rows, TODAY) == ([(0, 1)] if expected else [])


def test_what_overlaps_in_summer_only_is_found_in_winter():
    """Brisbane does not change its clocks; nine to ten there is ten to eleven in Sydney's summer."""
    rows = [hours(MONDAY, 600, 660), hours(MONDAY, 540, 600, zone=BRISBANE, business=2)]

    assert overlaps(rows, TODAY) == [(0, 1)]


def test_every_two_of_several_are_named():
    rows = [hours(MONDAY, 540, 720), hours(TUESDAY, 540, 720), hours(MONDAY, 600, 660), hours(MONDAY, 630, 700)]

    assert overlaps(rows, TODAY) == [(0, 2), (0, 3), (2, 3)]


def test_nothing_overlaps_with_itself():
    assert overlaps([], TODAY) == overlaps([hours(SUNDAY, 0, 1440)], TODAY) == []


# The obvious version


@cache
def shown(zone):
    """What the clock of a zone shows, each quarter of an hour, from a week before today to 54 weeks after it."""
    first = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(days=7)
    clocks = [(first + step * QUARTER).astimezone(zone) for step in range(55 * 7 * 96)]
    return [there.weekday() * 1440 + there.hour * 60 + there.minute for there in clocks]


def watched(one, other, weeks):
    """Whether somebody who looks at both clocks in these weeks ever sees them both within the rows."""
    both = zip(shown(one.zone)[weeks], shown(other.zone)[weeks], strict=True)
    first, second = ((row.weekday * 1440 + row.starts, row.weekday * 1440 + row.ends) for row in (one, other))
    return any(first[0] <= here < first[1] and second[0] <= there < second[1] for here, there in both)


@st.composite
def neighbours(draw):
    """A row that ends, and one at another business that begins, at about the same moment of the coming year."""
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) + draw(st.integers(0, 52 * 7 * 96)) * QUARTER
    here, there = draw(st.sampled_from(OFF)), draw(st.sampled_from(OFF))
    before, after = (moment - QUARTER).astimezone(here), moment.astimezone(there)
    ends = before.hour * 60 + before.minute + 15
    starts = min(max(after.hour * 60 + after.minute + 15 * draw(st.integers(-4, 4)), 0), 1425)
    return [
        hours(before.weekday(), max(ends - 60, 0), ends, zone=here),
        hours(after.weekday(), starts, min(starts + 60, 1440), zone=there, business=2),
    ]


@settings(max_examples=100, deadline=None)
@given(neighbours())
def test_two_rows_overlap_where_somebody_who_watches_both_clocks_sees_it(rows):
    """What is seen in the coming year is found; what is found is seen in that year and the weeks around it."""
    found = bool(overlaps(rows, TODAY))

    assert found >= watched(*rows, slice(8 * 96, 8 * 96 + 52 * 7 * 96))
    assert found <= watched(*rows, slice(None))
