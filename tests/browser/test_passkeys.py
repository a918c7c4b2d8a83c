"""Passkeys as people use them, with a device that Chromium plays (WebDriver's virtual authenticator) (C8, A19, A29)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .before import enrol, go_out, open_clinic
from .keyboard import tab_to
from .passkeys import NEW, Device, add_first
from .people import PASSWORD, Person, dialog, expect_told, fill_user, open_new_user_form
from .two_factor import App, show_password

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SECURITY = "/me/security/"
WIDEST = "document.documentElement.scrollWidth"
EVERY_WAY = pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="desk", marks=pytest.mark.nightly),
        pytest.param({"viewport": {"width": 390, "height": 800}}, id="phone"),
    ],
)


def use(page: Page) -> None:
    page.get_by_role("button", name="Use a passkey").click()


def expect_inside(page: Page) -> None:
    expect(page.get_by_role("heading", level=1, name=re.compile("Hello|Welcome"))).to_be_visible()


@EVERY_WAY
def test_a_passkey_is_added_and_signs_in_after_the_password(open_browser, options):
    page = open_browser(**options)
    person = open_clinic(page).owner
    device = Device(page)
    page.goto(SECURITY)
    page.get_by_role("link", name="Add a passkey").click()
    add_first(page)
    assert device.count() == 1
    expect(page.get_by_text("Not used yet.")).to_be_visible()
    go_out(page)

    show_password(page, person)
    expect(page.get_by_role("heading", level=1, name="Use your passkey")).to_be_visible()
    assert page.evaluate(WIDEST) <= page.viewport_size["width"]
    use(page)

    expect_inside(page)


def test_somebody_who_does_not_unlock_it_is_told_and_may_try_again(page):
    person = open_clinic(page).owner
    device = Device(page)
    add_first(page)
    go_out(page)
    show_password(page, person)

    device.refuse()
    use(page)
    expect(page.get_by_text("No passkey was used")).to_be_visible()

    device.unlock()
    use(page)
    expect_inside(page)


def test_beside_an_app_one_chooses(page):
    person = open_clinic(page).owner
    Device(page)
    app, _codes = enrol(page)
    page.goto(NEW)
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Authentication code").fill(app.next())
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Add passkey").click()
    expect_told(page, "Your passkey was added.")
    go_out(page)

    show_password(page, person)
    expect(page.get_by_label("Authentication code")).to_be_visible()
    use(page)
    expect_inside(page)


def test_a_passkey_takes_the_place_of_password_and_code_on_the_pages_about_them(page):
    open_clinic(page)
    Device(page)
    add_first(page)

    page.goto("/me/security/two-factor/off/")
    use(page)
    expect(page.get_by_text("Your passkey was read.")).to_be_visible()
    expect(page.get_by_label("Your password", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Turn off").click()

    expect_told(page, "Two-factor authentication is off.")


def test_a_second_passkey_of_the_same_device_is_said_to_be_there_already(page):
    open_clinic(page)
    Device(page)
    add_first(page)
    page.goto(NEW)
    page.get_by_label("Name").fill("Again")
    use(page)
    expect(page.get_by_text("Your passkey was read.")).to_be_visible()
    page.get_by_role("button", name="Add passkey").click()

    expect(page.get_by_text("already holds a passkey of yours")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Again")


def test_at_the_prompt_it_takes_the_passwords_place(page):
    clinic = open_clinic(page)
    Device(page)
    add_first(page)
    person = Person()
    open_new_user_form(page, clinic)
    fill_user(page, person)
    page.get_by_role("button", name="Create user").click()

    dialog(page).get_by_role("button", name="Use a passkey").click()

    expect(dialog(page)).to_have_count(0)
    expect_told(page, f"{person.name} was added.")


def test_by_keyboard_alone(page):
    person = open_clinic(page).owner
    Device(page)
    add_first(page)
    go_out(page)
    show_password(page, person)

    tab_to(page, page.get_by_role("button", name="Use a passkey"))
    page.keyboard.press("Enter")

    expect_inside(page)


def test_without_a_script_the_pages_say_what_to_do_instead(open_browser):
    with_script = open_browser()
    person = open_clinic(with_script).owner
    Device(with_script)
    add_first(with_script)
    plain = open_browser(java_script_enabled=False)

    show_password(plain, person)

    expect(plain.get_by_text("A passkey needs JavaScript")).to_be_visible()
    expect(plain.get_by_role("button", name="Use a passkey")).to_be_hidden()
    expect(plain.get_by_role("link", name="Use a backup code")).to_be_visible()


def test_a_browser_that_knows_no_passkeys_says_so_where_one_is_added(page):
    open_clinic(page)
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto(NEW)

    expect(page.get_by_text("This browser can’t make passkeys.")).to_be_visible()


def test_one_is_removed_where_an_app_is_left(page):
    open_clinic(page)
    Device(page)
    add_first(page, name="Old phone")
    page.goto("/me/security/two-factor/")
    app = App(page.locator("#key").input_value())
    page.get_by_label("Authentication code").fill(app.now())
    use(page)
    expect(page.get_by_text("Your passkey was read.")).to_be_visible()
    page.get_by_role("button", name="Add app").click()
    expect_told(page, "Your authenticator app is in use.")

    page.get_by_role("link", name="Remove Old phone").click()
    page.get_by_label("Authentication code").fill(app.next())
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Remove passkey").click()

    expect_told(page, "The passkey was removed.")
    expect(page.get_by_text("Old phone")).to_have_count(0)
