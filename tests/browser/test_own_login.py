"""One's own login in a browser: another password, another address, and the old address that objects (A6, C2)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .before import come_in, confirm_address, open_clinic
from .people import PASSWORD, Clinic, expect_told, verify
from .product import SECONDS_FOR_MAIL, Product, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NEW_PASSWORD = "a boat called wednesday"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WITHOUT_SCRIPT = {"viewport": NARROW, "java_script_enabled": False}
WAYS = [
    pytest.param({"viewport": WIDE}, id="with script, wide", marks=pytest.mark.nightly),
    pytest.param({"viewport": NARROW}, id="with script, on a phone"),
    pytest.param(WITHOUT_SCRIPT, id="without script, on a phone", marks=pytest.mark.nightly),
]


@pytest.fixture(params=WAYS)
def olive(request, open_browser) -> tuple[Page, Clinic]:
    """A new clinic's owner, in a browser of that kind."""
    page = open_browser(**request.param)
    clinic = open_clinic(page)
    page.goto(clinic.url())
    return page, clinic


def _button_of(product: Product, subject: str, address: str) -> str:
    """The address of the button in the mail with this subject."""

    def newest() -> str | None:
        found = [mail for mail in product.mails_to(address) if mail["Subject"] == subject]
        return found[-1].get_body(("plain",)).get_content() if found else None

    body = wait_for(newest, seconds=SECONDS_FOR_MAIL, what=f"the mail “{subject}” to {address}")
    return re.search(rf"^{re.escape(product.url)}\S+$", body, re.MULTILINE).group()


def _nothing_is_cut_off(page: Page) -> None:
    """The page is no wider than its window."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _open_overview(page: Page) -> None:
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Sign-in and security").click()
    expect(page.get_by_role("heading", level=1, name="Sign-in and security")).to_be_visible()


def _ask_for(page: Page, address: str) -> None:
    """Change email address, with the password that the prompt asks for."""
    page.get_by_role("link", name="Change email address").click()
    page.get_by_label("New email address").fill(address)
    page.get_by_role("button", name="Change email address").click()
    verify(page, "Change email address")
    expect_told(page, f"An email to {address} is on its way.")


def test_a_password_is_changed_and_other_browsers_are_out(olive, open_browser):
    page, clinic = olive
    elsewhere = open_browser()
    come_in(elsewhere, clinic.owner.email)
    _open_overview(page)
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Current password").fill("not the password at all")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("link", name="Current password – That is not your password.")).to_be_visible()
    _nothing_is_cut_off(page)

    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()

    expect_told(page, "Your password was changed. You are signed out everywhere else.")
    expect(page.get_by_text("Last changed on")).to_be_visible()
    elsewhere.goto(clinic.url())
    expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
    come_in(elsewhere, clinic.owner.email, NEW_PASSWORD)


def test_another_address_confirms_and_signs_in(olive, open_browser, product):
    page, clinic = olive
    new = f"new-{clinic.owner.email}"
    _open_overview(page)
    _ask_for(page, new)
    expect(page.get_by_role("button", name="Cancel change")).to_be_visible()
    _nothing_is_cut_off(page)

    page.goto(_button_of(product, "Confirm your new email address", new))
    expect(page.get_by_text(f"From now on you sign in with {new} instead of {clinic.owner.email}.")).to_be_visible()
    _nothing_is_cut_off(page)
    page.get_by_role("button", name="Confirm email address").click()

    expect_told(page, f"Thank you. From now on you sign in with {new}.")
    come_in(open_browser(), new)


def test_a_wish_is_cancelled(olive):
    page, clinic = olive
    _open_overview(page)
    _ask_for(page, f"new-{clinic.owner.email}")

    page.get_by_role("button", name="Cancel change").click()

    expect_told(page, f"The change was cancelled. You’ll keep signing in with {clinic.owner.email}.")
    expect(page.get_by_role("button", name="Cancel change")).to_have_count(0)


def test_the_old_address_objects_and_gets_the_login_back(olive, open_browser, product):
    page, clinic = olive
    old, thiefs = clinic.owner.email, f"thief-{clinic.owner.email}"
    confirm_address(page, product, clinic.owner)
    _open_overview(page)
    _ask_for(page, thiefs)
    page.goto(_button_of(product, "Confirm your new email address", thiefs))
    page.get_by_role("button", name="Confirm email address").click()
    expect_told(page, f"Thank you. From now on you sign in with {thiefs}.")

    mailbox = open_browser(viewport=NARROW)
    mailbox.goto(_button_of(product, "Your email address was changed", old))
    expect(mailbox.get_by_role("heading", name="Put your old address back?")).to_be_visible()
    _nothing_is_cut_off(mailbox)
    mailbox.get_by_label("I did not ask for this change").check()
    mailbox.get_by_role("button", name="This wasn’t me").click()

    expect(mailbox.get_by_role("heading", name="Your email address was put back")).to_be_visible()
    page.goto("/me/security/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    mailbox.goto(_button_of(product, "Choose a new password", old))
    mailbox.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    mailbox.get_by_role("button", name="Save password").click()
    expect(mailbox.get_by_role("heading", name="Your new password is saved")).to_be_visible()
    come_in(mailbox, old, NEW_PASSWORD)


def test_on_a_phone_the_button_of_each_next_step_is_under_its_words(open_browser):
    """Also of the first, which is a form: it confirms the address."""
    page = open_browser(viewport=NARROW)
    page.goto(open_clinic(page).url())

    for step in page.locator(".steps > li").all():
        title, button = step.locator(".steps__title").bounding_box(), step.locator(".button").bounding_box()
        assert button["x"] == title["x"]
        assert button["y"] > title["y"] + title["height"]
