"""From the clock on a wall to moments and back."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practitioners.schedule.clock import DAY, beginning, moments, periods
from practitioners.schedule.week import in_words
from practitioners.tests import walls

SYDNEY = ZoneInfo("Australia/Sydney")


@pytest.mark.parametrize(
    ("zone", "day", "hours", "minutes"),
    [
        ("UTC", date(2026, 10, 4), 24, 0),
        ("Australia/Sydney", date(2026, 10, 4), 23, 0),
        ("Australia/Sydney", date(2026, 4, 5), 25, 0),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23, 30),
        ("Pacific/Apia", date(2011, 12, 30), 0, 0),
        # Back from 0:01 to 23:01: both days gained.
        ("America/St_Johns", date(2010, 11, 6), 24, 59),
        ("America/St_Johns", date(2010, 11, 7), 24, 1),
    ],
)
def test_a_day_is_as_long_as_the_clock_shows_it(zone, day, hours, minutes):
    lengths = [until - since for since, until in moments(ZoneInfo(zone), day, 0, 1440)]

    assert sum(lengths, timedelta()) == timedelta(hours=hours, minutes=minutes)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(walls.CHANGES), st.integers(-2, 2), walls.times())
def test_moments_are_those_at_which_the_clock_shows_that_day_and_time(change, days, times):
    zone, at = change
    day, (starts, ends) = at.astimezone(zone).date() + days * DAY, times

    found = {minute for pair in moments(zone, day, starts, ends) for minute in walls.minutes(*pair)}

    watched = set()
    for minute in walls.minutes(at - 4 * DAY, at + 4 * DAY):
        there = minute.astimezone(zone)
        if there.date() == day and starts <= there.hour * 60 + there.minute < ends:
            watched.add(minute)
    assert found == watched


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(walls.CHANGES), st.integers(-2, 2))
def test_a_day_begins_when_the_clock_first_shows_it_or_a_later_one(change, days):
    zone, at = change
    day = at.astimezone(zone).date() + days * DAY

    watched = (minute for minute in walls.minutes(at - 4 * DAY, at + 5 * DAY) if minute.astimezone(zone).date() >= day)
    assert beginning(zone, day) == next(watched)


@pytest.mark.parametrize("zone", walls.ZONES)
@pytest.mark.parametrize("year", [2010, 2011, 2026, 2040])
def test_the_periods_of_a_year_cover_it_without_a_gap_and_keep_one_offset_each(zone, year):
    zone = ZoneInfo(zone)
    found = periods(zone, year)

    assert found[0][0] == datetime(year, 1, 1, tzinfo=UTC) - DAY
    assert found[-1][1] == datetime(year, 12, 31, tzinfo=UTC) + 2 * DAY
    assert all(before[1] == after[0] for before, after in pairwise(found))
    for begins, ends, offset in found:
        moment = begins
        while moment < ends:
            assert moment.astimezone(zone).utcoffset() == offset
            moment += timedelta(minutes=30)
        assert (ends - timedelta(seconds=1)).astimezone(zone).utcoffset() == offset


def test_a_change_is_found_to_the_second():
    [_winter, (begins, *_), *_rest] = periods(SYDNEY, 2026)

    assert begins == datetime(2026, 4, 4, 16, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "words"), [(0, "0:00"), (540, "9:00"), (1059, "17:39"), (1440, "24:00")])
def test_minutes_are_written_as_a_clock_shows_them(minutes, words):
    assert in_words(minutes) == words
