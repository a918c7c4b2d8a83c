"""Before a session ends the page says so, and once it has, the page is covered; nothing typed is lost (C9, A15).

Hours pass here by setting back what the database says and by moving the page's own clock.
"""

import re
import sqlite3
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from .before import come_in, open_clinic
from .people import DEMO_PASSWORD, Clinic, Person, expect_typed, fill_user, open_new_user_form, prompt, sign_in, verify
from .product import Product

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages")]

TIMEOUT = timedelta(hours=12)


@pytest.fixture
def clinic(page: Page) -> Clinic:
    """A clinic of one's own, opened in a browser whose clock can be moved."""
    page.clock.install()
    return open_clinic(page)


def _set(product: Product, clinic: Clinic, column: str, moment: str) -> None:
    """Move one moment of the owner's sign-ins, to so many seconds from now ("-60 seconds")."""
    assert column in {"last_seen_at", "expires_at"}
    with sqlite3.connect(product.folder / "clinic.sqlite3", timeout=20) as database:
        database.execute(
            f"UPDATE accounts_signin SET {column} = strftime('%Y-%m-%d %H:%M:%f', 'now', ?) "
            "WHERE user_id = (SELECT id FROM accounts_user WHERE email = ?)",
            (moment, clinic.owner.email),
        )


def until(page: Page, product: Product, clinic: Clinic, *, seconds_left: int) -> None:
    """Let nobody do anything until so many seconds before the end; below nought: after it."""
    passed = int(TIMEOUT.total_seconds()) - seconds_left
    _set(product, clinic, "last_seen_at", f"-{passed} seconds")
    page.clock.fast_forward(passed * 1000)


def warning(page: Page) -> Locator:
    return page.get_by_role("alertdialog", name="You are about to be signed out")


def cover(page: Page) -> Locator:
    return page.get_by_role("alertdialog", name="You have been signed out")


def look_again(page: Page) -> None:
    """Come back to this tab."""
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def type_somebody(page: Page, clinic: Clinic) -> Person:
    person = Person("Rita", "Reyes")
    open_new_user_form(page, clinic)
    fill_user(page, person)
    return person


def expect_form_works(page: Page, person: Person) -> None:
    expect_typed(page, person)
    page.get_by_role("button", name="Create user").click()
    verify(page, "Create user")
    expect(page.locator("#messages")).to_contain_text(f"{person.name} was added.")


# The warning


def test_a_minute_before_the_end_it_says_so_and_one_stays_with_all_that_was_typed(page, product, clinic):
    person = type_somebody(page, clinic)
    until(page, product, clinic, seconds_left=50)

    expect(warning(page)).to_contain_text("Nothing was done for a while.")
    expect(page.get_by_role("button", name="Keep me signed in")).to_be_focused()
    page.get_by_role("button", name="Keep me signed in").click()

    expect(warning(page)).to_be_hidden()
    until(page, product, clinic, seconds_left=600)
    expect_form_works(page, person)


def test_before_that_minute_it_says_nothing(page, product, clinic):
    page.goto(clinic.url())
    until(page, product, clinic, seconds_left=90)

    with page.expect_response("**/session/"):
        look_again(page)

    expect(warning(page)).to_be_hidden()


def test_escape_is_somebody_who_is_there(page, product, clinic):
    page.goto(clinic.url())
    until(page, product, clinic, seconds_left=50)
    expect(warning(page)).to_be_visible()

    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Escape")

    expect(warning(page)).to_be_hidden()


def test_one_signs_out_from_the_warning(page, product, clinic):
    type_somebody(page, clinic)
    until(page, product, clinic, seconds_left=50)

    warning(page).get_by_role("button", name="Sign out").click()

    expect(page).to_have_url(f"{product.url}/login/")


def test_what_is_done_in_another_tab_counts_here(page, product, clinic):
    page.goto(clinic.url())
    other = page.context.new_page()
    until(page, product, clinic, seconds_left=50)
    expect(warning(page)).to_be_visible()

    other.goto(clinic.url())
    look_again(page)

    expect(warning(page)).to_be_hidden()
    expect(cover(page)).to_be_hidden()


def test_the_countdown_is_seen_and_not_read_out_at_every_second(page, product, clinic):
    page.goto(clinic.url())
    until(page, product, clinic, seconds_left=50)
    clock = warning(page).locator("[data-clock]")
    expect(clock).to_have_text(re.compile(r"0:(50|4\d)"))
    page.clock.run_for(10_000)

    expect(clock).to_have_text(re.compile(r"0:3\d"))
    assert clock.get_attribute("aria-hidden") == "true"
    expect(warning(page).locator("[data-nearly]")).to_be_empty()
    page.clock.run_for(20_000)
    expect(warning(page).locator("[data-nearly]")).to_have_text("Less than twenty seconds left.")


