"""The main job, end to end: an administrator adds somebody, who follows the mail and joins the clinic (S3 to S12)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .people import Person, create_password, dialog, expect_told, fill_user, link_in, person_row, sign_up, verify
from .product import Product

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _walk_to_the_form(page: Page) -> None:
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Users & practitioners")).to_be_visible()
    page.locator(".page-head").get_by_role("link", name="Add user").click()
    expect(page.get_by_role("heading", name="Add user")).to_be_visible()


def _read_mail_in_outbox(page: Page, product: Product, address: str) -> str:
    """The text of the invitation, as /outbox/ shows it; it has to be there within seconds (S11, S17)."""
    product.wait_for_mail(address, seconds=15)
    page.goto("/outbox/")
    page.get_by_role("link").filter(has_text=address).filter(has_text="invites you").first.click()
    return page.locator(".mail-text").inner_text()


def test_an_administrator_adds_somebody_who_joins_by_the_mail(page, open_browser, product):
    """S3 to S12, with the dialog over the form."""
    clinic, nadia = sign_up(page), Person()
    assert page.url == f"{product.url}/{clinic.slug}/"
    _walk_to_the_form(page)
    address = page.url
    fill_user(page, nadia, role="Practitioner", is_practitioner=True)
    page.get_by_role("button", name="Create user").click()

    expect(dialog(page)).to_contain_text("Verify your password")
    expect(dialog(page)).to_contain_text(f"Add {nadia.name} ({nadia.email}) as Practitioner and send an invitation.")
    assert page.url == address, "the dialog stands over the same page"
    verify(page, "Create user")
    expect(page.get_by_role("heading", name=nadia.name)).to_be_visible()
    words = f"{nadia.name} was added. An invitation email to {nadia.email} is on its way."
    expect_told(page, words)

    text = _read_mail_in_outbox(page, product, nadia.email)
    assert clinic.owner.name in text and clinic.name in text and f"{product.url}/login/" in text
    theirs = open_browser()
    theirs.goto(link_in(text, product))
    expect(theirs.get_by_role("heading", name=f"Welcome, {nadia.first_name}")).to_be_visible()
    create_password(theirs)
    _expect_arrived(theirs, clinic, nadia)

    page.goto(clinic.url("settings/users/"))
    expect(person_row(page, nadia)).to_contain_text("Active")


def test_the_same_works_without_script(open_browser, product):
    """S3 to S12, with the question on a page of its own."""
    page, nadia = open_browser(java_script_enabled=False), Person()
    clinic = sign_up(page)
    _walk_to_the_form(page)
    fill_user(page, nadia, role="Practitioner", is_practitioner=True)
    page.get_by_role("button", name="Create user").click()
    expect(dialog(page)).to_have_count(0)
    verify(page, "Create user")
    expect(page.get_by_role("heading", name=nadia.name)).to_be_visible()

    theirs = open_browser(java_script_enabled=False)
    theirs.goto(link_in(_read_mail_in_outbox(page, product, nadia.email), product))
    create_password(theirs)
    _expect_arrived(theirs, clinic, nadia)
    page.goto(clinic.url("settings/users/"))
    expect(person_row(page, nadia)).to_contain_text("Active")


def _expect_arrived(page: Page, clinic, person: Person) -> None:
    """Signed in, in the clinic, and told what to do first."""
    expect(page).to_have_url(re.compile(rf"/{clinic.slug}/settings/users/\d+/practitioner/\?first=1$"))
    expect(page.get_by_role("heading", level=1, name="Practitioner settings")).to_be_visible()
    words = f"Welcome to {clinic.name}, {person.first_name}. Start by checking your details below."
    expect_told(page, words)
    page.get_by_role("main").get_by_role("link", name="Skip for now").click()
    expect(page.get_by_role("heading", name=f"Hello, {person.first_name}")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="My info")).to_be_visible()
