"""A usual week laid out over the calendar: what the rule comes to, and that the quick way is the obvious one (C7)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practitioners.schedule.spans import spans
from practitioners.schedule.week import Row, What
from practitioners.tests import walls

SYDNEY, PERTH = ZoneInfo("Australia/Sydney"), ZoneInfo("Australia/Perth")
ST_JOHNS = ZoneInfo("America/St_Johns")
MONDAY, TUESDAY, SATURDAY, SUNDAY = 0, 1, 5, 6
NINE, NOON, ONE, FIVE = 540, 720, 780, 1020


def hours(weekday, starts, ends, zone=SYDNEY, business=1):
    return Row(What.HOURS, business, zone, weekday, starts, ends)


def rest(weekday, starts, ends, zone=SYDNEY, business=1):
    return Row(What.BREAK, business, zone, weekday, starts, ends)


def shown(rows, first, last, zone=SYDNEY):
    """The spans of some days, as the clock of `zone` shows them."""
    since = datetime.combine(first, datetime.min.time(), zone)
    until = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    found = spans(rows, since, until)
    return [f"{each.starts_at.astimezone(zone):%a %H:%M}-{each.ends_at.astimezone(zone):%a %H:%M}" for each in found]


WEEK = date(2026, 9, 21), date(2026, 9, 27)


def test_a_row_is_on_its_weekday_once_a_week():
    assert shown([hours(MONDAY, NINE, FIVE)], date(2026, 9, 14), date(2026, 9, 27)) == ["Mon 09:00-Mon 17:00"] * 2


def test_a_break_is_taken_out():
    rows = [hours(MONDAY, NINE, FIVE), rest(MONDAY, NOON, ONE)]

    assert shown(rows, *WEEK) == ["Mon 09:00-Mon 12:00", "Mon 13:00-Mon 17:00"]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (NINE, NOON, ["Mon 12:00-Mon 17:00"]),
        (ONE, FIVE, ["Mon 09:00-Mon 13:00"]),
        (NINE, FIVE, []),
        (0, 1440, []),
        (0, NINE, ["Mon 09:00-Mon 17:00"]),
    ],
)
def test_a_break_may_be_at_an_end_of_the_hours_or_be_all_of_them(starts, ends, expected):
    assert shown([hours(MONDAY, NINE, FIVE), rest(MONDAY, starts, ends)], *WEEK) == expected


def test_hours_past_midnight_are_one_span():
    rows = [hours(MONDAY, 1320, 1440), hours(TUESDAY, 0, 120)]

    assert shown(rows, *WEEK) == ["Mon 22:00-Tue 02:00"]


def test_hours_that_touch_at_two_businesses_are_two():
    rows = [hours(MONDAY, NINE, NOON), hours(MONDAY, NOON, FIVE, business=2)]

    assert shown(rows, *WEEK) == ["Mon 09:00-Mon 12:00", "Mon 12:00-Mon 17:00"]


def test_a_break_at_one_business_takes_nothing_from_another():
    assert shown([hours(MONDAY, NINE, FIVE), rest(MONDAY, NOON, ONE, business=2)], *WEEK) == ["Mon 09:00-Mon 17:00"]


def test_what_lies_over_the_ends_of_the_range_is_cut_off():
    rows = [hours(MONDAY, NINE, FIVE)]
    since, until = datetime(2026, 9, 21, 10, tzinfo=SYDNEY), datetime(2026, 9, 21, 11, tzinfo=SYDNEY)

    [only] = spans(rows, since, until)
    assert (only.starts_at, only.ends_at) == (since.astimezone(UTC), until.astimezone(UTC))


def test_the_hours_of_a_business_in_perth_stay_by_its_clock_when_the_ones_in_sydney_change():
    """Docs, decision 13: nine in Perth is eleven in Sydney in winter, and noon in summer."""
    rows = [hours(MONDAY, NINE, FIVE, zone=PERTH)]

    assert shown(rows, date(2026, 9, 28), date(2026, 10, 11)) == ["Mon 11:00-Mon 19:00", "Mon 12:00-Mon 20:00"]


# The nights on which clocks change: Sydney, 4 October and 5 April 2026


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (60, 240, ["Sun 01:00-Sun 04:00"]),
        (120, 180, []),
        (90, 150, ["Sun 01:30-Sun 03:00"]),
        (150, 240, ["Sun 03:00-Sun 04:00"]),
    ],
)
def test_an_hour_that_is_skipped_is_not_worked(starts, ends, expected):
    assert shown([hours(SUNDAY, starts, ends)], date(2026, 10, 4), date(2026, 10, 4)) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "lengths"), [(60, 240, [4]), (120, 180, [2]), (90, 150, [1, 0.5]), (150, 240, [0.5, 1.5])]
)
def test_an_hour_that_comes_twice_is_worked_twice(starts, ends, lengths):
    found = spans(
        [hours(SUNDAY, starts, ends)], datetime(2026, 4, 5, tzinfo=SYDNEY), datetime(2026, 4, 6, tzinfo=SYDNEY)
    )

    assert [(each.ends_at - each.starts_at) / timedelta(hours=1) for each in found] == lengths


def test_a_break_in_an_hour_that_comes_twice_comes_twice():
    rows = [hours(SUNDAY, 60, 240), rest(SUNDAY, 120, 150)]

    expected = ["Sun 01:00-Sun 02:00", "Sun 02:30-Sun 02:00", "Sun 02:30-Sun 04:00"]
    assert shown(rows, date(2026, 4, 5), date(2026, 4, 5)) == expected


def test_a_night_shift_is_an_hour_shorter_in_spring_and_an_hour_longer_in_autumn():
    rows = [hours(SATURDAY, 1320, 1440), hours(SUNDAY, 0, 360)]

    for sunday, expected in [(date(2026, 10, 4), 7), (date(2026, 4, 5), 9), (date(2026, 9, 27), 8)]:
        since = datetime.combine(sunday - timedelta(days=1), datetime.min.time(), SYDNEY)
        [shift] = spans(rows, since, since + timedelta(days=2))
        assert shift.ends_at - shift.starts_at == timedelta(hours=expected)


def test_a_day_that_was_skipped_altogether_has_no_hours():
    """Samoa went from Thursday, 29 December 2011, to Saturday the 31st."""
    apia = ZoneInfo("Pacific/Apia")
    rows = [hours(weekday, NINE, FIVE, zone=apia) for weekday in range(7)]

    found = shown(rows, date(2011, 12, 28), date(2011, 12, 31), zone=apia)
    assert found == ["Wed 09:00-Wed 17:00", "Thu 09:00-Thu 17:00", "Sat 09:00-Sat 17:00"]


@pytest.mark.parametrize(
    "row",
    [
        # The second time, after a minute of Sunday.
        hours(SATURDAY, 1410, 1440, zone=ST_JOHNS),
        # The first time, before an hour of Saturday.
        hours(SUNDAY, 0, 1, zone=ST_JOHNS),
    ],
)
def test_a_clock_that_was_set_back_over_midnight_shows_two_days_twice(row):
    """St John's, until 2011: after 0:00 on Sunday came 23:01 on Saturday."""
    since = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    until = since + timedelta(minutes=59)

    worked = {minute for each in spans([row], since, until) for minute in walls.minutes(each.starts_at, each.ends_at)}

    assert worked == {minute for minute in walls.minutes(since, until) if walls.shows(row, minute)}
    assert worked


