"""Saving the page, and all that it refuses: with a reason at the row, and nothing typed lost (C6, C7, C26)."""

import pytest

from accounts.models import Activity, Member
from practitioners.models import Availability, Business, Practitioner, ReferenceNumber
from practitioners.settings import actions
from practitioners.settings import views as view
from practitioners.settings.details import PractitionerSettings
from practitioners.tests.factories import BusinessFactory, first_business, works
from practitioners.tests.settings_pages import MONDAY, TUESDAY, SettingsPage, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour(cast) -> Business:
    """The clinic's first business."""
    return first_business(cast.clinic)


@pytest.fixture
def open_page(cast, sign_in):
    """Open Paul's settings in Adam's browser."""
    return lambda: SettingsPage(sign_in(cast.administrator), cast.practitioner)


@pytest.fixture
def page(open_page) -> SettingsPage:
    """Paul's settings, never filled in."""
    return open_page()


@pytest.fixture
def on_file(cast):
    """What is on file about Paul."""
    return lambda: PractitionerSettings.of(Practitioner.objects.get(member=cast.practitioner))


NOTHING = PractitionerSettings("", "", frozenset(), (), ())


def test_the_whole_page_is_saved(page, harbour, on_file):
    page.typed |= {
        "designation": [" Physio "],
        "description": ["One.\r\n\r\nTwo."],
        "numbers-0-kind": ["Provider number"],
        "numbers-0-number": ["2426621B"],
        "numbers-0-business": [str(harbour.pk)],
    }
    page.type(page.row_on(harbour, MONDAY), "9am", "5:30 pm")

    assert page.send().status_code == 302

    found = on_file()
    assert (found.designation, found.description) == ("Physio", "One.\n\nTwo.")
    assert found.numbers == (("Provider number", "2426621B", harbour.pk),)
    assert found.businesses == {harbour.pk}
    assert [(row.what, row.weekday, row.starts, row.ends) for row in found.rows] == [("hours", MONDAY, 540, 1050)]


def test_opened_and_saved_without_a_change_the_page_changes_nothing(cast, open_page, on_file):
    """Whatever is on file goes through the fields and back."""
    paul = works(cast.practitioner, starts=0, ends=1440)
    paul.reference_numbers.create(kind="Provider number", number="1")
    Practitioner.objects.filter(pk=paul.pk).update(designation="Physio", description="One.\n\n  Two.", version=2)
    before = on_file()

    assert open_page().send().status_code == 302

    assert on_file() == before
    assert not Activity.objects.exists()


def test_empty_rows_are_passed_over(page, on_file):
    page.typed |= {"hours-7-at": ["hours:999:0"], "hours-7-starts": [" "], "hours-7-ends": [""]}

    assert page.send(designation="Physio").status_code == 302
    assert (on_file().rows, on_file().numbers) == ((), ())


@pytest.mark.parametrize(
    ("starts", "ends", "field", "reason"),
    [
        ("nine", "17", "starts", "Enter a time such as 9:00, 17:30 or 5:30 pm."),
        ("9", "25:00", "ends", "Enter a time such as 9:00, 17:30 or 5:30 pm."),
        ("9", "", "ends", "Enter when it ends, or remove the row."),
        ("", "17", "starts", "Enter when it starts, or remove the row."),
        ("22:00", "06:00", "starts", "Hours past midnight are two rows: 22:00 to 24:00 on Monday and 0:00 to 6:00"),
        ("9", "5", "starts", "If you mean the afternoon, write 17:00."),
    ],
)
def test_a_row_that_is_wrong_says_so_under_it_and_the_summary_leads_there(
    page, harbour, on_file, starts, ends, field, reason
):
    row = page.row_on(harbour, MONDAY)
    page.type(row, starts, ends)
    page.typed["designation"] = ["Physio"]

    answer = page.send()

    assert answer.status_code == 422
    assert reason in page.error_at(row, field)
    [(line, target)] = page.summary.items()
    assert line.startswith("Harbour Physio, Monday – ") and reason in line
    marked = page.soup.find(id=target.removeprefix("#"))
    assert (marked["name"], marked["aria-invalid"]) == (f"{row}-{field}", "true")
    assert page.error_at(row, field) == words(page.soup.find(id=marked["aria-describedby"]))
    assert page.value("designation") == "Physio"
    assert on_file() == NOTHING


def test_what_cannot_be_read_stands_there_as_it_was_typed(page, harbour):
    page.type(page.row_on(harbour, MONDAY), "<nine>", "0530pm")

    page.send()

    assert page.times(harbour, MONDAY) == [("hours", "<nine>", "17:30")]


