"""What rows of a usual week may be, in the words that the form and the action share (C7)."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from practitioners import rules
from practitioners.schedule.week import Row, What, in_words

TODAY = date(2026, 3, 2)
SYDNEY, PERTH = ZoneInfo("Australia/Sydney"), ZoneInfo("Australia/Perth")
HARBOUR, WEST, PERTH_CLINIC = 1, 2, 3
NAMES = {HARBOUR: "Harbour Street", WEST: "West End", PERTH_CLINIC: "Perth"}
MONDAY, TUESDAY, SUNDAY = 0, 1, 6


def _row(what, times, weekday, business):
    starts, ends = (int(each.partition(":")[0]) * 60 + int(each.partition(":")[2] or 0) for each in times.split("-"))
    return Row(what, business, PERTH if business == PERTH_CLINIC else SYDNEY, weekday, starts, ends)


def hours(times, weekday=MONDAY, business=HARBOUR):
    """Hours written "9-12:30"."""
    return _row(What.HOURS, times, weekday, business)


def pause(times, weekday=MONDAY, business=HARBOUR):
    """A break, likewise."""
    return _row(What.BREAK, times, weekday, business)


def wrong(*rows, names=NAMES):
    return rules.problems(rows, names, TODAY)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [hours("9-12"), hours("12-17")],
        [hours("9-12"), hours("13-17"), hours("18-24"), hours("0-6", TUESDAY)],
        [hours("9-12"), hours("9-12", TUESDAY)],
        [hours("9-12"), hours("12-17", MONDAY, WEST)],
        [hours("9-17"), pause("9-9:15"), pause("12-13"), pause("16:45-17")],
        [hours("9-12"), hours("12-17"), pause("11:30-12:30")],
        # 12:00 in Sydney is 10:00 in Perth, and 9:00 while Sydney has summer time.
        [hours("9-12"), hours("10-14", MONDAY, PERTH_CLINIC)],
        # Kept for later at a business where nobody works: only its own times are looked at.
        [hours("9-17"), hours("9-17", MONDAY, 99), pause("3-4", MONDAY, 99)],
    ],
)
def test_these_weeks_are_right(rows):
    assert wrong(*rows) == {}


def test_hours_that_overlap_name_each_other():
    assert wrong(hours("9-12"), hours("11:30-17")) == {
        0: "Overlaps 11:30 to 17:00 on Monday at Harbour Street. Change one of the two.",
        1: "Overlaps 9:00 to 12:00 on Monday at Harbour Street. Change one of the two.",
    }


def test_hours_overlap_across_businesses_too():
    found = wrong(hours("9-12"), hours("11-17", MONDAY, WEST))

    assert found[1] == "Overlaps 9:00 to 12:00 on Monday at Harbour Street. Change one of the two."
    assert found[0] == "Overlaps 11:00 to 17:00 on Monday at West End. Change one of the two."


def test_where_clocks_differ_it_is_the_moment_that_counts_and_the_clock_is_named():
    """Perth is two hours behind Sydney, three in summer: 9:00 there is 11:00 or 12:00 here."""
    found = wrong(hours("9-12"), hours("8:30-10", MONDAY, PERTH_CLINIC))

    assert found[0] == (
        "Overlaps 8:30 to 10:00 on Monday at Perth, by the clock there (Australia/Perth). Change one of the two."
    )


def test_the_same_hours_twice_overlap():
    assert set(wrong(hours("9-12"), hours("9-12"))) == {0, 1}


@pytest.mark.parametrize("times", ["8-9:30", "16:30-18", "18-19", "12-13"])
def test_a_break_lies_within_the_hours_of_its_day_at_its_business(times):
    outside = {
        "8-9:30": hours("9-17"),
        "16:30-18": hours("9-17"),
        "18-19": hours("9-17"),
        "12-13": hours("9-17", MONDAY, WEST),
    }

    assert wrong(outside[times], pause(times)) == {
        1: "This break is not within the hours of Monday at Harbour Street. Change the break or the hours."
    }


def test_a_break_does_not_span_the_time_between_two_hours():
    assert set(wrong(hours("9-12"), hours("13-17"), pause("11:30-13:30"))) == {2}


def test_breaks_do_not_overlap_each_other():
    found = wrong(hours("9-17"), pause("12-13"), pause("12:30-14"))

    assert found == {
        1: "Overlaps 12:30 to 14:00 on Monday at Harbour Street. Change one of the two.",
        2: "Overlaps 12:00 to 13:00 on Monday at Harbour Street. Change one of the two.",
    }


def test_breaks_leave_working_time():
    words = "No working time is left on Monday at Harbour Street. Shorten the break, or remove the hours."

    assert wrong(hours("9-12"), pause("9-12")) == {1: words}
    assert wrong(hours("9-12"), pause("9-10"), pause("10-12")) == {1: words, 2: words}


def test_hours_past_midnight_are_two_rows_and_the_words_say_which():
    assert wrong(hours("22-6", SUNDAY)) == {
        0: "Ends before it starts. Hours past midnight are two rows: 22:00 to 24:00 on Sunday and 0:00 to 6:00 on "
        "Monday."
    }


def test_an_afternoon_typed_by_the_12_hour_clock_is_recognised():
    assert wrong(hours("9-5")) == {
        0: "Ends before it starts. If you mean the afternoon, write 17:00. Hours past midnight are two rows, one on "
        "each day."
    }


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ("9-9", "Starts and ends at the same time. Change one of the two."),
        ("24-6", "24:00 is the end of the day. Start at 0:00 on Tuesday instead."),
        ("9-25", "Enter times from 0:00 to 24:00 on a weekday."),
    ],
)
def test_impossible_times_are_said_even_where_nobody_works(times, words):
    assert wrong(hours(times, business=99)) == {0: words}


def test_a_weekday_that_is_none_is_refused():
    assert wrong(Row(What.HOURS, HARBOUR, SYDNEY, 7, 540, 600)) == {0: "Enter times from 0:00 to 24:00 on a weekday."}


def test_a_day_has_eight_rows_at_one_business():
    rows = [hours(f"{in_words(hour * 60)}-{in_words(hour * 60 + 30)}") for hour in range(9)]

    assert wrong(*rows[:8]) == {}
    assert wrong(*rows) == {8: "A day has at most 8 rows at one business. Remove this one."}


def test_a_practitioner_has_two_hundred_rows():
    rows = [hours(f"{number % 24}-{number % 24 + 1}", number % 7, number // 7 + 100) for number in range(201)]

    assert wrong(*rows[:200]) == {}
    assert wrong(*rows) == {200: "One practitioner has at most 200 rows. Remove this one."}


def test_a_number_stands_once_in_the_list_at_one_business():
    same = [("Provider", "A1", None), ("Provider", "A1", HARBOUR), ("provider", "a1", None)]

    assert rules.number_problems(same) == {2: "This number is in the list already. Remove one of the two."}


def test_a_practitioner_has_twenty_numbers():
    numbers = [("Provider", str(number), None) for number in range(21)]

    assert rules.number_problems(numbers) == {20: "One practitioner has at most 20 reference numbers. Remove this one."}
