"""What people do in a browser, in the words that are on the screen.

What they did before a test begins is in `before.py`, under the names of what it leads to.
"""

import re
from dataclasses import dataclass, field
from itertools import count

from playwright.sync_api import Locator, Page, expect

from .product import Product

PASSWORD = "correct horse battery"
DEMO_PASSWORD = "harbour lights at dusk"
_numbers = count(1)


@dataclass
class Person:
    """Somebody with an address that nobody else in this run has."""

    first_name: str = "Nadia"
    last_name: str = "Novak"
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def email(self) -> str:
        return f"{self.first_name.lower()}{self.number}@clinic.example"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass
class Clinic:
    """A clinic that somebody has just opened, and where it is."""

    name: str
    slug: str
    owner: Person

    def url(self, path: str = "") -> str:
        return f"/{self.slug}/{path}"


def expect_told(page: Page, words: str) -> None:
    """The line at the top says `words`. (The region for assistive technology says them as well, a little later.)"""
    expect(page.locator("#messages")).to_contain_text(words)


# Signing in


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in and arrive."""
    page.goto("/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("/login/"))


def sign_out(page: Page) -> None:
    """Open the menu of the person who is signed in, and sign out."""
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def sign_up(page: Page) -> Clinic:
    """A new clinic, with a new person who owns it and is signed in on `page`, at their home."""
    owner = Person("Olive", "Owens")
    name = f"Quay Physio {owner.number}"
    page.goto("/signup/")
    page.get_by_label("Clinic name").fill(name)
    page.get_by_label("First name").fill(owner.first_name)
    page.get_by_label("Last name").fill(owner.last_name)
    page.get_by_label("Email").fill(owner.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect_told(page, f"{name} is open, and you are its owner.")
    return Clinic(name, slug_in(page.url), owner)


def slug_in(address: str) -> str:
    """The part of a clinic's home's address that names the clinic."""
    return address.rstrip("/").rpartition("/")[2]


# Users


def open_new_user_form(page: Page, clinic: Clinic) -> None:
    """Go to Add user."""
    page.goto(clinic.url("settings/users/new/"))


def fill_user(page: Page, person: Person, *, role: str = "Receptionist", is_practitioner: bool = False) -> None:
    """Fill the form Add user, a mobile number included."""
    page.get_by_label("First name").fill(person.first_name)
    page.get_by_label("Last name").fill(person.last_name)
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Mobile number").fill("+61 491 570 156")
    page.get_by_label("Security role").select_option(label=role)
    practitioner_choice(page, is_practitioner).check()


def practitioner_choice(page: Page, is_practitioner: bool) -> Locator:
    group = page.get_by_role("group", name="Is this user a practitioner?")
    return group.get_by_label("Yes" if is_practitioner else "No", exact=True)


def active_choice(page: Page, is_active: bool) -> Locator:
    return page.get_by_role("group", name="Active user").get_by_label("Yes" if is_active else "No", exact=True)


def prompt(page: Page) -> Locator:
    """The question for the password: in the dialog, or, without script, on a page of its own."""
    return page.locator("#reverify")


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def verify(page: Page, button: str, password: str = PASSWORD) -> None:
    """Answer the question for the password."""
    expect(prompt(page).get_by_role("heading", name="Verify your password")).to_be_visible()
    prompt(page).get_by_label("Password", exact=True).fill(password)
    prompt(page).get_by_role("button", name=button).click()


def person_row(page: Page, person: Person) -> Locator:
    """The person's line in Users & practitioners."""
    return page.get_by_role("row").filter(has_text=person.email)


def expect_typed(page: Page, person: Person, *, role: str = "Receptionist", is_practitioner: bool = False) -> None:
    """Every field of the form still says what `fill_user` typed."""
    expect(page.get_by_label("First name")).to_have_value(person.first_name)
    expect(page.get_by_label("Last name")).to_have_value(person.last_name)
    expect(page.get_by_label("Email")).to_have_value(person.email)
    expect(page.get_by_label("Mobile number")).to_have_value("+61 491 570 156")
    expect(page.get_by_label("Security role").locator("option:checked")).to_have_text(role)
    expect(practitioner_choice(page, is_practitioner)).to_be_checked()


# Invitations


def link_in_mail(product: Product, address: str, *, count: int = 1) -> str:
    """The link in the newest mail to `address`, once `count` have come."""
    return link_in(product.wait_for_mail(address, count=count).get_body(("plain",)).get_content(), product)


def link_in(text: str, product: Product) -> str:
    """The first link in a mail's text to an invitation or to the confirmation of an address."""
    found = re.search(re.escape(product.url) + r"/(?:invitations|email)/\S+", text)
    assert found, f"No link in this mail:\n{text}"
    return found.group()


def create_password(page: Page, password: str = PASSWORD) -> None:
    """On the page of an invitation: choose a password and join."""
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Create password").click()


# Owners


def open_person(page: Page, clinic: Clinic, person: Person) -> None:
    """Go to somebody's page, be they active or not."""
    page.goto(clinic.url("settings/users/?inactive=1"))
    person_row(page, person).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1, name=person.name)).to_be_visible()


def make_owner(page: Page, clinic: Clinic, person: Person) -> None:
    """From somebody's page make them an owner, password and all."""
    open_person(page, clinic, person)
    page.get_by_role("link", name="Make owner").click()
    expect(page.get_by_role("heading", name=f"Make {person.name} an owner?")).to_be_visible()
    page.get_by_role("button", name="Make owner").click()
    verify(page, "Make owner")
    expect_told(page, f"{person.name} is now an owner.")


def relinquish(page: Page, clinic: Clinic) -> None:
    """From one's own page relinquish ownership, password and all."""
    page.goto(clinic.url("me/"))
    page.get_by_role("link", name="Relinquish ownership").click()
    page.get_by_role("button", name="Relinquish ownership").click()
    verify(page, "Relinquish ownership")
    expect_told(page, f"You are no longer an owner of {clinic.name}.")


def make_inactive(page: Page, clinic: Clinic, person: Person) -> None:
    """On somebody's page choose No under Active user, password and all."""
    open_person(page, clinic, person)
    active_choice(page, False).check()
    page.get_by_role("button", name="Update user").click()
    verify(page, "Update user")
    expect_told(page, f"{person.name} is inactive and can no longer sign in to this clinic.")