def test_rows_that_overlap_each_say_with_which(page, harbour, on_file):
    page.type(page.row_on(harbour, MONDAY), "9", "12")
    page.press("Add hours on Monday at Harbour Physio")
    first, second = (page.row_on(harbour, MONDAY, nth=nth) for nth in (0, 1))
    page.type(second, "11", "17")

    assert page.send().status_code == 422
    assert page.error_at(first) == "Overlaps 11:00 to 17:00 on Monday at Harbour Physio. Change one of the two."
    assert page.error_at(second) == "Overlaps 9:00 to 12:00 on Monday at Harbour Physio. Change one of the two."
    assert on_file() == NOTHING


def test_two_businesses_whose_hours_clash_name_each_other(cast, open_page, harbour):
    west = BusinessFactory(account=cast.clinic, name="West End")
    page = open_page()
    page.typed["businesses"] = [str(harbour.pk), str(west.pk)]
    page.type(page.row_on(harbour, MONDAY), "9", "12")
    page.type(page.row_on(west, MONDAY), "11", "17")

    assert page.send().status_code == 422
    assert "at West End" in page.error_at(page.row_on(harbour, MONDAY))

    page.typed["businesses"] = [str(west.pk)]
    assert page.send().status_code == 302, "where nobody works, hours are kept and clash with nothing"


def test_hours_of_a_business_that_is_not_ticked_are_kept_and_the_page_says_so(cast, open_page, harbour):
    works(cast.practitioner, days=[0])
    page = open_page()
    page.typed.pop("businesses")

    assert page.send().status_code == 302

    assert Availability.objects.count() == 1
    page = open_page()
    assert page.times(harbour, MONDAY) == [("hours", "9:00", "17:00")]
    assert "The hours here are kept, and are not used while this is not ticked." in page.words
    assert "Paul works at none of the businesses." in page.words


def test_a_mistake_at_a_business_that_is_not_ticked_is_not_hidden(page, harbour):
    page.typed.pop("businesses")
    page.type(page.row_on(harbour, MONDAY), "9", "x")

    page.send()

    assert "place--open" in page.soup.find("fieldset", class_="place")["class"]


def test_hours_at_an_inactive_business_survive_a_save(cast, open_page, harbour, on_file):
    works(cast.practitioner, days=[0])
    BusinessFactory(account=cast.clinic)
    Business.objects.filter(pk=harbour.pk).update(is_active=False)
    before = on_file()

    assert open_page().send(designation="Physio").status_code == 302

    assert (on_file().rows, on_file().businesses) == (before.rows, before.businesses)


def test_a_business_made_inactive_while_the_page_was_open_keeps_what_is_on_file(cast, open_page, harbour, on_file):
    works(cast.practitioner, days=[0, 1])
    page = open_page()
    row = page.row_on(harbour, MONDAY)
    Business.objects.filter(pk=harbour.pk).update(is_active=False)
    before = on_file()

    assert page.send(designation="Physio", businesses=[]).status_code == 302
    assert on_file().rows == before.rows

    page.typed |= {"version": ["2"], f"{row}-at": [f"hours:{harbour.pk}:0"]}
    page.type(row, "10", "11")
    assert page.send().status_code == 422
    assert "so its hours stay as they are on file. Remove this row." in page.error_at(row)
    assert page.value(f"{row}-starts") == "10:00"


def test_a_business_made_active_while_the_page_was_open_keeps_what_is_on_file(cast, open_page, on_file):
    """The page had no place for it, so that what is sent says nothing of it."""
    north = BusinessFactory(account=cast.clinic, is_active=False)
    works(cast.practitioner, days=[0])
    works(cast.practitioner, north, days=[1])
    page, before = open_page(), on_file()
    Business.objects.update(is_active=True)

    assert page.send(designation="Physio").status_code == 302

    assert (on_file().rows, on_file().businesses) == (before.rows, before.businesses)


def test_so_does_one_that_went_and_came_back_between_two_buttons(cast, open_page, harbour, on_file):
    north = BusinessFactory(account=cast.clinic)
    works(cast.practitioner, days=[0])
    works(cast.practitioner, north, days=[1])
    page, before = open_page(), on_file()
    Business.objects.filter(pk=north.pk).update(is_active=False)
    page.press("Add hours on Friday at Harbour Physio")
    Business.objects.update(is_active=True)

    assert page.send().status_code == 302

    assert (on_file().rows, on_file().businesses) == (before.rows, before.businesses)


def test_far_more_rows_than_can_be_saved_are_not_looked_at(page, on_file):
    """400, as for more fields than any form has; the page that shows 201 again is the last that helps anybody."""
    before = on_file()

    answer = page.client.post(page.address, {f"numbers-{number}-kind": "A" for number in range(301)})

    assert answer.status_code == 400
    assert on_file() == before


