"""Leaving: made inactive, with what that does read before the password (C3, C5), or by one's own decision (A70)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .before import add_and_join, add_user, open_clinic
from .people import (
    PASSWORD,
    Clinic,
    Person,
    active_choice,
    dialog,
    expect_told,
    link_in_mail,
    open_person,
    prompt,
    verify,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages")]

FIRST = "The link in their invitation stops working at once."
SEAT = "Their place on the plan is free again: 0 of 5 are taken then. The plan stays as it is."
LAST = "Make them active again at any time: everything is kept, their hours too."


def _ask_to_make_inactive(page: Page, clinic: Clinic, person: Person) -> None:
    open_person(page, clinic, person)
    active_choice(page, False).check()
    page.get_by_role("button", name="Update user").click()


def _expect_list(page: Page) -> None:
    """The list stands above the password, and is read out with it."""
    listed = prompt(page).get_by_role("listitem")
    expect(listed).to_have_text([FIRST, SEAT, "They can’t be booked.", LAST])
    password = prompt(page).get_by_label("Password", exact=True)
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(re.compile(f"What happens.*{re.escape(SEAT)}"))
    assert listed.last.bounding_box()["y"] < password.bounding_box()["y"]


@pytest.mark.parametrize("scripted", [True, False], ids=["in the dialog", "without script"])
def test_what_it_does_is_read_before_the_password_and_then_done(open_browser, scripted):
    page = open_browser(java_script_enabled=scripted)
    clinic, paula = open_clinic(page), Person("Paula")
    add_user(page, clinic, paula, role="Practitioner", is_practitioner=True)

    _ask_to_make_inactive(page, clinic, paula)
    expect(dialog(page)).to_have_count(1 if scripted else 0)
    _expect_list(page)

    verify(page, "Update user", password="not her password")
    expect(prompt(page)).to_contain_text("That is not your password.")
    expect(prompt(page).get_by_role("list").first).to_contain_text(SEAT)

    verify(page, "Update user")
    expect_told(page, f"{paula.name} is inactive and can no longer sign in to this clinic.")
    page.goto(clinic.url("settings/subscription/"))
    expect(page.get_by_role("main")).to_contain_text("0 of 5")
    expect(page.get_by_role("main")).to_contain_text("Not counted: 1 who is inactive.")


def test_the_list_fits_a_phone_with_the_field_below_it(open_browser):
    page = open_browser(viewport={"width": 390, "height": 844})
    clinic, paula = open_clinic(page), Person("Paula")
    add_user(page, clinic, paula, role="Practitioner", is_practitioner=True)

    _ask_to_make_inactive(page, clinic, paula)

    _expect_list(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(prompt(page).get_by_role("button", name="Update user")).to_be_in_viewport()


@pytest.mark.parametrize(
    "scripted",
    [
        pytest.param(True, id="in the dialog"),
        pytest.param(False, id="without script", marks=pytest.mark.nightly),
    ],
)
def test_somebody_leaves_by_their_own_decision_and_comes_back_by_an_invitation(open_browser, product, scripted):
    page, theirs = open_browser(java_script_enabled=scripted), open_browser(java_script_enabled=scripted)
    clinic, rosa = open_clinic(page), Person("Rosa")
    add_and_join(page, theirs, product, clinic, rosa)

    theirs.goto(clinic.url("me/"))
    theirs.get_by_role("link", name="Leave this clinic").click()
    theirs.get_by_role("button", name="Leave this clinic").click()
    verify(theirs, "Leave this clinic")
    expect(theirs.get_by_text("You left the clinic. It was your only one")).to_be_visible()

    open_person(page, clinic, rosa)
    expect(page.get_by_role("main")).to_contain_text("by their own decision")
    active_choice(page, True).check()
    page.get_by_role("button", name="Update user").click()
    verify(page, "Update user")
    expect_told(page, f"A new invitation email to {rosa.email} is on its way")
    theirs.goto(link_in_mail(product, rosa.email, count=3))
    theirs.get_by_label("Password", exact=True).fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in and join").click()
    expect_told(theirs, f"Welcome to {clinic.name}")
