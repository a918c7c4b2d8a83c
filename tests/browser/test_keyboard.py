"""Everything with the keyboard alone: Tab, Enter, Space, arrow keys and typing; and always a sign of where one is."""

import pytest
from playwright.sync_api import expect

from .before import add_and_join, go_out, open_clinic
from .keyboard import tab_to, type_into
from .people import PASSWORD, Person, dialog, practitioner_choice

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_from_signing_in_to_a_created_user_with_the_keyboard_alone(page):
    """S2 to S10."""
    nadia, clinic = Person(), open_clinic(page)
    go_out(page)
    page.goto("/login/")
    type_into(page, "Email", clinic.owner.email)
    type_into(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello, Olive")).to_be_visible()

    tab_to(page, page.get_by_role("link", name="Settings"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Users & practitioners")).to_be_visible()
    tab_to(page, page.locator(".page-head").get_by_role("link", name="Add user"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Add user")).to_be_visible()
    for label, words in [("First name", nadia.first_name), ("Last name", nadia.last_name), ("Email", nadia.email)]:
        type_into(page, label, words)
    type_into(page, "Security role", "Recep")
    expect(page.get_by_label("Security role").locator("option:checked")).to_have_text("Receptionist")
    tab_to(page, practitioner_choice(page, True))
    page.keyboard.press("ArrowRight")
    expect(practitioner_choice(page, False)).to_be_checked()
    tab_to(page, page.get_by_role("button", name="Create user"))
    page.keyboard.press("Space")

    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    tab_to(page, dialog(page).get_by_role("button", name="Create user"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=nadia.name)).to_be_visible()


def test_a_clinic_is_left_with_the_keyboard_alone(page, open_browser, product):
    """A70."""
    owners_page, nadia = open_browser(), Person()
    clinic = open_clinic(owners_page)
    add_and_join(owners_page, page, product, clinic, nadia)
    page.goto(clinic.url("me/"))
    tab_to(page, page.get_by_role("link", name="Leave this clinic"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Leave {clinic.name}?")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Leave this clinic"))
    page.keyboard.press("Space")

    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("You left the clinic.")


def test_the_focus_stays_inside_the_dialog_and_escape_closes_it(page_of):
    """S9: from the dialog, Tab goes round in it; Escape leads back to the button."""
    page = page_of("tomasz")
    page.get_by_role("link", name="Settings").click()
    page.locator(".page-head").get_by_role("link", name="Add user").click()
    page.get_by_label("First name").fill("Nadia")
    page.get_by_label("Last name").fill("Novak")
    page.get_by_label("Email").fill("nobody@clinic.example")
    page.get_by_label("Security role").select_option(label="Receptionist")
    practitioner_choice(page, False).check()
    page.get_by_role("button", name="Create user").click()
    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        outside = page.evaluate(
            "document.activeElement !== document.body && !document.activeElement.closest('dialog') "
            "&& document.activeElement.outerHTML"
        )
        assert not outside
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Create user")).to_be_focused()


def test_the_first_tab_offers_to_skip_to_the_content(page_of):
    """It is seen only then, and from it the next Tab is inside the content."""
    page = page_of("tomasz")
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Users & practitioners")).to_be_visible()
    skip = page.get_by_role("link", name="Skip to the content")
    tab_to(page, skip)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_escape_closes_the_menu_of_the_person_and_returns_to_it(page_of):
    """A menu is a plain disclosure; Escape closes it."""
    page = page_of("tomasz")
    menu = page.locator("details.menu")
    tab_to(page, menu.locator("summary"))
    page.keyboard.press("Enter")
    tab_to(page, menu.get_by_role("link", name="My info"))
    page.keyboard.press("Escape")
    expect(menu.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