# Reference numbers


def test_a_number_at_an_inactive_business_can_stay_or_go_and_not_change(cast, page, on_file):
    north = BusinessFactory(account=cast.clinic, name="North", is_active=False)
    ReferenceNumber.objects.create(
        practitioner=Practitioner.objects.get(member=cast.practitioner), kind="A", number="1", business=north
    )
    page.reopen()

    assert page.send(designation="Physio").status_code == 302
    page.reopen()
    assert page.send(**{"numbers-0-number": "2"}).status_code == 422
    assert "This business is inactive. Choose another, or leave the number as it was." in page.error_at(
        "numbers-0", "business"
    )
    assert page.send(**{"numbers-0-kind": "", "numbers-0-number": ""}).status_code == 302
    assert on_file().numbers == ()


@pytest.mark.parametrize(
    ("kind", "number", "field", "reason"),
    [
        ("Provider number", "", "number", "Enter the number, or remove the row."),
        ("", "123", "kind", "Enter the type, for example Provider number, or remove the row."),
        ("x" * 101, "1", "kind", "Use at most 100 characters (it has 101)."),
        ("a\u202eb", "1", "kind", "Remove the hidden characters that change the direction of text."),
    ],
)
def test_a_reference_number_that_is_wrong_says_so(page, kind, number, field, reason):
    page.typed["numbers-0-kind"], page.typed["numbers-0-number"] = [kind], [number]

    assert page.send().status_code == 422
    assert page.error_at("numbers-0", field) == reason
    assert page.summary == {f"Reference number 1 – {reason}": f"#id_numbers-0-{field}"}
    assert (page.value("numbers-0-kind"), page.value("numbers-0-number")) == (kind, number)


def test_the_same_number_twice_is_said_at_the_second(page):
    for row in (0, 1):
        page.typed |= {f"numbers-{row}-kind": ["Provider"], f"numbers-{row}-number": ["1"]}

    assert page.send().status_code == 422
    assert page.error_at("numbers-1", "number") == "This number is in the list already. Remove one of the two."
    assert not ReferenceNumber.objects.exists()


def test_twenty_one_numbers_are_too_many_and_all_are_shown_again(page):
    for row in range(21):
        page.typed |= {f"numbers-{row}-kind": ["Provider"], f"numbers-{row}-number": [str(row)]}

    assert page.send().status_code == 422
    assert "at most 20 reference numbers" in page.error_at("numbers-20", "number")
    assert [page.value(f"numbers-{row}-number") for row in range(21)] == [str(row) for row in range(21)]


# What only somebody who tampers sends


def test_a_business_of_another_clinic_is_refused_at_the_row(cast, page, on_file):
    """C26: the row is shown again, so that it can be removed; nothing of the other clinic is."""
    theirs = first_business(cast.other_clinic)
    page.typed |= {"hours-9-at": [f"hours:{theirs.pk}:0"], "hours-9-starts": ["9"], "hours-9-ends": ["17"]}

    assert page.send().status_code == 422
    assert page.error_at("hours-9") == "This row is for no business of this clinic. Remove it."
    assert page.value("hours-9-starts") == "9:00"
    assert theirs.name not in page.words
    assert on_file() == NOTHING
    page.press("Remove Hours without a business, hours, row 1, 9:00 – 17:00")
    assert page.send().status_code == 302


def test_a_business_of_another_clinic_cannot_be_worked_at(cast, page, on_file):
    """C26."""
    page.typed["businesses"] = [str(first_business(cast.other_clinic).pk)]

    assert page.send().status_code == 422
    assert "One of the businesses is not, or no longer, open in this clinic." in page.words
    assert page.soup.find(id=next(iter(page.summary.values())).removeprefix("#")) is not None
    assert on_file() == NOTHING


def test_a_reference_number_at_a_business_of_another_clinic_is_refused_at_the_row(cast, page, on_file):
    """C26: and does not turn into one for all businesses when it is shown again."""
    theirs = str(first_business(cast.other_clinic).pk)
    page.typed |= {"numbers-0-kind": ["A"], "numbers-0-number": ["1"], "numbers-0-business": [theirs]}

    assert page.send().status_code == 422
    assert page.error_at("numbers-0", "business") == "Choose one of the businesses in the list."
    assert page.value("numbers-0-business") == theirs
    assert on_file() == NOTHING


@pytest.mark.parametrize(
    "at", ["", "hours", "hours:x:0", "hours:1:9", "nap:1:1", "hours:" + "9" * 40 + ":1", "hours:1:0:0", "\x00"]
)
def test_a_row_whose_place_was_tampered_with_is_shown_again_and_refused(page, on_file, at):
    page.typed |= {"hours-9-at": [at], "hours-9-starts": ["9"], "hours-9-ends": ["17"]}

    assert page.send().status_code == 422
    assert "no business of this clinic" in page.words
    assert page.value("hours-9-ends") == "17:00"
    assert on_file() == NOTHING


