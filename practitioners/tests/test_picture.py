"""The picture of a week: where its blocks lie, and the same hours in words (C7; LOOK: Week picture)."""

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from hypothesis import example, given
from hypothesis import strategies as st

from practitioners.models import Business
from practitioners.schedule.picture import COLUMN, LOW_HOUR, MARGIN, SEAM, TALL_HOUR, picture
from practitioners.schedule.week import Row, What
from practitioners.tests import walls

HARBOUR, PERTH, NORTH = 1, 2, 3
SYDNEY, WEST = ZoneInfo("Australia/Sydney"), ZoneInfo("Australia/Perth")
TODAY = date(2026, 11, 25)
BUSINESSES = [
    Business(pk=HARBOUR, name="Harbour Street", time_zone="Australia/Sydney", colour=0),
    Business(pk=NORTH, name="North Rooms", time_zone="Australia/Sydney", colour=4),
    Business(pk=PERTH, name="Perth Clinic", time_zone="Australia/Perth", colour=1),
]


def row(weekday, starts, ends, *, at=HARBOUR, what=What.HOURS):
    """Hours, in hours of the clock at the business."""
    zone = WEST if at == PERTH else SYDNEY
    return Row(what, at, zone, weekday, round(starts * 60), round(ends * 60))


def pause(weekday, starts, ends, **where):
    return row(weekday, starts, ends, what=What.BREAK, **where)


def drawn(*rows, today=TODAY):
    return picture(rows, BUSINESSES, zone=SYDNEY, today=today)


def words(week):
    """Each day's hours in words, as the page has them, by the day of the month; days without are left out."""
    page = render_to_string("practitioners/schedule/_week.html", {"week": week})
    found = {}
    for day, hours in re.findall(r"<dt[^>]*>\w+ (\d+) \w+.*?</dt>\s*((?:<dd.*?</dd>\s*)+)", page, re.DOTALL):
        text = [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in re.findall(r"<dd.*?</dd>", hours, re.DOTALL)]
        if text != ["No hours"]:
            found[int(day)] = text
    return found


def blocks(week):
    return [block for day in week.days for block in day.blocks]


# Where it lies


def test_the_week_is_that_of_today_from_monday_to_sunday():
    days = drawn().days

    assert [day.date for day in days] == [date(2026, 11, number) for number in range(23, 30)]
    assert [day.date for day in days if day.is_today] == [TODAY]


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2026, 11, 29)])
def test_monday_and_sunday_belong_to_it(today):
    assert drawn(today=today).days[0].date == date(2026, 11, 23)


def test_the_columns_share_the_width_evenly():
    days = drawn().days

    assert [day.x for day in days] == pytest.approx([number * 100 / 7 for number in range(7)], abs=0.001)
    assert [day.middle - day.x for day in days] == pytest.approx([COLUMN / 2] * 7, abs=0.001)


def test_a_block_lies_in_the_column_of_its_day_at_the_height_of_its_hours():
    """Tuesday, 9:00 to 12:30, where the scale begins at 8:00."""
    [block] = blocks(drawn(row(1, 9, 12.5)))

    assert block.x == pytest.approx(COLUMN + MARGIN, abs=0.002)
    assert block.width == pytest.approx(COLUMN - 2 * MARGIN, abs=0.001)
    assert block.y == TALL_HOUR + SEAM
    assert block.height == 3.5 * TALL_HOUR - 2 * SEAM


def test_a_break_is_a_gap():
    morning, afternoon = blocks(drawn(row(0, 9, 17), pause(0, 12, 13)))

    assert afternoon.y - (morning.y + morning.height) == TALL_HOUR + 2 * SEAM
    assert words(drawn(row(0, 9, 17), pause(0, 12, 13))) == {23: ["9:00 to 12:00, 13:00 to 17:00 at Harbour Street"]}


def test_the_scale_is_a_usual_day_and_reaches_as_far_as_the_hours():
    assert (drawn(row(0, 9, 17)).scale.first, drawn(row(0, 9, 17)).scale.last) == (8, 18)
    early_and_late = drawn(row(0, 6.5, 9), row(4, 18, 20.25)).scale
    assert (early_and_late.first, early_and_late.last) == (6, 21)
    assert early_and_late.lines[0] == (0, "6:00")
    assert early_and_late.lines[-1] == (early_and_late.height, "21:00")


