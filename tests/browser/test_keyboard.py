"""Everything with the keyboard alone: Tab, Enter, Space, arrow keys and typing; and always a sign of where one is."""

import pytest
from playwright.sync_api import Locator, Page, expect

from .people import PASSWORD, Person, dialog, open_clinic, practitioner_choice, sign_out

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MOST_TABS = 60
# A ring of its own, or of the box around it that stands for it, as with a radio button and its label.
HAS_SIGN_OF_FOCUS = """element => [element, element.parentElement].some((each) => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
  return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
})"""
IS_ON_SCREEN = """element => {
  const { top, right, bottom, left, width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
}"""


def _tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus; wherever it is on the way, one can see it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        if focused.count() == 0:
            continue
        words = focused.evaluate("element => element.outerHTML.slice(0, 120)")
        assert focused.evaluate(HAS_SIGN_OF_FOCUS), f"Nothing shows that this has the focus: {words}"
        assert focused.evaluate(IS_ON_SCREEN), f"This has the focus out of sight: {words}"
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Not reached with {MOST_TABS} times Tab: {wanted}")


def _type_into(page: Page, label: str, words: str) -> None:
    field = page.get_by_label(label, exact=True)
    if not field.evaluate("element => element === document.activeElement"):
        _tab_to(page, field)
    page.keyboard.type(words)


def test_from_signing_in_to_a_created_user_with_the_keyboard_alone(page):
    """S2 to S10."""
    nadia, clinic = Person(), open_clinic(page)
    sign_out(page)
    page.goto("/login/")
    _type_into(page, "Email", clinic.owner.email)
    _type_into(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello, Olive")).to_be_visible()

    _tab_to(page, page.get_by_role("link", name="Settings"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Users & practitioners")).to_be_visible()
    _tab_to(page, page.locator(".page-head").get_by_role("link", name="Add user"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Add user")).to_be_visible()
    for label, words in [("First name", nadia.first_name), ("Last name", nadia.last_name), ("Email", nadia.email)]:
        _type_into(page, label, words)
    _type_into(page, "Security role", "Recep")
    expect(page.get_by_label("Security role").locator("option:checked")).to_have_text("Receptionist")
    _tab_to(page, practitioner_choice(page, True))
    page.keyboard.press("ArrowRight")
    expect(practitioner_choice(page, False)).to_be_checked()
    _tab_to(page, page.get_by_role("button", name="Create user"))
    page.keyboard.press("Space")

    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    _tab_to(page, dialog(page).get_by_role("button", name="Create user"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=nadia.name)).to_be_visible()


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
    _tab_to(page, skip)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_escape_closes_the_menu_of_the_person_and_returns_to_it(page_of):
    """A menu is a plain disclosure; Escape closes it."""
    page = page_of("tomasz")
    menu = page.locator("details.menu")
    _tab_to(page, menu.locator("summary"))
    page.keyboard.press("Enter")
    _tab_to(page, menu.get_by_role("link", name="My info"))
    page.keyboard.press("Escape")
    expect(menu.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
