"""Light and dark, signing out for good, and a form that is too large."""

import re

import pytest
from playwright.sync_api import Page, expect

from .people import sign_out

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAPER = "getComputedStyle(document.documentElement).backgroundColor"
TEN_MEGABYTES = 10 * 1024 * 1024


def _paper_of(page: Page, heading: str) -> str:
    """The colour of the page with this heading, once it is the one that is shown."""
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    return page.evaluate(PAPER)


def _choose_theme(page: Page, name: str) -> None:
    page.locator("details.menu summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", name.lower())


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_the_theme_that_was_chosen_stays(page_of, with_script):
    """On every page, signed out too, whatever the system says; the choice leads back to the page it was made on."""
    page = page_of("priya", color_scheme="light", java_script_enabled=with_script)
    page.get_by_role("link", name="Settings").click()
    light, where = _paper_of(page, "My info"), page.url
    _choose_theme(page, "Dark")
    dark = _paper_of(page, "My info")
    assert page.url == where and dark != light
    page.get_by_role("link", name="Security roles").first.click()
    assert _paper_of(page, "Security roles") == dark
    sign_out(page)
    assert _paper_of(page, "Sign in") == dark


def test_without_a_choice_the_system_decides(page):
    """The first page follows prefers-color-scheme."""
    page.goto("/")
    page.emulate_media(color_scheme="light")
    light = page.evaluate(PAPER)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(PAPER) != light


def test_back_after_signing_out_shows_nothing(page_of):
    """A18, A50, C27: a front desk's computer is shared."""
    page = page_of("tomasz")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Ada Okafor").click()
    expect(page.get_by_role("heading", name="Ada Okafor")).to_be_visible()
    with page.expect_response(re.compile("/logout/")) as answered:
        sign_out(page)
    assert answered.value.request.method == "POST"
    for _ in range(3):
        page.go_back()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(page.locator("body")).not_to_contain_text("harbour.example")


def test_signing_out_needs_a_post(page_of):
    """A18: a link or a picture from elsewhere signs nobody out."""
    page = page_of("priya")
    home = page.url
    page.goto("/logout/")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(home)
    expect(page.get_by_role("heading", name="Hello, Priya")).to_be_visible()


def test_a_form_of_ten_megabytes_is_answered_with_a_page(page):
    """Not with "connection reset": the browser shows what is wrong."""
    page.goto("/login/")
    page.evaluate(
        """size => {
            const words = document.createElement("textarea");
            // Not drawn, which takes a browser longer than to send it.
            words.hidden = true;
            words.name = "words";
            words.value = "x".repeat(size);
            document.querySelector("main form").append(words);
        }""",
        TEN_MEGABYTES,
    )
    with page.expect_response(re.compile("/login/")) as answered:
        page.get_by_role("button", name="Sign in").click()
    assert answered.value.status == 413
    expect(page.get_by_role("heading", name="That is too large to send")).to_be_visible()


def test_ten_megabytes_sent_by_a_script_are_answered_too(page):
    """The script can tell what is wrong from the status."""
    page.goto("/login/")
    send = "size => fetch('/login/', {method: 'POST', body: 'x'.repeat(size)}).then(answer => answer.status)"
    assert page.evaluate(send, TEN_MEGABYTES) == 413


def test_too_large_a_form_with_the_dialog_shows_the_page_as_well(page_of):
    """S9: a form that is sent by our script is answered like any other."""
    page = page_of("tomasz")
    page.get_by_role("link", name="Settings").click()
    page.locator(".page-head").get_by_role("link", name="Add user").click()
    fill = "(field, size) => { field.hidden = true; field.value = 'x'.repeat(size) }"
    page.get_by_label("First name").evaluate(fill, TEN_MEGABYTES)
    page.get_by_role("button", name="Create user").click()
    expect(page.get_by_role("heading", name="That is too large to send")).to_be_visible()
