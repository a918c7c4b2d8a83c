"""A clinic asks everybody for two-factor authentication: people are led to it, and helped back (A34, A35, C8, C9)."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from .before import add_and_join, ask_everybody, come_in, enrol, open_clinic
from .people import Person, dialog, expect_told, open_person, person_row, prompt, verify
from .two_factor import SET_UP, expect_gate, open_security, set_up

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages")]

NARROW = {"viewport": {"width": 390, "height": 800}}
WIDEST = "document.documentElement.scrollWidth"
IN_TEN_DAYS = timedelta(days=10)
PHONE_OR_NO_SCRIPT = pytest.mark.parametrize(
    "options",
    [
        pytest.param({"java_script_enabled": False}, id="without script", marks=pytest.mark.nightly),
        pytest.param(NARROW, id="on a phone"),
    ],
)


def test_a_clinic_asks_everybody_and_a_colleague_at_work_sets_it_up_and_goes_on(page, open_browser, product):
    """The owner has it already; the colleague is signed in when it begins, in the middle of something."""
    clinic, nadia, theirs = open_clinic(page), Person(), open_browser()
    add_and_join(page, theirs, product, clinic, nadia)
    enrol(page)

    open_security(page, clinic)
    page.get_by_label("Session timeout").select_option(label="1 hour")
    page.get_by_label("Require two-factor authentication").check()
    page.get_by_role("button", name="Update security").click()
    expect(dialog(page)).to_contain_text("Sign people out after 1 hour without doing anything.")
    expect(dialog(page)).to_contain_text("Require two-factor authentication of everybody from now on.")
    expect(dialog(page)).to_contain_text("1 person has yet to set it up, and is told by email.")
    verify(page, "Update security")
    expect_told(page, "The security settings were updated.")
    mail = product.wait_for_mail(nadia.email, count=2)
    assert mail["Subject"] == f"{clinic.name} asks everybody for two-factor authentication"

    theirs.goto(clinic.url("me/"))
    expect_gate(theirs, clinic)
    theirs.get_by_role("link", name=SET_UP).click()
    set_up(theirs)
    expect(theirs).to_have_url(re.compile(re.escape(clinic.url("me/")) + "$"))
    expect(theirs.get_by_role("heading", level=1, name="My info")).to_be_visible()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Nobody: everybody in this clinic has it.")


def test_a_form_that_was_open_when_it_began_keeps_what_was_typed(page, open_browser, product):
    clinic, nadia, theirs = open_clinic(page), Person(), open_browser()
    add_and_join(page, theirs, product, clinic, nadia, role="Administrator")
    enrol(page)
    theirs.goto(clinic.url("settings/users/new/"))
    theirs.get_by_label("First name").fill("Half")
    for name, text in (("Last name", "Typed"), ("Email", "half@quay.example")):
        theirs.get_by_label(name).fill(text)
    theirs.get_by_label("Security role").select_option(label="Receptionist")
    theirs.get_by_role("group", name="Is this user a practitioner?").get_by_label("No", exact=True).check()

    ask_everybody(page, clinic)
    theirs.get_by_role("button", name="Create user").click()

    expect(theirs.get_by_text("What you typed is still here.")).to_be_visible()
    expect(theirs.get_by_label("First name")).to_have_value("Half")


@PHONE_OR_NO_SCRIPT
def test_people_are_given_time_and_the_home_says_until_when(open_browser, product, options):
    """Whoever asks has none yet, and sets it up from their home."""
    page = open_browser(**options)
    clinic = open_clinic(page)
    last_day = date.today() + IN_TEN_DAYS

    open_security(page, clinic)
    page.get_by_label("Require two-factor authentication").check()
    page.get_by_label("Give people until").fill("2020-01-01")
    page.get_by_role("button", name="Update security").click()
    expect(page.locator("#error-summary")).to_contain_text("This day is over. Choose today or a later day")
    expect(page.get_by_label("Require two-factor authentication")).to_be_checked()
    page.get_by_label("Give people until").fill(last_day.isoformat())
    page.get_by_role("button", name="Update security").click()
    expect(prompt(page)).to_contain_text("You are one of them.")
    verify(page, "Update security")
    expect_told(page, "The security settings were updated.")

    page.goto(clinic.url())
    begins = last_day + timedelta(days=1)
    expect(page.get_by_role("main")).to_contain_text(f"From {begins.day} {begins:%B %Y}, 00:00 on you can’t open")
    assert page.evaluate(WIDEST) <= page.viewport_size["width"]
    page.get_by_role("link", name=SET_UP).click()
    set_up(page)
    expect(page.get_by_role("heading", level=1, name="Hello, Olive")).to_be_visible()
    expect(page.get_by_role("link", name=SET_UP)).to_have_count(0)


@PHONE_OR_NO_SCRIPT
def test_whoever_asks_everybody_without_having_it_sets_it_up_right_away(open_browser, product, options):
    page = open_browser(**options)
    clinic = open_clinic(page)

    open_security(page, clinic)
    page.get_by_label("Require two-factor authentication").check()
    page.get_by_role("button", name="Update security").click()
    expect(prompt(page)).to_contain_text("You are one of them, and are asked to set it up right away.")
    verify(page, "Update security")

    expect_gate(page, clinic)
    assert page.evaluate(WIDEST) <= page.viewport_size["width"]
    page.get_by_role("link", name=SET_UP).click()
    set_up(page)
    expect(page.get_by_role("heading", level=1, name="Security")).to_be_visible()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="with script"),
        pytest.param({"java_script_enabled": False}, id="without", marks=pytest.mark.nightly),
    ],
)
def test_somebody_who_lost_it_is_helped_by_an_administrator(open_browser, product, options):
    """A35."""
    page, theirs = open_browser(**options), open_browser(**options)
    clinic, nadia = open_clinic(page), Person()
    add_and_join(page, theirs, product, clinic, nadia)
    enrol(theirs)
    page.goto(clinic.url("settings/users/"))
    expect(person_row(page, nadia)).to_contain_text("On")
    page.get_by_label("Without two-factor authentication").check()
    if options:
        page.get_by_role("button", name="Search").click()
    expect(person_row(page, nadia)).to_have_count(0)

    open_person(page, clinic, nadia)
    page.get_by_role("link", name="Reset two-factor authentication").click()
    expect(page.get_by_role("main")).to_contain_text(f"Make sure that it is {nadia.first_name} who asks")
    page.get_by_role("button", name="Reset two-factor authentication").click()
    verify(page, "Reset two-factor authentication")
    expect_told(page, f"The two-factor authentication of {nadia.name} was reset. They were told by email.")

    theirs.goto(clinic.url())
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()
    come_in(theirs, nadia.email)
    expect(theirs.get_by_role("heading", level=1, name=f"Hello, {nadia.first_name}")).to_be_visible()
