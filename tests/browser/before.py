"""What people did before a test begins: their forms are sent without drawing a page (see `unseen.py`)."""

from playwright.sync_api import Page

from .people import PASSWORD, Clinic, Person, link_in_mail, slug_in
from .product import Product
from .two_factor import App
from .unseen import address_of, read, send, text_of, value_of


def open_clinic(page: Page) -> Clinic:
    """A new clinic, with a new person who owns it and is signed in on `page`, which shows what it did before."""
    owner = Person("Olive", "Owens")
    name = f"Quay Physio {owner.number}"
    names = {"first_name": owner.first_name, "last_name": owner.last_name}
    typed = {"clinic_name": name, **names, "email": owner.email, "password": PASSWORD}
    home = send(page, "/signup/", "Create account", **typed)
    read(page, home)
    return Clinic(name, slug_in(home), owner)


def come_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in, and arrive."""
    page.goto(send(page, "/login/", "Sign in", email=email, password=password))


def go_out(page: Page) -> None:
    """Sign out; what `page` shows is still there."""
    send(page, "/logout/", "Sign out")


def confirm_address(page: Page, product: Product, person: Person) -> None:
    """Follow the link in the mail to someone who is signed in on `page`: before that they get no other mail (A62)."""
    read(page, send(page, link_in_mail(product, person.email), "Confirm email address"))


def add_user(
    page: Page, clinic: Clinic, person: Person, *, role: str = "Receptionist", is_practitioner: bool = False
) -> None:
    """Add somebody, and arrive at their page."""
    page.goto(_add(page, clinic, person, role, is_practitioner))


def add_and_join(
    page: Page,
    theirs: Page,
    product: Product,
    clinic: Clinic,
    person: Person,
    *,
    role: str = "Receptionist",
    is_practitioner: bool = False,
) -> None:
    """Somebody is added by who is signed in on `page`; they follow their mail, join, and arrive on `theirs`."""
    read(page, _add(page, clinic, person, role, is_practitioner))
    join(theirs, product, person)


def join(page: Page, product: Product, person: Person) -> None:
    """Follow the mail to somebody who has just been added, join, and arrive."""
    page.goto(send(page, link_in_mail(product, person.email), "Create password", password=PASSWORD))


def close_clinic(page: Page, clinic: Clinic) -> None:
    """Close the account."""
    send(page, clinic.url("settings/close/"), "Close account", verify=PASSWORD, clinic_name=clinic.name)


def appoint(page: Page, clinic: Clinic, person: Person) -> None:
    """Make somebody an owner."""
    found = read(page, clinic.url("settings/users/"))
    read(page, send(page, f"{address_of(found, 'table', person.name)}ownership/", "Make owner", verify=PASSWORD))


def enrol(page: Page) -> tuple[App, list[str]]:
    """Set up two-factor authentication, and save the backup codes; returns the app and the codes."""
    where = "/me/security/two-factor/"
    app = App(value_of(read(page, where), "#key"))
    shown = send(page, where, "Turn on", code=app.now(), reverify_password=PASSWORD)
    codes = text_of(read(page, shown), "main code")
    read(page, send(page, shown, "I have saved my codes"))
    return app, codes


def ask_everybody(page: Page, clinic: Clinic, *, until: str = "") -> None:
    """Require two-factor authentication of everybody in the clinic, at once or after a day."""
    where = clinic.url("settings/general/security/")
    read(page, send(page, where, "Update security", verify=PASSWORD, require_two_factor="on", until=until))


def _add(page: Page, clinic: Clinic, person: Person, role: str, is_practitioner: bool) -> str:
    """Returns the address that this leads to."""
    typed = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "mobile": "+61 491 570 156",
        "role": role.lower().replace(" ", "_"),
        "is_practitioner": "yes" if is_practitioner else "no",
    }
    return send(page, clinic.url("settings/users/new/"), "Create user", verify=PASSWORD, **typed)