def test_fields_of_no_row_are_passed_over(page, on_file):
    odd = {"hours--starts": "9", "hours-x-starts": "9", "hours-9999999-starts": "9", "numbers-²-kind": "x"}

    assert page.send(designation="Physio", **odd).status_code == 302
    assert (on_file().rows, on_file().numbers) == ((), ())


def test_two_hundred_and_one_rows_are_too_many_and_all_are_shown_again(page, harbour):
    for number in range(201):
        times = ([str(number % 24)], [f"{number % 24}:30"])
        page.typed[f"hours-{number}-at"] = [f"hours:{harbour.pk}:{number % 7}"]
        page.typed[f"hours-{number}-starts"], page.typed[f"hours-{number}-ends"] = times

    assert page.send().status_code == 422
    assert "One practitioner has at most 200 rows. Remove this one." in page.error_at("hours-200")
    assert "A day has at most 8 rows at one business. Remove this one." in page.error_at("hours-199")
    assert sum(len(page.times(harbour, day)) for day in range(7)) == 201


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 400, None])
def test_without_the_version_it_was_opened_with_nothing_is_saved_until_it_is_looked_at(page, on_file, version):
    page.typed["designation"] = ["Physio"]
    page.typed |= {"version": [version]} if version is not None else {}
    if version is None:
        page.typed.pop("version")

    assert page.send().status_code == 422
    assert "Someone changed the practitioner settings of Paul Prasad while you had this page open" in page.words
    assert on_file() == NOTHING
    assert page.send().status_code == 302


# Somebody else at the same time


def test_hours_that_were_typed_by_another_clock_are_not_saved(cast, open_page, harbour):
    """A71: somebody has put the business in another time zone since."""
    page = open_page()
    page.type(page.row_on(harbour, MONDAY), "9", "17")
    Business.objects.filter(pk=harbour.pk).update(time_zone="Australia/Perth")

    answer = page.send()

    assert answer.status_code == 422
    assert f"Someone changed the time zone of {harbour.name} while you had this page open" in page.words
    assert not Availability.objects.exists()
    assert page.send().status_code == 302
    assert Availability.objects.count() == 1


def test_after_somebody_elses_change_both_stand_on_the_page_and_the_next_try_is_saved(
    cast, open_page, harbour, on_file
):
    works(cast.practitioner, days=[0])
    mine, theirs = open_page(), open_page()
    theirs.typed |= {"designation": ["Osteopath"], "numbers-0-kind": ["A"], "numbers-0-number": ["1"]}
    theirs.type(theirs.row_on(harbour, MONDAY), "10", "11")
    assert theirs.send().status_code == 302
    mine.typed["designation"] = ["Physio"]
    mine.press("Add hours on Tuesday at Harbour Physio")
    mine.type(mine.row_on(harbour, TUESDAY), "9", "12")

    assert mine.send().status_code == 422

    assert "so nothing was saved. What you entered is still below" in mine.words
    assert "On file now: Osteopath" in mine.words
    assert "On file now: A 1 (all businesses)" in mine.words
    assert "On file now: 10:00 to 11:00" in mine.words
    assert "On file now: no hours" in mine.words
    assert "Somebody else saved while you were here" in mine.words
    assert len(mine.summary) == 4, "it leads to the field, the numbers and two days"
    assert mine.words.count("On file now") == 8, "and beside each of them it stands again"
    assert on_file().designation == "Osteopath"
    assert mine.send().status_code == 302
    assert on_file().designation == "Physio"


def test_a_business_ticked_by_somebody_else_is_said_at_it(cast, open_page, harbour):
    mine, theirs = open_page(), open_page()
    theirs.send(designation="Osteopath")
    mine.typed.pop("businesses")

    mine.send(designation="Physio")

    assert "On file now: works here" in mine.words


def test_what_the_action_refuses_is_said_on_the_page_with_everything_typed(page, harbour, cast, monkeypatch):
    """Adam is made inactive between the view's check and the lock."""

    def _too_late(**details):
        Member.objects.filter(pk=cast.administrator.pk).update(is_active=False)
        actions.save_settings(**details)

    monkeypatch.setattr(view, "save_settings", _too_late)
    page.type(page.row_on(harbour, MONDAY), "9", "17")

    assert page.send(designation="Physio").status_code == 422
    assert "You may not do this, or may no longer. Nothing was changed." in page.words
    assert (page.value("designation"), page.times(harbour, MONDAY)) == ("Physio", [("hours", "9:00", "17:00")])
