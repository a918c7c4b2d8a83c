"""Whatever goes wrong on the way, what was typed stays, and nobody is added or written to twice (S9, S10)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .before import add_user, open_clinic
from .people import (
    DEMO_PASSWORD,
    Person,
    dialog,
    expect_told,
    expect_typed,
    fill_user,
    open_new_user_form,
    person_row,
    practitioner_choice,
    prompt,
    sign_in,
    verify,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WRONG = "That is not your password. Nothing was changed; try again."


def _fill_and_create(page: Page, person: Person) -> None:
    clinic = open_clinic(page)
    open_new_user_form(page, clinic)
    fill_user(page, person, role="Bookkeeper", is_practitioner=True)
    page.get_by_role("button", name="Create user").click()


def test_a_wrong_password_in_the_dialog_creates_nothing_and_loses_nothing(page, product):
    """S10."""
    nadia = Person()
    _fill_and_create(page, nadia)
    verify(page, "Create user", "not my password at all")
    expect(dialog(page)).to_contain_text(WRONG)
    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    expect(dialog(page).get_by_label("Password", exact=True)).to_have_value("")
    expect_typed(page, nadia, role="Bookkeeper", is_practitioner=True)
    assert not product.mails_to(nadia.email)

    verify(page, "Create user")
    expect_told(page, f"{nadia.name} was added.")
    product.wait_for_mail(nadia.email)


@pytest.mark.nightly
def test_a_wrong_password_without_script_creates_nothing_and_loses_nothing(page_without_script, product):
    """S10."""
    page, nadia = page_without_script, Person()
    _fill_and_create(page, nadia)
    verify(page, "Create user", "not my password at all")
    expect(prompt(page)).to_contain_text(WRONG)
    assert not product.mails_to(nadia.email)

    verify(page, "Create user")
    expect_told(page, f"{nadia.name} was added.")
    page.get_by_role("link", name="Skip for now").click()
    expect_typed(page, nadia, role="Bookkeeper", is_practitioner=True)


@pytest.mark.parametrize("way", ["Cancel", "Escape"])
def test_leaving_the_dialog_keeps_what_was_typed_and_returns_to_the_button(page, way):
    """S10."""
    nadia = Person()
    _fill_and_create(page, nadia)
    expect(dialog(page)).to_be_visible()
    if way == "Cancel":
        dialog(page).get_by_role("button", name="Cancel").click()
    else:
        page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Create user")).to_be_focused()
    expect_typed(page, nadia, role="Bookkeeper", is_practitioner=True)

    page.get_by_role("button", name="Create user").click()
    verify(page, "Create user")
    expect_told(page, f"{nadia.name} was added.")


def test_double_clicks_in_form_and_dialog_add_one_person_and_send_one_mail(page, product):
    """S9 to S11."""
    nadia, clinic = Person(), open_clinic(page)
    open_new_user_form(page, clinic)
    fill_user(page, nadia)
    page.get_by_role("button", name="Create user").dblclick()
    expect(dialog(page)).to_have_count(1)
    prompt(page).get_by_label("Password", exact=True).fill("correct horse battery")
    prompt(page).get_by_role("button", name="Create user").dblclick()
    expect_told(page, f"{nadia.name} was added.")
    _expect_one_of(page, product, clinic, nadia)


def test_double_clicks_without_script_add_one_person_and_send_one_mail(page_without_script, product):
    """S9 to S11: the same form sent twice does the thing once."""
    page, nadia = page_without_script, Person()
    clinic = open_clinic(page)
    open_new_user_form(page, clinic)
    fill_user(page, nadia)
    page.get_by_role("button", name="Create user").dblclick()
    prompt(page).get_by_label("Password", exact=True).fill("correct horse battery")
    prompt(page).get_by_role("button", name="Create user").dblclick()
    expect(page.get_by_role("heading", name=nadia.name)).to_be_visible()
    _expect_one_of(page, product, clinic, nadia)


def _expect_one_of(page: Page, product, clinic, person: Person) -> None:
    product.wait_for_mail(person.email)
    # A second mail would have gone out before that of somebody who was added later.
    later = Person("Lena")
    add_user(page, clinic, later)
    product.wait_for_mail(later.email)
    assert len(product.mails_to(person.email)) == 1
    page.goto(clinic.url("settings/users/"))
    expect(person_row(page, person)).to_have_count(1)
    expect(page.get_by_text("3 users", exact=True)).to_be_visible()


def test_errors_are_summed_up_with_links_to_their_fields_and_typed_values_stay(page):
    """S4, S6, S7: before any password is asked for (S9)."""
    open_new_user_form(page, open_clinic(page))
    page.get_by_label("Last name").fill("Novak")
    page.get_by_label("Email").fill("nadia at clinic")
    page.get_by_label("Mobile number").fill("+61 491 570 156")
    page.get_by_role("button", name="Create user").click()

    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(dialog(page)).to_have_count(0)
    expect(page).to_have_title(re.compile("Add user"))
    expect(page.get_by_label("Last name")).to_have_value("Novak")
    expect(page.get_by_label("Email")).to_have_value("nadia at clinic")
    expect(page.get_by_label("Mobile number")).to_have_value("+61 491 570 156")
    expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    _follow(page, "First name – Enter a first name.")
    expect(page.get_by_label("First name")).to_be_focused()
    _follow(page, "Email – Enter an email address in the form name@example.com.")
    expect(page.get_by_label("Email")).to_be_focused()
    _follow(page, "Security role – Choose a security role.")
    expect(page.get_by_label("Security role")).to_be_focused()
    _follow(page, "Is this user a practitioner? – Choose Yes or No.")
    expect(page.get_by_role("group", name="Is this user a practitioner?")).to_be_focused()


def _follow(page: Page, words: str) -> None:
    page.locator("#error-summary").get_by_role("link", name=words).click()


def test_a_form_that_was_refused_goes_through_once_it_is_put_right(page):
    """S9: the refused form stands on the page it was sent from."""
    nadia, clinic = Person(), open_clinic(page)
    open_new_user_form(page, clinic)
    fill_user(page, nadia)
    page.get_by_label("First name").fill("")
    page.get_by_role("button", name="Create user").click()
    expect(page.locator("#error-summary")).to_be_visible()
    expect(practitioner_choice(page, False)).to_be_checked()
    page.get_by_label("First name").fill(nadia.first_name)
    page.get_by_role("button", name="Create user").click()
    verify(page, "Create user")
    expect_told(page, f"{nadia.name} was added.")


def test_a_server_that_does_not_answer_is_said_and_nothing_typed_is_lost(page):
    """S9."""
    nadia, clinic = Person(), open_clinic(page)
    open_new_user_form(page, clinic)
    fill_user(page, nadia)
    page.route("**/users/new/", lambda route: route.abort())
    page.get_by_role("button", name="Create user").click()
    expect(page.get_by_role("alert")).to_contain_text("Could not reach the clinic.")
    expect_typed(page, nadia)
    page.unroute("**/users/new/")
    page.get_by_role("button", name="Create user").click()
    verify(page, "Create user")
    expect_told(page, f"{nadia.name} was added.")


def test_signed_out_in_another_tab_keeps_what_was_typed_until_one_has_signed_in_again(page_of):
    """The form says so where it stands, and is sent once the person is back."""
    page, nadia = page_of("grace"), Person()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Add user").first.click()
    fill_user(page, nadia)
    other_tab = page.context.new_page()
    other_tab.goto("/clinics/")
    other_tab.get_by_role("button", name="Sign out").click()
    expect(other_tab.get_by_role("heading", name="Sign in")).to_be_visible()

    page.get_by_role("button", name="Create user").click()
    expect(page.get_by_role("alert")).to_contain_text("You have been signed out. What you typed is still here")
    expect_typed(page, nadia)

    sign_in(other_tab, "grace@harbour.example", DEMO_PASSWORD)
    page.get_by_role("button", name="Create user").click()
    expect(dialog(page)).to_be_visible()


def test_cancel_at_the_prompt_without_script_leads_back_to_the_form_as_it_was_typed(page_without_script):
    """S10."""
    page, nadia = page_without_script, Person()
    _fill_and_create(page, nadia)
    prompt(page).get_by_role("button", name="Cancel").click()
    expect_typed(page, nadia, role="Bookkeeper", is_practitioner=True)