def test_a_long_day_has_lower_hours_so_that_the_picture_fits_on_a_screen():
    scale = drawn(row(0, 0, 24)).scale

    assert (scale.hour, scale.height) == (LOW_HOUR, 24 * LOW_HOUR)


def test_touching_hours_at_two_businesses_are_two_blocks_with_a_seam():
    first, second = blocks(drawn(row(0, 8, 12), row(0, 12, 16, at=NORTH)))

    assert (first.stretch.place.name, second.stretch.place.name) == ("Harbour Street", "North Rooms")
    assert second.y - (first.y + first.height) == 2 * SEAM


def test_hours_that_overlap_as_somebody_typed_them_stand_side_by_side():
    first, second, alone = blocks(drawn(row(0, 9, 12), row(0, 11, 13, at=NORTH), row(1, 9, 12)))

    assert second.x == pytest.approx(first.x + first.width, abs=0.002)
    assert first.width == second.width == pytest.approx(alone.width / 2, abs=0.001)
    assert (first.is_narrow, second.is_narrow, alone.is_narrow) == (True, True, False)


def test_work_past_midnight_goes_on_at_the_top_of_the_next_day():
    week = drawn(row(4, 22, 24), row(5, 0, 2))

    friday, saturday = week.days[4].blocks, week.days[5].blocks
    assert friday[0].y + friday[0].height + SEAM == week.scale.height
    assert saturday[0].y == SEAM
    assert words(week) == {27: ["22:00 to 24:00 at Harbour Street"], 28: ["0:00 to 2:00 at Harbour Street"]}


def test_work_past_midnight_on_sunday_comes_from_the_week_before_and_goes_on_in_the_next():
    assert words(drawn(row(6, 22, 24), row(0, 0, 2))) == {
        23: ["0:00 to 2:00 at Harbour Street"],
        29: ["22:00 to 24:00 at Harbour Street"],
    }


@pytest.mark.parametrize(("minutes", "lines"), [(15, 0), (45, 1), (90, 2)])
def test_a_block_has_as_many_lines_of_words_as_there_is_room_for(minutes, lines):
    [block] = blocks(drawn(row(0, 9, 9 + minutes / 60)))

    assert block.lines == lines


# Other clocks


def test_hours_in_perth_are_shown_by_the_clock_in_sydney_and_the_page_says_so():
    """Three hours apart in November."""
    week = drawn(row(2, 9, 17, at=PERTH))

    assert words(week) == {25: ["12:00 to 20:00 at Perth Clinic"]}
    page = " ".join(
        re.sub(r"<[^>]+>", "", render_to_string("practitioners/schedule/_week.html", {"week": week})).split()
    )
    assert "Shown in Sydney time (Australia/Sydney). Perth Clinic keeps Perth time (Australia/Perth)." in page


def test_where_all_clocks_show_the_same_no_word_is_lost_on_them():
    assert drawn(row(0, 9, 17)).elsewhere == []
    assert "Shown in" not in render_to_string("practitioners/schedule/_week.html", {"week": drawn(row(0, 9, 17))})


def test_a_late_evening_in_perth_is_the_next_day_in_sydney():
    assert words(drawn(row(2, 20, 23, at=PERTH))) == {
        25: ["23:00 to 24:00 at Perth Clinic"],
        26: ["0:00 to 2:00 at Perth Clinic"],
    }


def test_in_the_week_in_which_sydney_changes_perth_moves_by_an_hour_and_sydney_does_not():
    """Clocks go forward in Sydney on Sunday, 4 October 2026, and never in Perth."""
    rows = [row(5, 9, 11), row(6, 9, 11), row(5, 9, 11, at=PERTH), row(6, 9, 11, at=PERTH)]

    assert words(drawn(*rows, today=date(2026, 10, 4))) == {
        3: ["9:00 to 11:00 at Harbour Street", "11:00 to 13:00 at Perth Clinic"],
        4: ["9:00 to 11:00 at Harbour Street", "12:00 to 14:00 at Perth Clinic"],
    }


def test_a_night_shift_through_the_hour_that_is_skipped_is_one_block():
    week = drawn(row(6, 1, 4), today=date(2026, 10, 4))

    [block] = blocks(week)
    assert block.height == 3 * week.scale.hour - 2 * SEAM
    assert words(week) == {4: ["1:00 to 4:00 at Harbour Street"]}


