"""Ownership handed on as the help article tells it; support asked; an account closed and opened again (S28 to S36)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .before import add_and_join, add_user, close_clinic, open_clinic
from .keyboard import tab_to
from .people import (
    PASSWORD,
    Clinic,
    Person,
    dialog,
    expect_told,
    link_in_mail,
    make_inactive,
    make_owner,
    open_person,
    person_row,
    prompt,
    relinquish,
    sign_in,
    verify,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages")]

ADMINISTRATOR = {"role": "Administrator"}
CLOSED = "This clinic’s account is closed"


@pytest.fixture
def two(page, open_browser, product):
    """A clinic whose owner is on `page`, an administrator who has joined it, and the administrator's own page."""
    nadia, clinic, theirs = Person(), open_clinic(page), open_browser()
    add_and_join(page, theirs, product, clinic, nadia, **ADMINISTRATOR)
    return clinic, nadia, theirs


def _subject_to(product, person: Person, *, count: int) -> str:
    return product.wait_for_mail(person.email, count=count)["Subject"]


def _expect_read_only(page: Page, clinic: Clinic, person: Person) -> None:
    """Their page says that they are an owner, and has nothing to fill in or to press."""
    open_person(page, clinic, person)
    main = page.get_by_role("main")
    words = f"{person.name} is an owner of this account, so only they can change their details."
    expect(main.get_by_text(words)).to_be_visible()
    expect(main.locator("form, input, select, button")).to_have_count(0)
    expect(main.get_by_role("link", name="Make owner")).to_have_count(0)


def _expect_signed_out(page: Page) -> None:
    """Whatever link they follow, they come to the sign-in page."""
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_ownership_is_handed_on_and_the_old_owner_made_inactive(page, open_browser, product):
    """S35, the help article's own story: Olive hands her clinic to Nadia and is let go, while Walter looks on."""
    clinic, nadia, walter = open_clinic(page), Person(), Person("Walter", "Weiss")
    olive, nadias_page, walters_page = clinic.owner, open_browser(), open_browser()
    add_and_join(page, nadias_page, product, clinic, nadia, **ADMINISTRATOR)
    add_and_join(page, walters_page, product, clinic, walter, **ADMINISTRATOR)
    _expect_read_only(walters_page, clinic, olive)
    open_person(walters_page, clinic, nadia)
    expect(walters_page.get_by_role("link", name="Make owner")).to_have_count(0)

    open_person(page, clinic, nadia)
    page.get_by_role("link", name="Make owner").click()
    expect(page.get_by_role("main")).to_contain_text("You can’t take this back")
    expect(page.get_by_role("main")).to_contain_text("That includes you.")
    address = page.url
    page.get_by_role("button", name="Make owner").click()
    expect(dialog(page)).to_contain_text(f"Make {nadia.name} an owner of {clinic.name}. You can’t take it back.")
    assert page.url == address, "the dialog stands over the same page"
    verify(page, "Make owner")
    expect_told(page, f"{nadia.name} is now an owner. Nobody else can change their details any more.")
    for each in (page, walters_page):
        _expect_read_only(each, clinic, nadia)
    assert _subject_to(product, nadia, count=2) == f"You are now an owner of {clinic.name}"

    relinquish(page, clinic)
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("table")).to_contain_text(f"{nadia.name}")
    assert _subject_to(product, nadia, count=3) == f"{olive.name} is no longer an owner of {clinic.name}"

    make_inactive(nadias_page, clinic, olive)
    _expect_signed_out(page)
    page.get_by_label("Email").fill(olive.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#error-summary")).to_contain_text("or they can’t sign in here")
    nadias_page.goto(clinic.url("settings/users/?inactive=1"))
    expect(person_row(nadias_page, nadia)).to_contain_text("Owner")
    expect(person_row(nadias_page, olive)).to_contain_text("Inactive")


def test_the_same_works_without_script(open_browser, product):
    """S35 in short, with the question on a page of its own."""
    page, theirs = open_browser(java_script_enabled=False), open_browser(java_script_enabled=False)
    clinic, nadia = open_clinic(page), Person()
    add_and_join(page, theirs, product, clinic, nadia, **ADMINISTRATOR)
    make_owner(page, clinic, nadia)
    _expect_read_only(page, clinic, nadia)
    relinquish(page, clinic)
    make_inactive(theirs, clinic, clinic.owner)
    _expect_signed_out(page)


def test_the_only_owner_is_told_what_to_do_first_and_can_do_it(page, two):
    """S34: the page leads to the administrators; with another owner it offers what it refused."""
    clinic, nadia, _ = two
    page.goto(clinic.url("me/ownership/"))
    expect(page.get_by_role("heading", name="You can’t relinquish ownership yet")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Administrators").click()
    person_row(page, nadia).get_by_role("link").click()
    page.get_by_role("link", name="Make owner").click()
    page.get_by_role("button", name="Make owner").click()
    verify(page, "Make owner")
    expect_told(page, f"{nadia.name} is now an owner.")
    page.goto(clinic.url("me/ownership/"))
    expect(page.get_by_role("button", name="Relinquish ownership")).to_be_visible()


def test_somebody_who_has_not_joined_cannot_be_made_an_owner_and_their_page_says_why(page):
    """S29."""
    clinic, nadia = open_clinic(page), Person()
    add_user(page, clinic, nadia, **ADMINISTRATOR)
    main = page.get_by_role("main")
    expect(main).to_contain_text(f"{nadia.name} has not accepted the invitation yet.")
    expect(main.get_by_role("link", name="Make owner")).to_have_count(0)


def test_a_wrong_password_and_cancel_make_nobody_an_owner(page, two):
    """S31: the dialog says so and stays; Cancel leads back to the page it stands over."""
    clinic, nadia, _ = two
    open_person(page, clinic, nadia)
    page.get_by_role("link", name="Make owner").click()
    page.get_by_role("button", name="Make owner").click()
    verify(page, "Make owner", "not my password at all")
    expect(dialog(page)).to_contain_text("That is not your password. Nothing was changed; try again.")
    dialog(page).get_by_role("button", name="Cancel").click()
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_role("heading", name=f"Make {nadia.name} an owner?")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("link", name="Make owner")).to_be_visible()


@pytest.mark.nightly
def test_cancel_without_script_leads_back_to_the_page_with_the_warning(open_browser, product):
    """S31."""
    page, theirs = open_browser(java_script_enabled=False), open_browser()
    clinic, nadia = open_clinic(page), Person()
    add_and_join(page, theirs, product, clinic, nadia, **ADMINISTRATOR)
    open_person(page, clinic, nadia)
    page.get_by_role("link", name="Make owner").click()
    page.get_by_role("button", name="Make owner").click()
    prompt(page).get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name=f"Make {nadia.name} an owner?")).to_be_visible()
    open_person(page, clinic, nadia)
    expect(page.get_by_role("link", name="Make owner")).to_be_visible()