# The obvious version


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_spans_are_what_somebody_who_watches_the_clock_writes_down(data):
    """Minute by minute for a day and a half, around something that happens to one of the clocks."""
    zone, change = data.draw(st.sampled_from(walls.CHANGES))
    weekdays = [(change.weekday() + day) % 7 for day in (-1, 0, 1)]
    rows = data.draw(walls.rows([zone, data.draw(st.sampled_from(walls.CHANGES))[0]], weekdays))
    since = change - timedelta(minutes=data.draw(st.integers(0, 36 * 60)))
    until = since + timedelta(hours=36)

    found = spans(rows, since, until)

    worked = {(each.business, minute) for each in found for minute in walls.minutes(each.starts_at, each.ends_at)}
    watched = {
        (business, minute)
        for minute in walls.minutes(since, until)
        for business in (0, 1)
        if walls.at_work(rows, business, minute)
    }
    assert worked == watched


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_spans_are_in_order_within_the_range_and_those_at_one_business_never_touch(data):
    zone, change = data.draw(st.sampled_from(walls.CHANGES))
    rows = data.draw(walls.rows([zone, data.draw(st.sampled_from(walls.CHANGES))[0]], most=8))
    since, until = change - timedelta(days=9), change + timedelta(days=9)

    found = spans(rows, since, until)

    assert [each.starts_at for each in found] == sorted(each.starts_at for each in found)
    for business in (0, 1):
        edges = [edge for each in found if each.business == business for edge in (each.starts_at, each.ends_at)]
        assert edges == sorted(set(edges))
        assert all(since <= edge <= until for edge in edges)
