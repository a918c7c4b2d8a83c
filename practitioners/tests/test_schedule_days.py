"""A stretch of time day by day, and stretches side by side: what pictures and lists of hours are drawn from (C7)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from practitioners.schedule.days import by_day
from practitioners.schedule.lanes import lanes
from practitioners.tests import walls

SYDNEY = ZoneInfo("Australia/Sydney")


def at(words, zone=UTC):
    return datetime.fromisoformat(words).replace(tzinfo=zone)


# By day


def test_a_stretch_within_a_day_is_on_that_day():
    found = by_day(at("2026-11-23T09:00", SYDNEY), at("2026-11-23T17:30", SYDNEY), SYDNEY)

    assert found == [(date(2026, 11, 23), 9 * 60, 17 * 60 + 30)]


def test_a_stretch_past_midnight_is_cut_there_and_ends_at_24_00():
    found = by_day(at("2026-11-23T22:00", SYDNEY), at("2026-11-24T02:00", SYDNEY), SYDNEY)

    assert found == [(date(2026, 11, 23), 22 * 60, 24 * 60), (date(2026, 11, 24), 0, 2 * 60)]


def test_a_stretch_over_the_end_of_the_year_is_whole():
    found = by_day(at("2026-12-31T12:00"), at("2027-01-01T12:00"), ZoneInfo("UTC"))

    assert found == [(date(2026, 12, 31), 720, 1440), (date(2027, 1, 1), 0, 720)]


def test_an_hour_that_is_skipped_is_passed_over():
    """From 1:00 to 4:00 on the wall is two hours long, on 4 October 2026 in Sydney."""
    found = by_day(at("2026-10-03T15:00"), at("2026-10-03T17:00"), SYDNEY)

    assert found == [(date(2026, 10, 4), 60, 4 * 60)]


def test_an_hour_that_comes_twice_is_there_once():
    """From 1:00 to 4:00 on the wall is four hours long, on 5 April 2026 in Sydney."""
    found = by_day(at("2026-04-04T14:00"), at("2026-04-04T18:00"), SYDNEY)

    assert found == [(date(2026, 4, 5), 60, 4 * 60)]


def test_hours_that_end_where_the_clock_goes_back_do_not_end_before_they_start():
    """The first time that it is 2:00 to 3:00, which a clock that has gone back reads as 2:00 to 2:00."""
    found = by_day(at("2026-04-04T15:00"), at("2026-04-04T16:00"), SYDNEY)

    assert found == [(date(2026, 4, 5), 2 * 60, 3 * 60)]


@given(st.sampled_from(walls.CHANGES), st.integers(-600, 600), st.integers(1, 1200))
def test_it_says_what_somebody_sees_who_looks_at_the_clock_every_minute(change, before, length):
    """Around the nights on which clocks change: the first and the last minute that is shown on each day."""
    zone, moment = change
    starts_at = moment + timedelta(minutes=before)
    ends_at = starts_at + timedelta(minutes=length)
    seen = {}
    for each in walls.minutes(starts_at, ends_at):
        there = each.astimezone(zone)
        seen.setdefault(there.date(), []).append(there.hour * 60 + there.minute)

    found = by_day(starts_at, ends_at, zone)

    assert found == [(day, min(seen[day]), max(seen[day]) + 1) for day in sorted(seen)]


# Side by side


def test_stretches_that_touch_need_one_lane_each_for_themselves():
    assert lanes([(0, 60), (60, 120), (180, 240)]) == [(0, 1), (0, 1), (0, 1)]


def test_stretches_that_overlap_share_the_width_and_others_keep_all_of_it():
    assert lanes([(0, 100), (50, 150), (120, 160), (200, 300)]) == [(0, 2), (1, 2), (0, 2), (0, 1)]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda each: (each[0], sum(each))), max_size=12).map(
        sorted
    )
)
def test_no_two_that_overlap_are_in_one_lane(stretches):
    found = lanes(stretches)

    assert len(found) == len(stretches)
    for number, (starts, ends) in enumerate(stretches):
        lane, count = found[number]
        assert 0 <= lane < count
        for other, (since, until) in enumerate(stretches[:number]):
            if since < ends and starts < until:
                assert found[other][0] != lane
                assert found[other][1] == count
