"""Two-factor authentication as people use it: on a desk, on a phone, without a script, by keyboard (C8, A29 to A32)."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .before import enrol, go_out, open_clinic
from .keyboard import tab_to, type_into
from .people import PASSWORD, Clinic, expect_told, sign_out
from .two_factor import SET_UP, App, show_password

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NARROW = {"viewport": {"width": 390, "height": 800}}
WITHOUT_SCRIPT = {"java_script_enabled": False}
WIDEST = "document.documentElement.scrollWidth"
SECURITY = "/me/security/"
CODE = re.compile(r"\w{4}-\w{4}-\w{4}")
EVERY_WAY = pytest.mark.parametrize("options", [{}, NARROW, WITHOUT_SCRIPT], ids=["desk", "phone", "without script"])
# What the other two would show differently, the test that sets it up has shown.
MAINLY_DESK = pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="desk"),
        pytest.param(NARROW, id="phone", marks=pytest.mark.nightly),
        pytest.param(WITHOUT_SCRIPT, id="without script", marks=pytest.mark.nightly),
    ],
)


def show_code(page: Page, code: str) -> None:
    """The second."""
    expect(page.get_by_role("heading", level=1, name="Enter your code")).to_be_visible()
    page.get_by_label("Authentication code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def set_up(page: Page) -> tuple[App, list[str]]:
    """From the overview of one's own login; the app, and the backup codes that are shown then."""
    page.goto(SECURITY)
    page.get_by_role("link", name=SET_UP).click()
    app = App(page.locator("#key").input_value())
    page.get_by_label("Authentication code").fill(app.now())
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Turn on").click()
    expect_told(page, "Two-factor authentication is on.")
    codes = page.get_by_role("list", name="Your ten backup codes").get_by_role("listitem").all_inner_texts()
    assert len(codes) == 10
    assert all(CODE.fullmatch(each) for each in codes)
    return app, codes


def save_codes(page: Page) -> None:
    page.get_by_role("button", name="I have saved my codes").click()
    expect(page.get_by_role("heading", level=1, name="Sign-in and security")).to_be_visible()


def expect_home(page: Page, clinic: Clinic) -> None:
    expect(page).to_have_url(re.compile(re.escape(clinic.url()) + "$"))


@EVERY_WAY
def test_somebody_sets_it_up_and_signs_in_with_a_code_from_then_on(open_browser, options):
    page = open_browser(**options)
    clinic = open_clinic(page)
    app, codes = set_up(page)
    assert page.evaluate(WIDEST) <= page.viewport_size["width"]
    save_codes(page)
    assert page.evaluate(WIDEST) <= page.viewport_size["width"]
    sign_out(page)

    show_password(page, clinic.owner)
    show_code(page, "000000")
    expect(page.locator("#error-summary")).to_contain_text("That code is not right.")
    assert page.evaluate(WIDEST) <= page.viewport_size["width"]
    show_code(page, app.next())
    expect_home(page, clinic)
    sign_out(page)

    show_password(page, clinic.owner)
    page.get_by_role("link", name="Use a backup code").click()
    page.get_by_label("Backup code").fill(codes[4].lower())
    page.get_by_role("button", name="Sign in").click()
    expect_told(page, "You used one of your backup codes. 9 are left.")


def test_a_code_may_be_typed_as_the_app_shows_it(page):
    clinic = open_clinic(page)
    app, _codes = enrol(page)
    go_out(page)

    show_password(page, clinic.owner)
    code = app.next()
    show_code(page, f"{code[:3]} {code[3:]}")

    expect_home(page, clinic)


@MAINLY_DESK
def test_a_browser_that_is_trusted_is_not_asked_again_until_it_is_forgotten(open_browser, options):
    page = open_browser(**options)
    clinic = open_clinic(page)
    app, _codes = enrol(page)
    go_out(page)
    show_password(page, clinic.owner)
    trust = page.get_by_label("Trust this browser for 30 days")
    expect(trust).not_to_be_checked()
    expect(page.get_by_role("main")).to_contain_text("Not on a shared computer.")
    trust.check()
    show_code(page, app.next())
    expect_home(page, clinic)
    sign_out(page)

    show_password(page, clinic.owner)
    expect_home(page, clinic)

    page.goto(SECURITY)
    expect(page.get_by_role("list", name="Trusted browsers")).to_contain_text("Chrome on Linux")
    assert page.evaluate(WIDEST) <= page.viewport_size["width"]
    page.get_by_role("button", name="Forget Chrome on Linux").click()
    expect_told(page, "That browser is asked for a code again.")
    sign_out(page)
    show_password(page, clinic.owner)
    expect(page.get_by_role("heading", level=1, name="Enter your code")).to_be_visible()


@MAINLY_DESK
def test_another_phone_takes_the_place_of_the_first(open_browser, options):
    page = open_browser(**options)
    clinic = open_clinic(page)
    old, _codes = enrol(page)
    page.goto(SECURITY)

    page.get_by_role("link", name="Replace authenticator app").click()
    new = App(page.locator("#key").input_value())
    page.get_by_label("Authentication code").fill(new.now())
    page.get_by_label("Code from the app you have now").fill(old.next())
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Replace app").click()
    expect_told(page, "Your new app is in use; the old one no longer is.")
    go_out(page)

    show_password(page, clinic.owner)
    show_code(page, new.next())
    expect_home(page, clinic)