def test_the_last_day_cannot_be_put_off_so_one_saves_what_there_is(page, product, clinic):
    person = type_somebody(page, clinic)
    _set(product, clinic, "expires_at", "+50 seconds")
    page.clock.fast_forward(int(TIMEOUT.total_seconds() - 50) * 1000)

    expect(warning(page)).to_contain_text("Everybody signs in again after 14 days.")
    expect(page.get_by_role("button", name="Keep me signed in")).to_be_hidden()
    warning(page).get_by_role("button", name="Back to the page").click()

    expect(warning(page)).to_be_hidden()
    page.clock.run_for(2000)
    expect(warning(page)).to_be_hidden()
    expect_form_works(page, person)


# The end


def test_at_the_end_the_page_is_covered_and_is_back_once_one_has_signed_in_again(page, product, clinic):
    person = type_somebody(page, clinic)
    until(page, product, clinic, seconds_left=-5)

    expect(cover(page)).to_be_visible()
    expect(page.get_by_label("First name")).to_be_hidden()
    expect(page.get_by_text(clinic.name, exact=True)).to_be_hidden()
    expect(page).to_have_title("You have been signed out")
    page.get_by_role("button", name="I have signed in").click()
    expect(cover(page)).to_contain_text("You are not signed in yet.")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value, clinic.owner.email)
    look_again(page)

    expect(cover(page)).to_be_hidden()
    expect_form_works(page, person)


def test_no_key_takes_the_cover_off(page, product, clinic):
    type_somebody(page, clinic)
    until(page, product, clinic, seconds_left=-5)
    expect(cover(page)).to_be_visible()

    for _ in range(3):
        page.keyboard.press("Escape")

    expect(cover(page)).to_be_visible()
    expect(page.get_by_label("First name")).to_be_hidden()


def test_somebody_else_who_signs_in_never_sees_it(page, product, clinic):
    type_somebody(page, clinic)
    until(page, product, clinic, seconds_left=-5)
    expect(cover(page)).to_be_visible()
    come_in(page.context.new_page(), "rosa@harbour.example", DEMO_PASSWORD)

    look_again(page)

    expect(page).to_have_url(f"{product.url}/clinics/")
    expect(page.get_by_text(clinic.name)).to_have_count(0)


def test_who_was_signed_out_in_another_tab_finds_the_page_covered(page, product, clinic):
    type_somebody(page, clinic)
    other = page.context.new_page()
    other.goto(clinic.url())
    other.locator("details.menu summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()

    page.clock.fast_forward(60_000)
    look_again(page)

    expect(cover(page)).to_be_visible()


def test_where_the_server_is_away_the_clock_decides(page, product, clinic):
    type_somebody(page, clinic)
    page.route("**/session/", lambda route: route.abort())
    page.clock.fast_forward(int(TIMEOUT.total_seconds() + 5) * 1000)

    expect(cover(page)).to_be_visible()
    page.get_by_role("button", name="I have signed in").click()

    expect(cover(page)).to_contain_text("Could not reach the clinic.")


def test_over_the_question_for_the_password_it_works_too(page, product, clinic):
    person = type_somebody(page, clinic)
    page.get_by_role("button", name="Create user").click()
    expect(prompt(page).get_by_role("heading", name="Verify your password")).to_be_visible()
    until(page, product, clinic, seconds_left=50)
    page.get_by_role("button", name="Keep me signed in").click()
    expect(warning(page)).to_be_hidden()
    expect(prompt(page)).to_be_visible()
    until(page, product, clinic, seconds_left=-5)
    expect(cover(page)).to_be_visible()
    expect(prompt(page)).to_be_hidden()

    come_in(page.context.new_page(), clinic.owner.email)
    look_again(page)

    expect(cover(page)).to_be_hidden()
    verify(page, "Create user")
    expect(page.locator("#messages")).to_contain_text(f"{person.name} was added.")


def test_without_a_script_one_is_led_to_sign_in_and_back(open_browser, product):
    page = open_browser(java_script_enabled=False)
    clinic = open_clinic(page)
    page.goto(clinic.url("me/"))
    expect(page.get_by_text("You have been signed out")).to_be_hidden()
    _set(product, clinic, "last_seen_at", "-13 hours")

    page.reload()

    expect(page.locator("main")).to_contain_text("You were signed out because nothing was done for 12 hours.")
    page.get_by_label("Email").fill(clinic.owner.email)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{product.url}{clinic.url('me/')}")