def test_a_page_that_is_no_longer_theirs_says_so_and_does_nothing(page, open_browser, two, product):
    """S29: open in one tab as an owner, sent after relinquishing in another."""
    clinic, nadia, theirs = two
    walter = Person("Walter", "Weiss")
    make_owner(page, clinic, nadia)
    add_and_join(page, open_browser(), product, clinic, walter, **ADMINISTRATOR)
    open_person(page, clinic, walter)
    page.get_by_role("link", name="Make owner").click()
    expect(page.get_by_role("button", name="Make owner")).to_be_visible()
    other_tab = page.context.new_page()
    relinquish(other_tab, clinic)

    page.get_by_role("button", name="Make owner").click()
    expect(page.get_by_role("alert")).to_contain_text("or no longer yours to open")
    open_person(theirs, clinic, walter)
    expect(theirs.get_by_role("link", name="Make owner")).to_be_visible()


def test_details_of_somebody_who_has_become_an_owner_say_so_and_keep_what_was_typed(page, open_browser, two):
    """S32: open in one tab as it was, sent after the person was made an owner in another."""
    clinic, nadia, _ = two
    open_person(page, clinic, nadia)
    page.get_by_label("Mobile number").fill("+61 491 570 110")
    make_owner(page.context.new_page(), clinic, nadia)

    page.get_by_role("button", name="Update user").click()

    expect(page.locator("#error-summary")).to_contain_text(f"{nadia.name} is an owner of this account")
    expect(page.get_by_label("Mobile number")).to_have_value("+61 491 570 110")


