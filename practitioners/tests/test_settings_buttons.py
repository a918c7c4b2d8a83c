"""**Add hours**, **Add break**, **Remove**, **Copy**: the page again with everything typed, and nothing saved (C7)."""

import pytest

from accounts.models import Activity
from practitioners.models import Availability, Business, Practitioner
from practitioners.tests.factories import BusinessFactory, first_business, rests, works
from practitioners.tests.settings_pages import MONDAY, SUNDAY, TUESDAY, WEDNESDAY, SettingsPage, words

pytestmark = pytest.mark.django_db

ON_MONDAY = "on Monday at Harbour Physio"


@pytest.fixture
def harbour(cast) -> Business:
    """The clinic's first business."""
    return first_business(cast.clinic)


@pytest.fixture
def page(cast, sign_in) -> SettingsPage:
    """Paul's settings, never filled in, in Adam's browser."""
    return SettingsPage(sign_in(cast.administrator), cast.practitioner)


def focused(page):
    """The id of what has focus when the page arrives, or the value of the button."""
    [found] = page.soup.find_all(attrs={"autofocus": True})
    return found.get("id") or found["value"]


def test_adding_a_row_saves_nothing_keeps_what_was_typed_and_goes_to_the_row(page, harbour):
    page.type(page.row_on(harbour, MONDAY), "8.30", "at noon")
    page.typed["designation"] = ["Physio"]
    page.typed["description"] = ["One.\r\n\r\nTwo."]
    page.typed["numbers-0-kind"] = ["Provider number"]

    answer = page.press(f"Add hours {ON_MONDAY}")

    assert answer.status_code == 200
    assert "Hours were added on Monday. Not saved yet Save practitioner settings" in page.words, "beside that button"
    assert page.times(harbour, MONDAY) == [("hours", "8:30", "at noon"), ("hours", "", "")]
    assert (page.value("designation"), page.value("numbers-0-kind")) == ("Physio", "Provider number")
    assert page.value("description").split() == ["One.", "Two."]
    assert focused(page) == f"id_{page.row_on(harbour, MONDAY, nth=1)}-starts"
    assert page.summary == {}, "what is typed so far is not judged yet"
    assert not Availability.objects.exists()
    assert not Activity.objects.exists()


def test_a_break_is_added_where_there_are_hours(page, harbour):
    assert "Add break on Tuesday at Harbour Physio" not in page.words

    page.type(page.row_on(harbour, MONDAY), "9", "17")
    page.press(f"Add break {ON_MONDAY}")
    page.type(page.row_on(harbour, MONDAY, what="break"), "12", "13")
    assert page.send().status_code == 302

    assert [row.what for row in (Availability.objects.get().row,)] == ["hours"]


def test_a_removed_row_is_gone_from_the_page_and_once_saved_from_the_file(cast, sign_in, harbour):
    works(cast.practitioner, days=[0, 1])
    rests(cast.practitioner, days=[0])
    page = SettingsPage(sign_in(cast.administrator), cast.practitioner)

    page.press("Remove Monday, break, row 2, 12:00 – 13:00")
    assert page.times(harbour, MONDAY) == [("hours", "9:00", "17:00")]
    assert focused(page) == f"add:hours:{harbour.pk}:0"
    page.press("Remove Tuesday, hours, row 1, 9:00 – 17:00")
    assert page.times(harbour, TUESDAY) == []
    assert Availability.objects.count() == 2

    assert page.send().status_code == 302
    assert [each.weekday for each in Availability.objects.all()] == [MONDAY]


def test_the_breaks_of_a_day_go_with_its_last_hours(cast, sign_in, harbour):
    works(cast.practitioner, days=[0])
    rests(cast.practitioner, days=[0])
    page = SettingsPage(sign_in(cast.administrator), cast.practitioner)

    page.press("Remove Monday, hours, row 1, 9:00 – 17:00")

    assert page.times(harbour, MONDAY) == []
    assert "The hours of Monday were removed, with their breaks. Not saved yet" in page.words
    assert page.send().status_code == 302


def test_a_day_on_which_nothing_is_typed_is_copied_over_nothing(page, harbour):
    page.press("Add hours on Tuesday at Harbour Physio")
    page.type(page.row_on(harbour, TUESDAY), "9", "17")

    page.press("Copy")

    assert page.times(harbour, TUESDAY) == [("hours", "9:00", "17:00")]
    assert "Monday has no hours to copy." in page.words


def test_a_new_row_never_takes_the_place_of_one_that_was_removed_before_it(page, harbour):
    page.press(f"Add hours {ON_MONDAY}")
    page.type(page.row_on(harbour, MONDAY, nth=1), "13", "17")
    page.press("Remove Monday, hours, row 1")
    page.press(f"Add hours {ON_MONDAY}")

    assert page.times(harbour, MONDAY) == [("hours", "13:00", "17:00"), ("hours", "", "")]


