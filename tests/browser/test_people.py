"""Changing people: made inactive, an owner left alone, two at once, the plan full (S20, S32, C1, C3, C4)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .before import add_user, come_in, join, open_clinic
from .people import (
    PASSWORD,
    Person,
    active_choice,
    dialog,
    expect_told,
    expect_typed,
    fill_user,
    open_new_user_form,
    open_person,
    person_row,
    practitioner_choice,
    prompt,
    verify,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def joined(page, open_browser, product):
    """A clinic, somebody who has joined it, and that person's own page."""
    nadia, clinic, theirs = Person(), open_clinic(page), open_browser()
    add_user(page, clinic, nadia)
    join(theirs, product, nadia)
    return clinic, nadia, theirs


def test_somebody_made_inactive_is_out_at_the_next_click_and_stays_out(page, joined):
    """C3, C4, A16: their open session ends, and their password opens nothing."""
    clinic, nadia, theirs = joined
    open_person(page, clinic, nadia)
    active_choice(page, False).check()
    page.get_by_role("button", name="Update user").click()
    expect(prompt(page)).to_contain_text(f"Make {nadia.name} inactive, which ends their access.")
    verify(page, "Update user")
    expect_told(page, f"{nadia.name} is inactive and can no longer sign in to this clinic.")

    theirs.get_by_role("main").get_by_role("link", name="My info").click()
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()
    theirs.get_by_label("Email").fill(nadia.email)
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.locator("#error-summary")).to_contain_text("or they can’t sign in here")


def test_inactive_users_are_shown_on_request_faded_and_marked(page, joined):
    """C3: Show inactive users."""
    clinic, nadia, _ = joined
    open_person(page, clinic, nadia)
    active_choice(page, False).check()
    page.get_by_role("button", name="Update user").click()
    verify(page, "Update user")
    expect_told(page, f"{nadia.name} is inactive")

    page.goto(clinic.url("settings/users/"))
    expect(person_row(page, nadia)).to_have_count(0)
    page.get_by_label("Show inactive users").click()
    expect(page).to_have_url(re.compile("inactive=1"))
    row = person_row(page, nadia)
    expect(row).to_have_class(re.compile("faded"))
    expect(row).to_contain_text("Inactive")
    colour = "row => getComputedStyle(row.querySelector('.person__name a')).color"
    others = page.get_by_role("row").filter(has_text=clinic.owner.email)
    assert row.evaluate(colour) != others.evaluate(colour)


def test_somebody_made_active_again_can_sign_in(page, joined, open_browser):
    """C3: reactivation asks for the password, too (A19)."""
    clinic, nadia, _ = joined
    open_person(page, clinic, nadia)
    for is_active in (False, True):
        active_choice(page, is_active).check()
        page.get_by_role("button", name="Update user").click()
        verify(page, "Update user")
        expect(dialog(page)).to_have_count(0)
        expect(active_choice(page, is_active)).to_be_checked()
    theirs = open_browser()
    come_in(theirs, nadia.email)
    expect(theirs.get_by_role("heading", name=f"Hello, {nadia.first_name}")).to_be_visible()


def test_the_page_of_an_owner_is_read_only_to_an_administrator_and_says_why(page_of):
    """S22, S32, A40."""
    page = page_of("tomasz")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Grace Lindqvist").click()
    main = page.get_by_role("main")
    words = "Grace Lindqvist is an owner of this account, so only they can change their details."
    expect(main.get_by_text(words)).to_be_visible()
    expect(main.locator("form, input, select, button")).to_have_count(0)
    expect(main).to_contain_text("grace@harbour.example")


def test_the_second_of_two_who_change_somebody_is_told_and_keeps_what_they_typed(page, open_browser, joined):
    """K1: the second try, against what is on file by then, goes through."""
    clinic, nadia, _ = joined
    second = open_browser(storage_state=page.context.storage_state())
    for each in (page, second):
        open_person(each, clinic, nadia)
    page.get_by_label("Mobile number").fill("+61 491 570 110")
    page.get_by_role("button", name="Update user").click()
    expect_told(page, f"{nadia.name} was updated.")

    second.get_by_label("Last name").fill("Novak-Stone")
    second.get_by_role("button", name="Update user").click()
    summary = second.locator("#error-summary")
    expect(summary).to_contain_text(f"Someone changed {nadia.name} while you had this page open")
    expect(summary).to_contain_text("Mobile number – On file now: +61 491 570 110")
    expect(second.get_by_label("Last name")).to_have_value("Novak-Stone")
    second.get_by_role("button", name="Update user").click()
    expect_told(second, f"{nadia.first_name} Novak-Stone was updated.")


def test_a_full_plan_is_said_before_the_password_and_the_same_form_succeeds_after_the_upgrade(page):
    """S20: with a link to the page that upgrades; nothing that was typed is lost."""
    first, second, clinic = Person(), Person("Paula"), open_clinic(page)
    page.goto(clinic.url("settings/subscription/"))
    _choose_plan(page, "Solo")
    add_user(page, clinic, first, role="Practitioner", is_practitioner=True)
    open_new_user_form(page, clinic)
    fill_user(page, second, role="Practitioner", is_practitioner=True)
    page.get_by_role("button", name="Create user").click()
    expect(page.locator("#error-summary")).to_contain_text("Solo")
    expect(dialog(page)).to_have_count(0)
    expect_typed(page, second, role="Practitioner", is_practitioner=True)

    with page.expect_popup() as opened:
        page.get_by_role("main").get_by_role("link", name="Change the plan").click()
    expect(opened.value.get_by_role("heading", name="Subscription")).to_be_visible()
    _choose_plan(opened.value, "Small")
    page.get_by_role("button", name="Create user").click()
    verify(page, "Create user")
    expect_told(page, f"{second.name} was added.")


def _choose_plan(page: Page, name: str) -> None:
    page.get_by_label(re.compile(f"^{name}")).check()
    page.get_by_role("button", name="Change plan").click()
    verify(page, "Change plan")
    expect_told(page, f"Your clinic is now on the {name} plan")


def test_the_same_person_without_a_seat_goes_through_on_a_full_plan(page):
    """S19: staff who see no patients are free."""
    first, second, clinic = Person(), Person("Paula"), open_clinic(page)
    page.goto(clinic.url("settings/subscription/"))
    _choose_plan(page, "Solo")
    add_user(page, clinic, first, role="Practitioner", is_practitioner=True)
    open_new_user_form(page, clinic)
    fill_user(page, second, is_practitioner=True)
    page.get_by_role("button", name="Create user").click()
    expect(page.locator("#error-summary")).to_be_visible()
    practitioner_choice(page, False).check()
    page.get_by_role("button", name="Create user").click()
    verify(page, "Create user")
    expect_told(page, f"{second.name} was added.")