def test_make_owner_with_the_keyboard_alone(page, two):
    """S28 to S31: Escape leaves the dialog and comes back to the button; the second time it is meant."""
    clinic, nadia, _ = two
    open_person(page, clinic, nadia)
    tab_to(page, page.get_by_role("link", name="Make owner"))
    page.keyboard.press("Enter")
    button = page.locator("main").get_by_role("button", name="Make owner")
    expect(button).to_be_visible()
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(button).to_be_focused()

    page.keyboard.press("Enter")
    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect_told(page, f"{nadia.name} is now an owner.")


def test_a_request_to_support_is_sent_once_and_the_second_keeps_what_was_typed(page, two, product):
    """S36: from the third step."""
    clinic, nadia, theirs = two
    for story in ("Olive has left.", "One more thing."):
        theirs.goto(clinic.url("settings/ownership/"))
        theirs.get_by_role("link", name="Contact support").click()
        theirs.get_by_label("What has happened?").fill(story)
        theirs.get_by_role("button", name="Send request").click()
        if story == "Olive has left.":
            expect_told(theirs, "Your request is on its way to support.")
    expect(theirs.locator("#error-summary")).to_contain_text("You sent a request less than a day ago")
    expect(theirs.get_by_label("What has happened?")).to_have_value("One more thing.")
    assert _subject_to(product, nadia, count=2) == f"Support has your request about {clinic.name}"
    page.goto(clinic.url("settings/ownership/"))
    expect(page.get_by_role("main")).to_contain_text(f"{nadia.name} asked support about ownership")


def test_an_account_is_closed_and_opened_again_on_a_phone(open_browser, product):
    """The name is typed, everybody is out, the owner comes back; all of it fits 390 px."""
    page, theirs = (open_browser(viewport={"width": 390, "height": 844}) for _ in range(2))
    clinic, nadia = open_clinic(page), Person()
    add_and_join(page, theirs, product, clinic, nadia)
    page.goto(clinic.url("settings/close/"))
    page.get_by_label("Clinic name").fill("Another clinic")
    page.get_by_role("button", name="Close account").click()
    expect(page.locator("#error-summary")).to_contain_text(f"This is not the clinic’s name. Type {clinic.name}.")
    _expect_to_fit(page)
    page.get_by_label("Clinic name").fill(clinic.name.upper())
    page.get_by_role("button", name="Close account").click()
    expect(dialog(page)).to_contain_text(f"Close the account of {clinic.name} for everybody in it.")
    _expect_to_fit(page)
    verify(page, "Close account")
    expect(page.get_by_role("heading", name=CLOSED)).to_be_visible()
    _expect_to_fit(page)

    theirs.get_by_role("link", name="My info").first.click()
    expect(theirs.get_by_role("heading", name=CLOSED)).to_be_visible()
    expect(theirs.get_by_role("button", name="Reopen account")).to_have_count(0)
    page.get_by_role("button", name="Reopen account").click()
    expect(dialog(page)).to_contain_text(f"Open the account of {clinic.name} again.")
    verify(page, "Reopen account")
    expect_told(page, f"{clinic.name} is open again.")
    theirs.goto(clinic.url())
    expect(theirs.get_by_role("heading", name=f"Hello, {nadia.first_name}")).to_be_visible()


def _expect_to_fit(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.nightly
def test_an_account_is_closed_and_opened_again_without_script(page_without_script):
    """After signing out and in, too: the way back is there for whoever comes late."""
    page = page_without_script
    clinic = open_clinic(page)
    page.goto(clinic.url("settings/close/"))
    page.get_by_label("Clinic name").fill(clinic.name)
    page.get_by_role("button", name="Close account").click()
    verify(page, "Close account")
    expect(page.get_by_role("heading", name=CLOSED)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, clinic.owner.email)
    expect(page.get_by_role("heading", name=CLOSED)).to_be_visible()
    page.get_by_role("button", name="Reopen account").click()
    verify(page, "Reopen account")
    expect_told(page, f"{clinic.name} is open again.")
    expect(page).to_have_url(re.compile(f"/{clinic.slug}/$"))


def test_an_invitation_of_a_closed_account_says_so(page, open_browser, product):
    """Nothing that was sent before lets anybody in."""
    clinic, nadia, theirs = open_clinic(page), Person(), open_browser()
    add_user(page, clinic, nadia)
    from_mail = link_in_mail(product, nadia.email)
    close_clinic(page, clinic)
    theirs.goto(from_mail)
    expect(theirs.get_by_role("heading", name="This clinic is closed")).to_be_visible()