def test_copying_a_day_replaces_the_rows_of_the_target_days_and_of_no_other(cast, sign_in, harbour):
    works(cast.practitioner, days=[0])
    rests(cast.practitioner, days=[0])
    works(cast.practitioner, days=[1, 6], starts=600, ends=660)
    page = SettingsPage(sign_in(cast.administrator), cast.practitioner)
    page.typed[f"copy-{harbour.pk}-targets"] = ["0", "1", "2"]

    page.press("Copy")

    monday = [("hours", "9:00", "17:00"), ("break", "12:00", "13:00")]
    assert [page.times(harbour, day) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [monday] * 3
    assert page.times(harbour, SUNDAY) == [("hours", "10:00", "11:00")]
    assert "Monday was copied to Tuesday and Wednesday. Not saved yet" in page.words
    assert focused(page) == f"copy:{harbour.pk}"
    assert page.send().status_code == 302
    assert Availability.objects.count() == 4


def test_what_is_copied_is_what_is_typed_even_where_it_cannot_be_read(page, harbour):
    page.type(page.row_on(harbour, MONDAY), "9ish", "17")

    page.press("Copy")

    assert page.times(harbour, TUESDAY) == [("hours", "9ish", "17:00")]


def test_a_day_is_copied_within_its_business(cast, sign_in, harbour):
    west = BusinessFactory(account=cast.clinic, name="West End")
    works(cast.practitioner, days=[0])
    works(cast.practitioner, west, days=[1], starts=1080, ends=1200)
    page = SettingsPage(sign_in(cast.administrator), cast.practitioner)

    page.send(do=f"copy:{harbour.pk}")

    assert page.times(west, TUESDAY) == [("hours", "18:00", "20:00")]
    assert page.times(west, WEDNESDAY) == []


@pytest.mark.parametrize(
    ("targets", "source", "hint"),
    [
        ([], "0", "Choose a day to copy, and other days to copy it to."),
        (["0"], "0", "Choose a day to copy, and other days to copy it to."),
        (["7"], "0", "Choose a day to copy, and other days to copy it to."),
        (["1"], "x", "Choose a day to copy, and other days to copy it to."),
        (["1"], "6", "Sunday has no hours to copy."),
    ],
)
def test_a_copy_that_makes_no_sense_says_why_beside_the_button(page, harbour, targets, source, hint):
    page.typed[f"copy-{harbour.pk}-targets"], page.typed[f"copy-{harbour.pk}-source"] = targets, [source]
    before = page.times(harbour, MONDAY)

    page.press("Copy")

    assert hint in words(page.soup.find(id=f"copy-{harbour.pk}"))
    assert page.times(harbour, MONDAY) == before


def test_reference_numbers_are_added_and_removed(page):
    page.typed["numbers-0-kind"], page.typed["numbers-0-number"] = ["Provider number"], ["1"]
    page.press("Add reference number")
    assert focused(page) == "id_numbers-1-kind"
    page.typed["numbers-1-kind"], page.typed["numbers-1-number"] = ["Registration"], ["2"]

    page.press("Remove reference number 1")

    assert [page.value("numbers-1-kind"), page.value("numbers-1-number")] == ["Registration", "2"]
    assert "numbers-0-kind" not in page.typed
    assert focused(page) == "add-number"


def test_the_picture_is_of_what_is_typed_when_that_is_right_and_else_of_what_is_on_file(cast, page, harbour):
    page.type(page.row_on(harbour, MONDAY), "9", "11")
    page.press("Add reference number")
    assert "This week, once saved" in page.words
    assert "9:00 to 11:00 at" in page.words

    page.type(page.row_on(harbour, MONDAY), "9", "8")
    page.press("Add reference number")
    assert "This week, as on file No hours this week." in page.words


@pytest.mark.parametrize("list_of", ["day", "numbers", "all"])
def test_what_is_full_is_not_added_to_and_says_so(page, harbour, list_of):
    full = {
        "day": {f"hours-{number}-at": f"hours:{harbour.pk}:0" for number in range(8)},
        "numbers": {f"numbers-{number}-kind": "x" for number in range(20)},
        "all": {f"hours-{number}-at": "hours:1:0" if number else f"hours:{harbour.pk}:1" for number in range(200)},
    }
    button = {"day": f"add:hours:{harbour.pk}:0", "numbers": "add-number", "all": f"add:break:{harbour.pk}:1"}
    page.typed |= {name: [value] for name, value in full[list_of].items()}

    page.send(do=button[list_of])

    hints = {
        "day": "A day has at most 8 rows at one business.",
        "numbers": "One practitioner has at most 20 reference numbers.",
        "all": "One practitioner has at most 200 rows.",
    }
    assert hints[list_of] in page.words


def test_copying_stops_at_the_most_rows_that_there_can_be(page, harbour):
    rows = {f"hours-{number}-at": ["hours:1:0"] for number in range(1, 198)}
    page.typed |= rows
    page.type(page.row_on(harbour, MONDAY), "9", "17")

    page.press("Copy")

    assert "One practitioner has at most 200 rows." in page.words
    assert page.times(harbour, TUESDAY) == []


@pytest.mark.parametrize(
    "button",
    [
        *("", "save", "add", "add:", "add:hours", "add:hours:x:0", "add:hours:1:7", "add:rest:1:1", "remove:"),
        *("remove:x", "remove:-1", "remove:²", "remove:" + "9" * 5000, "copy:", "copy:0", "copy:999", "remove:77"),
    ],
)
def test_a_button_that_was_tampered_with_changes_and_saves_nothing(page, harbour, button):
    page.type(page.row_on(harbour, MONDAY), "9", "17")

    answer = page.send(do=button)

    assert answer.status_code == 200
    assert page.times(harbour, MONDAY) == [("hours", "9:00", "17:00")]
    assert not Practitioner.objects.exclude(version=1).exists()


def test_enter_in_a_field_saves(page):
    """A browser presses the first button of the form, which has to be one that saves."""
    first = page.soup.find("form", class_="practice__form").find("button")

    assert first.get("name") is None
    assert words(first) == "Save practitioner settings"
