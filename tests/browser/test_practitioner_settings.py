"""Practitioner settings in a real browser: hours typed, copied, saved, with script and without (S13 to S15, C6, C7)."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .before import add_user, join, open_clinic
from .looking import PHONE, WAYS_TO_LOOK, Watcher
from .people import Clinic, Person, expect_told, open_person, practitioner_choice

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages")]

ON_A_PHONE = {"width": PHONE, "height": 800}
WORKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def _day(page: Page, clinic: Clinic, name: str) -> Locator:
    return page.get_by_role("group", name=f"{name} at {clinic.name}")


def _time(page: Page, clinic: Clinic, label: str) -> Locator:
    return _day(page, clinic, label.partition(",")[0]).get_by_label(label, exact=True)


def _fill(page: Page, clinic: Clinic, day: str, starts: str, ends: str) -> None:
    _time(page, clinic, f"{day}, from, row 1").fill(starts)
    _time(page, clinic, f"{day}, to, row 1").fill(ends)


def _save(page: Page) -> None:
    page.locator(".practice__save").get_by_role("button", name="Save practitioner settings").click()


def _add_practitioner(page: Page) -> tuple[Clinic, Person]:
    """A clinic, a practitioner, and their settings on the page as the next step after adding them."""
    clinic, nadia = open_clinic(page), Person()
    add_user(page, clinic, nadia, role="Practitioner", is_practitioner=True)
    expect(page.get_by_role("heading", level=1, name=f"Practitioner settings of {nadia.name}")).to_be_visible()
    return clinic, nadia


def _set_the_week(page: Page, clinic: Clinic, nadia: Person) -> None:
    """Monday's hours, a break in them, the same on the other workdays; saved."""
    expect(page.get_by_label(f"Works at {clinic.name}")).to_be_checked()
    page.get_by_label("Designation").fill("Physiotherapist")
    _fill(page, clinic, "Monday", "8.30", "5pm")
    _day(page, clinic, "Monday").get_by_role("button", name="Add break").click()
    expect(page.locator(".practice__unsaved")).to_have_text("A break was added on Monday. Not saved yet")
    new = _time(page, clinic, "Monday, break from, row 2")
    expect(new).to_be_focused()
    expect(new).to_be_in_viewport(ratio=1)
    new.fill("12")
    _time(page, clinic, "Monday, break to, row 2").fill("12:45")
    page.get_by_role("button", name="Copy", exact=True).click()
    for day in WORKDAYS:
        expect(_time(page, clinic, f"{day}, from, row 1")).to_have_value("8:30")
        expect(_time(page, clinic, f"{day}, break to, row 2")).to_have_value("12:45")
    expect(page.get_by_label("Designation")).to_have_value("Physiotherapist")
    _save(page)
    expect_told(page, f"The practitioner settings of {nadia.name} were saved.")


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
def test_an_administrator_sets_the_week_of_somebody_they_have_just_added(open_browser, has_script):
    """S13, S15, C7."""
    page = open_browser(java_script_enabled=has_script)
    clinic, nadia = _add_practitioner(page)

    _set_the_week(page, clinic, nadia)

    expect(page.get_by_role("heading", level=1, name=nadia.name)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/settings/users/\d+/$"))


def test_a_practitioner_skips_the_first_step_and_comes_back_to_it(page, open_browser, product):
    """S14, C6."""
    clinic, nadia = open_clinic(page), Person()
    add_user(page, clinic, nadia, role="Practitioner", is_practitioner=True)
    theirs = open_browser(viewport=ON_A_PHONE)
    join(theirs, product, nadia)

    expect(theirs.get_by_role("heading", level=1, name="Practitioner settings")).to_be_visible()
    theirs.get_by_role("link", name="Skip for now").click()
    expect(theirs).to_have_url(re.compile(f"/{clinic.slug}/$"))

    theirs.goto(clinic.url("me/"))
    theirs.get_by_role("link", name="Edit your practitioner settings").click()
    _fill(theirs, clinic, "Monday", "9", "17:30")
    # Enter saves; it does not press the first of the many buttons.
    _time(theirs, clinic, "Monday, to, row 1").press("Enter")
    expect_told(theirs, "Your practitioner settings were saved.")
    expect(_time(theirs, clinic, "Monday, to, row 1")).to_have_value("17:30")
    expect(theirs.get_by_text(f"{nadia.first_name} can’t be booked yet")).to_have_count(0)


def test_with_script_the_buttons_of_rows_leave_the_page_where_it_is(page):
    """Otherwise Back would lead to a page that can't be shown again, and what was typed would be gone."""
    clinic, _nadia = _add_practitioner(page)
    address = page.url
    length = page.evaluate("history.length")
    monday = _day(page, clinic, "Monday")

    monday.get_by_role("button", name="Add hours").click()
    expect(_time(page, clinic, "Monday, from, row 2")).to_be_focused()
    monday.get_by_role("button", name="Remove").last.click()
    expect(monday.get_by_role("button", name="Add hours")).to_be_focused()

    assert (page.url, page.evaluate("history.length")) == (address, length)
    expect(page.locator("#announcer")).to_have_text("A row of Monday was removed. Not saved yet")


def test_leaving_with_something_unsaved_is_asked_about_and_after_saving_it_is_not(page):
    clinic, nadia = _add_practitioner(page)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Designation").press_sequentially("Osteopath")

    page.reload()
    assert asked == ["beforeunload"]

    page.get_by_label("Designation").press_sequentially("Physio")
    _save(page)
    expect_told(page, f"The practitioner settings of {nadia.name} were saved.")
    page.goto(clinic.url())
    assert asked == ["beforeunload"]


def test_leaving_after_a_refused_save_is_asked_about_as_well(page):
    clinic, _nadia = _add_practitioner(page)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    _fill(page, clinic, "Monday", "half past", "17")
    _save(page)
    expect(page.locator("#error-summary")).to_be_focused()

    page.goto(clinic.url())
    assert asked == ["beforeunload"]


def test_what_was_typed_is_still_there_when_the_session_has_ended(page):
    _clinic, _nadia = _add_practitioner(page)
    page.get_by_label("Designation").fill("Physiotherapist")
    page.context.clear_cookies()

    _save(page)

    expect(page.get_by_role("alert")).to_contain_text("What you typed is still here")
    expect(page.get_by_label("Designation")).to_have_value("Physiotherapist")


@pytest.mark.parametrize(
    "has_script",
    [
        pytest.param(True, id="with script"),
        pytest.param(False, id="without script", marks=pytest.mark.nightly),
    ],
)
def test_settings_of_somebody_who_stopped_practising_say_so_and_keep_what_was_typed(open_browser, has_script):
    page = open_browser(java_script_enabled=has_script)
    clinic, nadia = _add_practitioner(page)
    page.get_by_label("Designation").fill("Physiotherapist")
    other_tab = page.context.new_page()
    open_person(other_tab, clinic, nadia)
    practitioner_choice(other_tab, False).check()
    other_tab.get_by_role("button", name="Update user").click()
    expect_told(other_tab, "was updated.")

    _save(page)

    expect(page.locator("#error-summary")).to_contain_text(f"{nadia.name} is no longer a practitioner.")
    expect(page.get_by_label("Designation")).to_have_value("Physiotherapist")


def test_hours_are_shown_where_somebody_works_and_hidden_where_not_without_a_script(open_browser):
    page = open_browser(java_script_enabled=False)
    clinic, _nadia = _add_practitioner(page)
    monday = _time(page, clinic, "Monday, from, row 1")
    works = page.get_by_label(f"Works at {clinic.name}")

    works.uncheck()
    expect(monday).to_be_hidden()
    works.check()
    expect(monday).to_be_visible()


def test_a_mistake_is_found_from_the_summary_and_mended(page):
    """What was typed stays; the summary leads to the field."""
    clinic, nadia = _add_practitioner(page)
    _fill(page, clinic, "Monday", "22:00", "06:00")
    _save(page)

    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    field = _time(page, clinic, "Monday, from, row 1")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(
        re.compile("Hours past midnight are two rows: 22:00 to 24:00 on Monday")
    )
    field.fill("2:00")
    field.press("Enter")
    expect_told(page, f"The practitioner settings of {nadia.name} were saved.")


def test_the_keyboard_alone_is_enough_and_what_has_focus_is_never_under_the_bar(page):
    """The bar that saves stays at the bottom; nothing that is reached by Tab may be behind it."""
    _add_practitioner(page)
    page.set_viewport_size(ON_A_PHONE)
    bar = page.locator(".practice__save")
    page.get_by_label("Designation").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        if focused.evaluate("element => element.closest('.practice__save') !== null"):
            break
        box, edge = focused.bounding_box(), bar.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= edge["y"] + 1, focused.evaluate("each => each.outerHTML")
    expect(bar.locator("*:focus")).to_have_text("Save practitioner settings")


@pytest.mark.parametrize("expect_fine", WAYS_TO_LOOK)
def test_the_page_is_whole_and_accessible_with_a_week_on_it_and_with_mistakes(open_browser, product, expect_fine):
    """axe-core, nothing wider than the window, nothing complained of."""
    page = open_browser()
    watcher = Watcher(page.context, product.url)
    page.emulate_media(reduced_motion="reduce")
    clinic, nadia = _add_practitioner(page)
    expect_fine(page, watcher)

    _set_the_week(page, clinic, nadia)
    page.goto(f"{page.url}practitioner/")
    _fill(page, clinic, "Monday", "8:30", "nine")
    _fill(page, clinic, "Tuesday", "22", "6")
    page.get_by_role("button", name="Add reference number").click()
    page.get_by_label("Type, reference number 2").fill("Provider number")
    _save(page)
    expect(page.locator("#error-summary")).to_be_visible()
    expect_fine(page, watcher)
