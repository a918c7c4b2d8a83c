"""Fields for a password: shown, pasted, hinted at, and the same without a script (A1, A4, A7)."""

import pytest
from playwright.sync_api import Locator, Page, expect

from .before import add_and_join, come_in, open_clinic
from .people import Person, expect_told, open_person, sign_up, verify

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHRASE = "plum gravel tax office"


def field(page: Page) -> Locator:
    return page.get_by_label("Password", exact=True)


def hint(page: Page) -> Locator:
    """The line beneath the field."""
    return page.locator(".field__help--live")


def sign_up_page(page: Page) -> Page:
    page.goto("/signup/")
    return page


# Shown and pasted (A4)


def test_what_is_typed_can_be_shown_and_hidden_again(page):
    page.goto("/login/")
    field(page).fill(PHRASE)

    page.get_by_role("button", name="Show what is typed").click()
    expect(field(page)).to_have_attribute("type", "text")
    expect(field(page)).to_have_value(PHRASE)

    page.get_by_role("button", name="Hide what is typed").click()
    expect(field(page)).to_have_attribute("type", "password")
    expect(field(page)).to_have_value(PHRASE)


def test_it_is_shown_from_the_keyboard_and_the_button_says_whether_it_is(page):
    page.goto("/login/")
    field(page).press("Tab")
    button = page.get_by_role("button", name="Show what is typed")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-pressed", "false")

    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Hide what is typed")).to_have_attribute("aria-pressed", "true")


def test_a_shown_password_is_sent_as_a_password(page):
    """Or the browser would keep it among the words it offers for plain fields."""
    clinic = open_clinic(page)
    page.context.clear_cookies()
    page.goto("/login/")
    page.get_by_label("Email").fill(clinic.owner.email)
    field(page).fill("wrong")
    page.get_by_role("button", name="Show what is typed").click()
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("That email and password don’t go together").first).to_be_visible()
    expect(field(page)).to_have_attribute("type", "password")
    expect(field(page)).to_have_value("")


def test_a_password_can_be_pasted_and_nothing_is_cut_off(page, product):
    """Not even what is too long: the page says so instead."""
    long = f"  {PHRASE} " * 50 + "."
    sign_up_page(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=product.url)
    page.evaluate("text => navigator.clipboard.writeText(text)", long)

    field(page).press("ControlOrMeta+v")

    expect(field(page)).to_have_value(long)


def test_password_managers_are_told_what_each_field_is(page):
    page.goto("/login/")
    expect(page.get_by_label("Email")).to_have_attribute("autocomplete", "username")
    expect(field(page)).to_have_attribute("autocomplete", "current-password")
    sign_up_page(page)
    expect(field(page)).to_have_attribute("autocomplete", "new-password")


# The line under a field for a new one


SAID = [
    ("plum gravel ta", "1 more character needed."),
    ("plum", "11 more characters needed."),
    (PHRASE, "Long enough. Whether it is a well-known password is checked when you save."),
    ("abcabcabcabcabcabc", "It repeats a few characters, which will be refused."),
    ("qwertyuiopasdfghjkl", "It follows the keyboard or the alphabet, which will be refused."),
    ("12345678", "7 more characters needed. It follows the keyboard or the alphabet, which will be refused."),
    ("my name is nora, hello", "It contains your email address or its first part."),
    ("x9!" + "gravel tax " * 24, "Too long: at most 256 characters are taken."),
]


def test_the_line_says_what_is_known_and_no_more(page):
    sign_up_page(page).get_by_label("Email").fill("nora@riverside.example")

    for typed, said in SAID:
        field(page).fill(typed)
        expect(hint(page)).to_have_text(said)


def test_it_counts_characters_as_the_server_does(page):
    """A letter with its two dots is one, however the keyboard writes it; so is an emoji."""
    field(sign_up_page(page)).fill("u\u0308🙂")

    expect(hint(page)).to_have_text("13 more characters needed.")


def test_it_is_polite_and_waits_for_a_pause(page):
    """A reader that spoke at every key could not be listened to."""
    sign_up_page(page)
    expect(hint(page)).to_have_attribute("role", "status")
    page.evaluate(
        "const line = document.querySelector('.field__help--live'); window.said = [];"
        "new MutationObserver(() => said.push(line.textContent)).observe(line, { childList: true })"
    )

    field(page).press_sequentially(PHRASE, delay=20)
    expect(hint(page)).to_contain_text("Long enough.")

    assert len(page.evaluate("said")) == 1


def test_nothing_moves_when_the_words_come(page):
    sign_up_page(page)
    button = page.get_by_role("button", name="Create account")
    before = button.bounding_box()

    field(page).fill("plum")
    expect(hint(page)).not_to_be_empty()

    assert button.bounding_box() == before


def test_the_server_decides(page):
    """The line has promised nothing."""
    sign_up_page(page)
    page.get_by_label("Clinic name").fill("Riverside Osteopathy")
    page.get_by_label("First name").fill("Nora")
    page.get_by_label("Last name").fill("Nash")
    page.get_by_label("Email").fill("nora.n@riverside.example")
    field(page).fill("Riverside Osteopathy 1")
    expect(hint(page)).to_contain_text("Long enough.")
    page.get_by_role("button", name="Create account").click()

    expect(page.locator(".field__errors")).to_contain_text("This is made of the clinic’s name")


def test_a_field_for_a_password_one_has_gets_no_such_line(page):
    page.goto("/login/")

    expect(page.get_by_role("button", name="Show what is typed")).to_be_visible()
    expect(hint(page)).to_have_count(0)


def test_without_a_script_the_rule_stands_there_and_the_field_works(page_without_script):
    page = page_without_script
    page.goto("/signup/")

    expect(page.get_by_text("At least 15 characters.")).to_be_visible()
    expect(page.get_by_role("button", name="Show what is typed")).to_have_count(0)
    sign_up(page)


# For somebody else (A7)


def test_an_administrator_has_a_reset_link_sent_and_the_person_chooses(page, open_browser, product):
    clinic, nadia, theirs = open_clinic(page), Person(), open_browser()
    add_and_join(page, theirs, product, clinic, nadia)
    open_person(page, clinic, nadia)
    page.get_by_role("button", name="Send a password reset email").click()
    verify(page, "Send a password reset email")
    expect_told(page, f"An email to {nadia.email} is on its way.")

    text = product.wait_for_mail(nadia.email, count=2).get_body(("plain",)).get_content()
    theirs.goto(next(word for word in text.split() if "/password/reset/" in word))
    field(theirs).fill(PHRASE)
    expect(hint(theirs)).to_contain_text("Long enough.")
    theirs.get_by_role("button", name="Save password").click()
    expect(theirs.get_by_role("heading", name="Your new password is saved")).to_be_visible()
    come_in(theirs, nadia.email, PHRASE)
