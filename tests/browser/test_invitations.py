"""The way in: sent again, handed over, taken back, and opened by the wrong person (S16 to S18, A24 to A28, C1, C7)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .before import add_user, come_in, confirm_address, join, open_clinic
from .people import (
    DEMO_PASSWORD,
    Person,
    create_password,
    dialog,
    expect_told,
    link_in_mail,
    person_row,
    prompt,
    verify,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_resending_sends_a_second_mail_with_the_same_link(page, product):
    """S16 to S18; the second mail must not kill the first."""
    nadia, clinic = Person(), open_clinic(page)
    add_user(page, clinic, nadia)
    first = link_in_mail(product, nadia.email)
    page.get_by_role("button", name="Resend invitation email").click()
    expect_told(page, f"Another invitation email to {nadia.email} is on its way")
    expect(page.locator("#messages")).to_contain_text("spam and junk folders")
    assert link_in_mail(product, nadia.email, count=2) == first


def _pasted(page) -> str:
    """What the clipboard holds: a page may not read it (A45), but a person may paste it."""
    page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    field = page.locator("main > textarea")
    field.press("Control+V")
    return field.input_value()


def test_the_copied_link_lets_the_person_in(page, open_browser, product):
    """S16: Copy invitation link."""
    nadia, clinic = Person(), open_clinic(page)
    add_user(page, clinic, nadia)
    page.context.grant_permissions(["clipboard-write"], origin=product.url)
    before = page.url
    page.get_by_role("button", name="Copy invitation link").click()
    verify(page, "Copy invitation link", password="not her password")
    expect(prompt(page)).to_contain_text("That is not your password.")
    verify(page, "Copy invitation link")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(dialog(page)).to_have_count(0)
    assert page.url == before
    link = _pasted(page)
    assert link.startswith(f"{product.url}/invitations/")

    theirs = open_browser()
    theirs.goto(link)
    create_password(theirs)
    expect(theirs.get_by_role("heading", name=f"Hello, {nadia.first_name}")).to_be_visible()


def test_a_link_that_the_browser_does_not_copy_is_shown_to_copy_by_hand(page, product):
    """A60: with the password once, and in no address."""
    nadia = Person()
    add_user(page, open_clinic(page), nadia)
    page.evaluate("() => { navigator.clipboard.write = () => Promise.reject(new Error('not here')); }")
    page.get_by_role("button", name="Copy invitation link").click()
    verify(page, "Copy invitation link")

    expect(page.get_by_label("Invitation link")).to_have_value(re.compile(f"^{product.url}/invitations/"))
    expect(dialog(page)).to_have_count(0)
    assert "/invitations/" not in page.url


def test_the_link_is_copied_once_more_with_the_password_again(page, product):
    nadia = Person()
    add_user(page, open_clinic(page), nadia)
    page.context.grant_permissions(["clipboard-write"], origin=product.url)
    for _ in range(2):
        page.get_by_role("button", name=re.compile("Copy invitation link|Copied")).click()
        verify(page, "Copy invitation link")
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_role("button", name="Resend invitation email").click()
    expect_told(page, "Another invitation email")


def test_the_link_stands_on_a_page_without_script(page_without_script):
    """S16: Copy invitation link."""
    page, nadia = page_without_script, Person()
    add_user(page, open_clinic(page), nadia)
    page.get_by_role("button", name="Copy invitation link").click()
    verify(page, "Copy invitation link")
    assert page.url.endswith("/invitation/link/")
    shown = page.get_by_label("Invitation link").input_value()
    page.context.clear_cookies()
    page.goto(shown)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Welcome, {nadia.first_name}")


def _expect_dead(page: Page, link: str, heading: str, *, can_ask: bool) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.get_by_label("Password")).to_have_count(0)
    expect(page.get_by_role("button", name="Ask for a new invitation")).to_have_count(int(can_ask))


def test_a_cancelled_invitation_says_so_and_frees_its_person_from_the_list(page, open_browser, product):
    """A25: the link is dead at once."""
    nadia, clinic, theirs = Person(), open_clinic(page), open_browser()
    add_user(page, clinic, nadia)
    link = link_in_mail(product, nadia.email)
    page.get_by_role("link", name="Cancel invitation").click()
    page.get_by_role("button", name="Cancel invitation").click()
    expect_told(page, f"The invitation of {nadia.name} is cancelled. Its link no longer works.")

    _expect_dead(theirs, link, "This invitation was cancelled", can_ask=True)
    expect(theirs.locator("body")).not_to_contain_text(clinic.name)
    page.goto(clinic.url("settings/users/"))
    expect(person_row(page, nadia)).to_have_count(0)


def test_a_corrected_address_replaces_the_link_at_once(page, open_browser, product):
    """C1, C8: the old link says that it was replaced, the new one works."""
    nadia, right, clinic, theirs = Person(), Person(), open_clinic(page), open_browser()
    add_user(page, clinic, nadia)
    old = link_in_mail(product, nadia.email)
    page.get_by_label("Email").fill(right.email)
    page.get_by_role("button", name="Update user").click()
    verify(page, "Update user")
    expect_told(page, f"A new invitation email to {right.email} is on its way")

    _expect_dead(theirs, old, "This link has been replaced", can_ask=True)
    join(theirs, product, right)


def test_a_used_invitation_says_so(page, open_browser, product):
    """A24: it works once."""
    nadia = Person()
    add_user(page, open_clinic(page), nadia)
    join(open_browser(), product, nadia)
    _expect_dead(open_browser(), link_in_mail(product, nadia.email), "This invitation has been used", can_ask=False)


def test_half_a_link_says_so(page, product):
    """A22: and says nothing of any clinic."""
    _expect_dead(page, f"{product.url}/invitations/half-a-link/", "This link is not complete", can_ask=False)


def test_asking_for_a_new_invitation_tells_the_one_who_invited(page, open_browser, product):
    """S12: and tells the stranger nothing."""
    nadia, clinic, theirs = Person(), open_clinic(page), open_browser()
    confirm_address(page, product, clinic.owner)
    add_user(page, clinic, nadia)
    link = link_in_mail(product, nadia.email)
    page.get_by_role("link", name="Cancel invitation").click()
    page.get_by_role("button", name="Cancel invitation").click()
    theirs.goto(link)
    theirs.get_by_role("button", name="Ask for a new invitation").click()
    expect(theirs.get_by_role("heading", name="Thank you")).to_be_visible()
    mail = product.wait_for_mail(clinic.owner.email, count=2)
    assert nadia.name in mail.get_body(("plain",)).get_content()


def test_somebody_else_who_is_signed_in_accepts_nothing_and_can_go_on(page, open_browser, product):
    """C6, C7: the invitation waits until the right person goes on with it."""
    nadia, clinic, theirs = Person(), open_clinic(page), open_browser()
    add_user(page, clinic, nadia)
    link = link_in_mail(product, nadia.email)

    come_in(theirs, "priya@harbour.example", DEMO_PASSWORD)
    expect(theirs.get_by_role("heading", name="Hello, Priya")).to_be_visible()
    theirs.goto(link)
    words = f"You are signed in as priya@harbour.example, but this invitation is for {nadia.email}."
    expect(theirs.get_by_text(words)).to_contain_text("Nothing has been accepted.")
    expect(theirs.get_by_label("Password")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name=f"{nadia.first_name} has not joined yet")).to_be_visible()

    theirs.get_by_role("button", name="Sign out and go on").click()
    create_password(theirs)
    expect(theirs).to_have_url(re.compile(f"/{clinic.slug}/$"))
    expect(theirs.get_by_role("heading", name=f"Hello, {nadia.first_name}")).to_be_visible()


def test_a_password_that_is_too_short_is_refused_with_the_reason(page, open_browser, product):
    """A1: and the invitation still stands."""
    nadia, theirs = Person(), open_browser()
    add_user(page, open_clinic(page), nadia)
    theirs.goto(link_in_mail(product, nadia.email))
    create_password(theirs, "short")
    expect(theirs.locator("#error-summary")).to_contain_text("at least 15 characters")
    create_password(theirs)
    expect(theirs.get_by_role("heading", name=f"Hello, {nadia.first_name}")).to_be_visible()


def test_a_new_owner_confirms_their_address_with_one_button(page, product):
    """A57: opening the link alone confirms nothing (A26)."""
    clinic = open_clinic(page)
    page.goto(clinic.url())
    expect(page.get_by_text("Confirm your email address")).to_be_visible()
    page.goto(link_in_mail(product, clinic.owner.email))
    button = page.get_by_role("button", name="Confirm email address")
    expect(button).to_be_visible()
    page.goto(clinic.url())
    expect(page.get_by_text("Confirm your email address")).to_be_visible()

    page.goto(link_in_mail(product, clinic.owner.email))
    button.click()
    expect_told(page, f"Thank you. {clinic.owner.email} is confirmed.")
    expect(page.get_by_text("Confirm your email address")).to_have_count(0)