def test_hours_that_are_skipped_altogether_are_not_drawn():
    assert blocks(drawn(row(6, 2, 3), today=date(2026, 10, 4))) == []


def test_in_the_hour_that_comes_twice_two_businesses_stand_side_by_side():
    """From 23:00 in Perth it is 2:00 in Sydney for the first time, from 24:00 for the second, on 5 April 2026."""
    week = drawn(row(5, 23, 24, at=PERTH), row(6, 0, 1, at=PERTH), row(6, 3, 4), today=date(2026, 4, 5))
    assert words(week) == {5: ["2:00 to 3:00 at Perth Clinic", "3:00 to 4:00 at Harbour Street"]}

    both = [Row(What.HOURS, HARBOUR, ZoneInfo("Etc/UTC"), 5, 15 * 60, 16 * 60), row(6, 0, 1, at=PERTH)]
    first, second = blocks(drawn(*both, today=date(2026, 4, 5)))
    assert (first.y, first.is_narrow, second.y, second.is_narrow) == (second.y, True, first.y, True)


# Which business


def test_each_business_has_its_colour_and_a_letter_in_the_order_given():
    places = drawn(row(0, 9, 10, at=PERTH), row(1, 9, 10), row(2, 9, 10, at=NORTH)).places

    assert [(place.letter, place.name, place.tint) for place in places] == [
        ("A", "Harbour Street", 0),
        ("B", "North Rooms", 4),
        ("C", "Perth Clinic", 1),
    ]


def test_one_business_alone_has_no_letter_and_those_without_hours_are_not_in_the_legend():
    assert [(place.letter, place.name) for place in drawn(row(0, 9, 10)).places] == [("", "Harbour Street")]


def test_two_businesses_are_told_apart_in_the_picture_without_their_colours():
    page = render_to_string(
        "practitioners/schedule/_week.html", {"week": drawn(row(0, 9, 12), row(1, 9, 12, at=NORTH))}
    )

    assert re.findall(r'week__letter">(\w)</tspan> <tspan class="week__name">(.*?)</tspan>', page) == [
        ("A", "Harbour Street"),
        ("B", "North Rooms"),
    ]
    assert re.findall(r'week__swatch" aria-hidden="true">(\w)</span><bdi>(.*?)</bdi>', page) == [
        ("A", "Harbour Street"),
        ("B", "North Rooms"),
    ]


# The page


def test_without_hours_it_says_so():
    page = render_to_string("practitioners/schedule/_week.html", {"week": drawn()})

    assert "No hours this week." in page
    assert "<svg" not in page


def test_a_name_is_escaped():
    week = picture(
        [row(0, 9, 17)],
        [Business(pk=HARBOUR, name="<b>&", time_zone="Australia/Sydney")],
        zone=SYDNEY,
        today=TODAY,
    )

    page = render_to_string("practitioners/schedule/_week.html", {"week": week})
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;" in page


def test_numbers_have_a_point_and_days_their_name_whatever_the_language(settings):
    settings.LANGUAGE_CODE = "de"

    page = render_to_string("practitioners/schedule/_week.html", {"week": drawn(row(1, 9, 17))})

    assert 'x="14.786%"' in page
    assert "Dienstag 24 November" in page


@given(walls.rows([SYDNEY, WEST], most=8), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
@example(
    [Row(What.HOURS, 1, WEST, weekday=0, starts=1257, ends=1380)], date(2026, 1, 1)
)  # three minutes before midnight
def test_words_and_blocks_say_the_same_and_every_block_lies_within_the_picture(rows, today):
    businesses = [
        Business(pk=number, name=f"Place {number}", time_zone=zone.key) for number, zone in enumerate([SYDNEY, WEST])
    ]
    week = picture(rows, businesses, zone=SYDNEY, today=today)

    for day in week.days:
        said = [(place, *each) for place, times in day.stays for each in times]
        assert said == [(block.stretch.place, *block.stretch.from_to) for block in day.blocks]
        for block in day.blocks:
            assert day.x < block.x
            assert block.x + block.width < day.x + COLUMN
            assert 0 <= block.y < block.y + block.height <= week.scale.height