@MAINLY_DESK
def test_it_is_turned_off_with_a_backup_code_by_somebody_without_the_phone(open_browser, options):
    page = open_browser(**options)
    clinic = open_clinic(page)
    _app, codes = enrol(page)
    page.goto(SECURITY)

    page.get_by_role("link", name="Turn off two-factor authentication").click()
    page.get_by_label("Authentication code").fill(codes[0])
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Turn off").click()
    expect_told(page, "Two-factor authentication is off.")
    go_out(page)

    show_password(page, clinic.owner)
    expect_home(page, clinic)


@MAINLY_DESK
def test_new_backup_codes_take_a_code_beside_the_password_and_end_the_old_ones(open_browser, options):
    page = open_browser(**options)
    clinic = open_clinic(page)
    app, old = enrol(page)
    page.goto(SECURITY)
    page.get_by_role("link", name="Backup codes").click()
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make new backup codes").click()
    expect(page.locator("#error-summary")).to_contain_text("Enter a code of your app, or a backup code.")

    page.get_by_label("Authentication code").fill(app.next())
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make new backup codes").click()
    expect(page.get_by_role("button", name="I have saved my codes")).to_be_visible()
    save_codes(page)
    go_out(page)

    show_password(page, clinic.owner)
    page.get_by_role("link", name="Use a backup code").click()
    page.get_by_label("Backup code").fill(old[0])
    page.get_by_role("button", name="Sign in").click()

    expect(page.locator("#error-summary")).to_contain_text("That is none of your backup codes, or it was used.")


# Saving the codes


def test_codes_are_printed_downloaded_and_copied(open_browser):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    clinic = open_clinic(page)
    _app, codes = set_up(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "backup-codes.txt"
    text = Path(download.value.path()).read_text()
    assert [each for each in codes if each in text] == codes
    assert clinic.owner.email in text

    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()

    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")

    # A page may not read what is copied (A45), but a person may paste it. The field takes one line of 100 characters.
    page.goto("/signup/")
    page.get_by_label("Clinic name").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_label("Clinic name")).to_have_value(" ".join(codes)[:100])


def test_on_paper_are_the_codes_and_whose_they_are_and_no_buttons(page):
    clinic = open_clinic(page)
    _app, codes = set_up(page)

    page.emulate_media(media="print")

    expect(page.locator(".backup-codes").get_by_text(codes[9])).to_be_visible()
    expect(page.get_by_text(f"Clinic People, {clinic.owner.email}")).to_be_visible()
    for name in ("Print", "Copy", "I have saved my codes"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("link", name="Download")).to_have_count(0)
    expect(page.locator(".topbar .menu")).to_be_hidden()


def test_without_a_script_no_button_is_there_that_would_do_nothing(page_without_script):
    page = page_without_script
    open_clinic(page)
    page.goto("/me/security/two-factor/")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    set_up(page)

    for name in ("Print", "Copy"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_text("To print them, use your browser’s own command.")).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_be_visible()


def test_codes_that_were_saved_do_not_come_back(page):
    open_clinic(page)
    _app, codes = set_up(page)
    save_codes(page)

    page.go_back()

    expect(page.get_by_role("button", name="Make new backup codes")).to_be_visible()
    expect(page.get_by_text(codes[0])).to_have_count(0)


# The picture


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_is_dark_on_light_with_room_around_it(open_browser, theme):
    """Or cameras do not find it."""
    page = open_browser(color_scheme=theme)
    open_clinic(page)
    page.goto("/me/security/two-factor/")

    fill = "element => getComputedStyle(element).fill"
    assert page.locator(".qr__paper").evaluate(fill) == "rgb(255, 255, 255)"
    assert page.locator(".qr__ink").evaluate(fill) == "rgb(0, 0, 0)"
    width = int(page.locator(".qr").get_attribute("viewBox").split()[2])
    box = page.locator(".qr__ink").evaluate("element => { const { x, width } = element.getBBox(); return [x, width]; }")
    assert box == [4, width - 8]


def test_the_whole_key_is_to_be_seen_on_a_phone(open_browser):
    page = open_browser(**NARROW)
    open_clinic(page)
    page.goto("/me/security/two-factor/")

    assert page.locator("#key").evaluate("field => field.scrollWidth <= field.clientWidth")


# The keyboard


def test_signing_in_takes_no_mouse(page):
    clinic = open_clinic(page)
    app, _codes = enrol(page)
    go_out(page)
    show_password(page, clinic.owner)
    expect(page.get_by_role("heading", level=1, name="Enter your code")).to_be_visible()

    type_into(page, "Authentication code", app.next())
    page.keyboard.press("Enter")

    expect_home(page, clinic)


def test_setting_it_up_takes_no_mouse(page):
    open_clinic(page)
    page.goto("/me/security/two-factor/")
    app = App(page.locator("#key").input_value())

    type_into(page, "Authentication code", app.now())
    type_into(page, "Your password", PASSWORD)
    tab_to(page, page.get_by_role("button", name="Turn on"))
    page.keyboard.press("Enter")

    expect_told(page, "Two-factor authentication is on.")


# Signing in


def test_whoever_starts_again_is_asked_for_the_password(page):
    clinic = open_clinic(page)
    enrol(page)
    go_out(page)
    show_password(page, clinic.owner)
    expect(page.get_by_role("heading", level=1, name="Enter your code")).to_be_visible()

    page.get_by_role("link", name="Start again").click()

    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_value("")
