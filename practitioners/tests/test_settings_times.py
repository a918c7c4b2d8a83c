"""Times as people type them, and as they are shown back."""

import pytest
from django.core.exceptions import ValidationError

from practitioners.settings.forms.fields import ClockField, minutes_typed


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("9", "9:00"),
        ("9:30", "9:30"),
        ("9.30", "9:30"),
        ("9,30", "9:30"),
        ("930", "9:30"),
        ("0930", "9:30"),
        ("09:30", "9:30"),
        ("9am", "9:00"),
        ("9 A.M.", "9:00"),
        ("5:30 pm", "17:30"),
        ("530pm", "17:30"),
        ("12 am", "0:00"),
        ("12 pm", "12:00"),
        ("12", "12:00"),
        ("0:00", "0:00"),
        ("24:00", "24:00"),
        ("24", "24:00"),
        ("２１：１５", "21:15"),
        ("  9 : 15 ", "9:15"),
    ],
)
def test_a_time_is_read_as_people_write_it_and_shown_in_one_way(typed, shown):
    field = ClockField()

    assert field.clean(typed) is not None
    assert field.prepare_value(typed) == field.prepare_value(field.clean(typed)) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "nine",
        "25",
        "24:01",
        "9:60",
        "9:3",
        "13 pm",
        "0 am",
        "-9",
        "9-17",
        "9:30:00",
        "9" * 5000,
        "\x00",
        "9\x00",
        "noon!",
    ],
)
def test_what_is_no_time_is_refused_and_shown_as_it_was_typed(typed):
    field = ClockField()

    with pytest.raises(ValidationError, match="Enter a time such as 9:00, 17:30 or 5:30 pm"):
        field.clean(typed)
    assert field.prepare_value(typed) == typed


@pytest.mark.parametrize("typed", ["", "   ", None])
def test_nothing_typed_is_no_time(typed):
    assert ClockField().clean(typed) is None


@pytest.mark.parametrize("midnight", ["24:00", "0:00", "12 am", "0"])
def test_a_day_ends_at_24_however_midnight_is_written(midnight):
    assert ClockField(is_end=True).clean(midnight) == 1440


def test_every_minute_of_a_day_reads_back_as_it_is_shown():
    field = ClockField()

    assert all(minutes_typed(field.prepare_value(minute)) == minute for minute in range(1441))
