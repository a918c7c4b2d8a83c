"""Every page, in both themes and on a phone as on a desk: nothing cut off, nothing refused, nothing from elsewhere.

And no violation that axe-core finds of WCAG 2.2 A and AA. The pages are those of the demo clinic.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from .before import (
    add_and_join,
    add_user,
    appoint,
    ask_everybody,
    close_clinic,
    come_in,
    confirm_address,
    enrol,
    go_out,
    open_clinic,
)
from .looking import DESK, Watcher, expect_whole, expect_whole_everywhere
from .passkeys import NEW, Device, add_first
from .people import DEMO_PASSWORD, Person, dialog, link_in_mail
from .product import Product
from .two_factor import show_password
from .unseen import address_of, links_of, read

pytestmark = pytest.mark.browser

# Each of what an attacker would try next, and the directive that stands in the way.
VIOLATIONS = {
    "require-trusted-types-for": "document.createElement('div').innerHTML = '<b>x</b>'",
    "trusted-types": "trustedTypes.createPolicy('mine', { createHTML: (text) => text })",
    "style-src-attr": "document.body.setAttribute('style', 'color: red')",
    "script-src-elem": "document.head.append(Object.assign(document.createElement('link'),"
    " { rel: 'modulepreload', href: 'http://127.0.0.1:1/x.js' }))",
    "img-src": "new Image().src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='",
    "connect-src": "fetch('http://127.0.0.1:1/').catch(() => {})",
    "frame-src": "document.body.append(Object.assign(document.createElement('iframe'), { src: '/login/' }))",
    "base-uri": "document.head.append(Object.assign(document.createElement('base'), { href: '/elsewhere/' }))",
    "form-action": "(form => { document.body.append(form); form.submit(); })"
    "(Object.assign(document.createElement('form'), { action: 'http://127.0.0.1:1/', method: 'post' }))",
}
CLINIC = "/harbour-street-physiotherapy/"


def _follow(page: Page, listed: str, name: str) -> None:
    """To whom or what a list has a link of this name; the list itself is looked at as a page of its own."""
    page.goto(address_of(read(page, listed), "main", name))


def _person(name: str) -> Callable[[Page, Product], None]:
    def _open(page: Page, product: Product) -> None:
        _follow(page, f"{CLINIC}settings/users/?inactive=1", name)
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()

    return _open


def _another_clinic_question(page: Page, product: Product) -> None:
    page.goto("/signup/")
    page.get_by_label("Clinic name").fill("Second Street Physio")
    page.get_by_role("button", name="Create account").click()
    expect(dialog(page)).to_be_visible()


def _came_back(page: Page, product: Product) -> None:
    """Mail to Priya has, as the mail provider reported."""
    product.manage(
        "shell",
        "-c",
        "user = User.objects.get(email='priya@harbour.example'); now = user.email_confirmed_at; "
        "OutboundEmail.objects.create(kind='notice', user=user, recipient=user.email, state='bounced', "
        "last_error='550 5.1.1 No such person', created_at=now, next_attempt_at=now, accepted_at=now)",
    )
    _person("Priya Raman")(page, product)
    expect(page.get_by_role("heading", name="Email to Priya came back")).to_be_visible()


def _cancel_invitation(page: Page, product: Product) -> None:
    _person("Noor van Dijk")(page, product)
    page.get_by_role("link", name="Cancel invitation").click()
    expect(page.get_by_role("heading", name="Cancel the invitation of")).to_be_visible()


def _newest_mail(page: Page, product: Product) -> None:
    page.goto("/outbox/")
    page.locator(".choose__link").first.click()
    expect(page.get_by_role("heading", name="As HTML")).to_be_visible()


def _invitation(page: Page, product: Product) -> None:
    page.goto(link_in_mail(product, "noor@harbour.example"))
    expect(page.get_by_role("button", name="Create password")).to_be_visible()


def _errors(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/users/new/")
    page.get_by_role("button", name="Create user").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _question(page: Page, product: Product) -> None:
    _person("Bo Andersen")(page, product)
    page.get_by_label("Security role").select_option(label="Scheduler")
    page.get_by_role("button", name="Update user").click()
    expect(dialog(page)).to_be_visible()


def _menu(page: Page, product: Product) -> None:
    page.goto(CLINIC)
    page.locator("details.menu summary").click()


def _request_errors(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/ownership/request/")
    page.get_by_label("Who should be the owner?").fill("https://evil.example")
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _make_owner(page: Page, product: Product) -> None:
    _person("Tomasz Wójcik")(page, product)
    page.get_by_role("link", name="Make owner").click()
    expect(page.get_by_role("heading", name="Make Tomasz Wójcik an owner?")).to_be_visible()


def _make_owner_question(page: Page, product: Product) -> None:
    _make_owner(page, product)
    page.get_by_role("button", name="Make owner").click()
    expect(dialog(page)).to_be_visible()


def _free_an_address(page: Page, product: Product) -> None:
    _person("Hiroshi Tanaka")(page, product)
    page.get_by_role("link", name="Free this email address").click()
    expect(page.get_by_role("heading", name="Free hiroshi@harbour.example?")).to_be_visible()


def _free_an_address_question(page: Page, product: Product) -> None:
    _free_an_address(page, product)
    page.get_by_role("button", name="Free this email address").click()
    expect(dialog(page)).to_be_visible()


def _close_error(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/close/")
    page.get_by_label("Clinic name").fill("Another clinic")
    page.get_by_role("button", name="Close account").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _practitioner(name: str) -> Callable[[Page, Product], None]:
    def _open(page: Page, product: Product) -> None:
        _follow(page, f"{CLINIC}practitioners/?inactive=1", name)
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()

    return _open


def _settings_of(name: str) -> Callable[[Page, Product], None]:
    def _open(page: Page, product: Product) -> None:
        _person(name)(page, product)
        page.get_by_role("main").get_by_role("link", name="Practitioner settings").click()
        expect(page.get_by_role("heading", level=1, name="Practitioner settings of")).to_be_visible()

    return _open


def _settings_as_first_step(page: Page, product: Product) -> None:
    _settings_of("Noor van Dijk")(page, product)
    page.goto(f"{page.url}?first=1")
    expect(page.get_by_role("link", name="Skip for now")).to_be_visible()


def _settings_errors(page: Page, product: Product) -> None:
    _settings_of("Ada Okafor")(page, product)
    page.locator("input[name=hours-0-starts]").fill("half past")
    page.get_by_role("button", name="Save practitioner settings").last.click()
    expect(page.locator("#error-summary")).to_be_visible()


def _leaving_question(page: Page, product: Product) -> None:
    _person("Ada Okafor")(page, product)
    page.get_by_role("group", name="Active user").get_by_label("No").check()
    page.get_by_role("button", name="Update user").click()
    expect(dialog(page).get_by_text("can’t be booked")).to_be_visible()


def _business(name: str) -> Callable[[Page, Product], None]:
    def _open(page: Page, product: Product) -> None:
        _follow(page, f"{CLINIC}settings/businesses/", name)
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()

    return _open


def _delete_business(page: Page, product: Product) -> None:
    _business("Northside Studio")(page, product)
    page.get_by_role("link", name="Delete business").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Northside Studio")


def _business_errors(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/businesses/new/")
    page.get_by_label("Name").fill("northside studio")
    page.get_by_role("button", name="Add business").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _permissions_question(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/general/permissions/")
    page.get_by_label("Practitioners see only their own treatment notes").check()
    page.get_by_role("button", name="Update permissions").click()
    expect(dialog(page)).to_be_visible()


def _security_errors(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/general/security/")
    page.get_by_label("Give people until").fill("2020-01-01")
    page.get_by_role("button", name="Update security").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _security_question(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/general/security/")
    page.get_by_label("Require two-factor authentication").check()
    page.get_by_role("button", name="Update security").click()
    expect(dialog(page)).to_be_visible()


def _password_errors(page: Page, product: Product) -> None:
    page.goto("/me/security/password/")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _address_question(page: Page, product: Product) -> None:
    page.goto("/me/security/email/")
    page.get_by_label("New email address").fill("tomasz@new.example")
    page.get_by_role("button", name="Change email address").click()
    expect(dialog(page)).to_be_visible()


def _plan_question(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/subscription/")
    page.get_by_label("Large").first.check()
    page.get_by_role("button", name="Change plan").click()
    expect(dialog(page)).to_be_visible()


def _copy_link_question(page: Page, product: Product) -> None:
    _person("Noor van Dijk")(page, product)
    page.get_by_role("button", name="Copy invitation link").click()
    expect(dialog(page)).to_be_visible()


def _reset_email_question(page: Page, product: Product) -> None:
    _person("Ada Okafor")(page, product)
    page.get_by_role("button", name="Send a password reset email").click()
    expect(dialog(page)).to_be_visible()


def _plan_too_small(page: Page, product: Product) -> None:
    page.goto(f"{CLINIC}settings/subscription/")
    page.get_by_label("Solo").check()
    page.get_by_role("button", name="Change plan").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _reopen_question(page: Page, product: Product) -> None:
    page.goto("/clinics/")
    page.locator(".choose__link").click()
    page.get_by_role("button", name="Reopen account").click()
    expect(dialog(page)).to_be_visible()


def _somebody_enrolled(page: Page, product: Product) -> None:
    """From wherever this viewer is, in the clinic of their own."""
    page.goto("/clinics/")
    page.locator(".choose__link").click()
    page.goto(urljoin(page.url, "settings/users/"))
    page.get_by_role("row").filter(has=page.get_by_role("cell", name="On", exact=True)).get_by_role("link").click()
    expect(page.get_by_role("link", name="Reset two-factor authentication")).to_be_visible()


def _reset_two_factor(page: Page, product: Product) -> None:
    _somebody_enrolled(page, product)
    page.get_by_role("link", name="Reset two-factor authentication").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reset")


def _reset_two_factor_question(page: Page, product: Product) -> None:
    _reset_two_factor(page, product)
    page.get_by_role("button", name="Reset two-factor authentication").click()
    expect(dialog(page)).to_be_visible()


def _set_up_errors(page: Page, product: Product) -> None:
    page.goto("/me/security/two-factor/")
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _by_passkey(page: Page, product: Product) -> None:
    page.goto(NEW)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Your passkey was read.")).to_be_visible()


def _backup_codes(page: Page, product: Product) -> None:
    """As it is once codes that another test may have made were saved."""
    page.goto("/me/security/backup-codes/")
    saved = page.get_by_role("button", name="I have saved my codes")
    if saved.is_visible():
        saved.click()
        page.goto("/me/security/backup-codes/")
    expect(page.get_by_role("button", name="Make new backup codes")).to_be_visible()


def _new_codes_errors(page: Page, product: Product) -> None:
    _backup_codes(page, product)
    page.get_by_role("button", name="Make new backup codes").click()
    expect(page.locator("#error-summary")).to_be_visible()


def _new_codes(page: Page, product: Product) -> None:
    _backup_codes(page, product)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Make new backup codes").click()
    expect(page.get_by_role("button", name="I have saved my codes")).to_be_visible()


STRANGER = {
    "first page": "/",
    "sign in": "/login/",
    "sign up": "/signup/",
    "password reset": "/password/reset/",
    "password reset sent": "/password/reset/sent/",
    "password reset link, dead": "/password/reset/x/y/",
    "invitation": _invitation,
    "invitation, dead": "/invitations/half-a-link/",
    "invitation, asked for": "/invitations/request/",
    "objection to another address, dead": "/email/objection/",
    "outbox": "/outbox/",
    "mail": _newest_mail,
    "nothing there": "/nothing/there/",
}
ADMINISTRATOR = {
    "home": CLINIC,
    "menu": _menu,
    "clinics": "/clinics/",
    "another clinic": "/signup/",
    "users": f"{CLINIC}settings/users/",
    "users with inactive": f"{CLINIC}settings/users/?inactive=1",
    "nobody matches": f"{CLINIC}settings/users/?q=nobody-has-this-name",
    "add user": f"{CLINIC}settings/users/new/",
    "add user, errors": _errors,
    "active": _person("Ada Okafor"),
    "active, question": _question,
    "oneself": _person("Tomasz Wójcik"),
    "owner": _person("Grace Lindqvist"),
    "invited": _person("Noor van Dijk"),
    "expired": _person("Samuel Okeke"),
    "failed": _person("Elena Petrova"),
    "came back": _came_back,
    "inactive": _person("Hiroshi Tanaka"),
    "cancel invitation": _cancel_invitation,
    "copy invitation link, question": _copy_link_question,
    "send a password reset email, question": _reset_email_question,
    "roles": f"{CLINIC}settings/roles/",
    "ownership": f"{CLINIC}settings/ownership/",
    "request to support": f"{CLINIC}settings/ownership/request/",
    "request to support, errors": _request_errors,
    "for owners only": f"{CLINIC}settings/close/",
    "subscription": f"{CLINIC}settings/subscription/",
    "subscription, too small": _plan_too_small,
    "subscription, question": _plan_question,
    "practitioners": f"{CLINIC}practitioners/?inactive=1",
    "practitioners of a day": f"{CLINIC}practitioners/?day=1",
    "practitioners of a day without any": f"{CLINIC}practitioners/?day=6",
    "practitioner": _practitioner("Ada Okafor"),
    "practitioner who cannot be booked": _practitioner("Noor van Dijk"),
    "practitioner settings": _settings_of("Ada Okafor"),
    "practitioner settings, first step": _settings_as_first_step,
    "practitioner settings, errors": _settings_errors,
    "active practitioner, question": _leaving_question,
    "businesses": f"{CLINIC}settings/businesses/",
    "business": _business("Northside Studio"),
    "business, delete": _delete_business,
    "add business": f"{CLINIC}settings/businesses/new/",
    "add business, errors": _business_errors,
    "general": f"{CLINIC}settings/general/",
    "permissions": f"{CLINIC}settings/general/permissions/",
    "permissions, question": _permissions_question,
    "security of the clinic": f"{CLINIC}settings/general/security/",
    "security of the clinic, errors": _security_errors,
    "security of the clinic, question": _security_question,
    "users without two-factor authentication": f"{CLINIC}settings/users/?without_two_factor=1",
    "my info": f"{CLINIC}me/",
    "leave the clinic": f"{CLINIC}me/leaving/",
    "free an address": _free_an_address,
    "free an address, question": _free_an_address_question,
    "email, confirmed already": "/email/confirm/",
    "sign-in and security": "/me/security/",
    "set up two-factor authentication": "/me/security/two-factor/",
    "set up two-factor authentication, errors": _set_up_errors,
    "add a passkey": NEW,
    "change password": "/me/security/password/",
    "change password, errors": _password_errors,
    "change email address": "/me/security/email/",
    "change email address, question": _address_question,
    "another address, dead": "/email/change/",
    "another clinic, question": _another_clinic_question,
    "nothing there, signed in": f"{CLINIC}nothing/there/",
}
RECEPTIONIST = {"home of a receptionist": CLINIC, "my info of a receptionist": f"{CLINIC}me/"}
PRACTITIONER = {
    "home of a practitioner": CLINIC,
    "my info of a practitioner": f"{CLINIC}me/",
    "leave the clinic, a practitioner": f"{CLINIC}me/leaving/",
    "practitioners, for a practitioner": f"{CLINIC}practitioners/",
    "practitioner, oneself": _practitioner("Ada Okafor"),
    "practitioner, somebody else": _practitioner("Rosa Delgado"),
}
OWNER = {
    "home of an owner": CLINIC,
    "ownership, of an owner": f"{CLINIC}settings/ownership/",
    "my info of an owner": f"{CLINIC}me/",
    "leave the clinic, not yet possible": f"{CLINIC}me/leaving/",
    "oneself, an owner": _person("Grace Lindqvist"),
    "administrator, to be made an owner": _person("Tomasz Wójcik"),
    "practitioner, not to be made an owner": _person("Ada Okafor"),
    "make owner": _make_owner,
    "make owner, question": _make_owner_question,
    "relinquish, not yet possible": f"{CLINIC}me/ownership/",
    "close": f"{CLINIC}settings/close/",
    "close, error": _close_error,
}
# In a clinic of the viewer's own: nothing is changed in the demo clinic. These are below its address.
ONE_OF_TWO_OWNERS = {"two owners": "settings/ownership/", "relinquish": "me/ownership/"}
OWNER_OF_A_CLOSED_CLINIC = {"closed": "", "closed, question": _reopen_question, "clinics, one closed": "/clinics/"}
SOMEBODY_OF_A_CLOSED_CLINIC = {"closed, for somebody": ""}
ADMINISTRATOR_OF_A_CLOSED_CLINIC = {
    "closed, for an administrator": "",
    "request to support, of a closed clinic": "settings/ownership/request/",
}
SOMEBODY_WITH_A_SHORT_PASSWORD = {"choose a longer password": ""}
SOMEBODY_INVITED_ELSEWHERE = {"clinics, with a waiting invitation": "/clinics/"}
BESIDE_SOMEBODY_ENROLLED = {
    "somebody enrolled": _somebody_enrolled,
    "reset two-factor authentication": _reset_two_factor,
    "reset two-factor authentication, question": _reset_two_factor_question,
}
WITH_A_PASSKEY = {
    "sign-in and security, with a passkey": "/me/security/",
    "add an authenticator app": "/me/security/two-factor/",
    "add another passkey": NEW,
    "add another passkey, by the first": _by_passkey,
    "turn off two-factor authentication": "/me/security/two-factor/off/",
    "backup codes": _backup_codes,
    "backup codes, errors": _new_codes_errors,
    "backup codes, new": _new_codes,
}
WITH_AN_APP = {
    "sign-in and security, with an app": "/me/security/",
    "replace authenticator app": "/me/security/two-factor/",
    "remove authenticator app, the only one": "/me/security/two-factor/app/remove/",
    "backup codes, with an app": "/me/security/backup-codes/",
}
AT_THE_SECOND_STEP = {"passkey after the password": "/login/code/", "backup code": "/login/code/?with=backup"}
AT_THE_CODE = {"code after the password": "/login/code/"}
SOMEBODY_ASKED_TO_ENROL = {"asked for two-factor authentication": "", "leave instead": "me/leaving/"}
SOMEBODY_WITH_TIME_TO_ENROL = {"home, with time to set up two-factor authentication": ""}


@dataclass
class Viewer:
    """A watched browser; `home` is the clinic that it is signed in to."""

    page: Page
    watcher: Watcher
    home: str = CLINIC


def _stranger(viewer: Viewer, product: Product) -> None:
    """Nobody signs in."""


def _of_the_demo(name: str) -> Callable[[Viewer, Product], None]:
    return lambda viewer, _product: come_in(viewer.page, f"{name}@harbour.example", DEMO_PASSWORD)


def _one_of_two_owners(viewer: Viewer, product: Product) -> None:
    clinic, nadia = open_clinic(viewer.page), Person()
    theirs = viewer.page.context.browser.new_page(base_url=product.url)
    add_and_join(viewer.page, theirs, product, clinic, nadia, role="Administrator")
    theirs.close()
    appoint(viewer.page, clinic, nadia)
    viewer.home = clinic.url()


def _owner_of_a_closed_clinic(viewer: Viewer, product: Product) -> None:
    clinic = open_clinic(viewer.page)
    close_clinic(viewer.page, clinic)
    viewer.home = clinic.url()


def _of_a_closed_clinic(role: str) -> Callable[[Viewer, Product], None]:
    def _come(viewer: Viewer, product: Product) -> None:
        owners_page = viewer.page.context.browser.new_page(base_url=product.url)
        clinic = open_clinic(owners_page)
        add_and_join(owners_page, viewer.page, product, clinic, Person(), role=role)
        close_clinic(owners_page, clinic)
        owners_page.close()
        viewer.home = clinic.url()

    return _come


def _somebody_invited_elsewhere(viewer: Viewer, product: Product) -> None:
    owner = open_clinic(viewer.page).owner
    confirm_address(viewer.page, product, owner)
    theirs = viewer.page.context.browser.new_page(base_url=product.url)
    add_user(theirs, open_clinic(theirs), owner)
    theirs.close()


def _somebody_with_a_short_password(viewer: Viewer, product: Product) -> None:
    """As of a time when they had two-factor authentication beside it, which support has taken off."""
    clinic, short = open_clinic(viewer.page), "nine-tide"
    words = f"user = User.objects.get(email='{clinic.owner.email}'); user.set_password('{short}'); user.save()"
    product.manage("shell", "-c", words)
    viewer.page.context.clear_cookies()
    come_in(viewer.page, clinic.owner.email, short)
    viewer.home = clinic.url()


def _beside_somebody_enrolled(viewer: Viewer, product: Product) -> None:
    theirs = viewer.page.context.browser.new_page(base_url=product.url)
    clinic = open_clinic(viewer.page)
    add_and_join(viewer.page, theirs, product, clinic, Person())
    enrol(theirs)
    theirs.close()
    viewer.home = clinic.url()


def _with_a_passkey(viewer: Viewer, product: Product) -> None:
    open_clinic(viewer.page)
    Device(viewer.page)
    add_first(viewer.page)


def _with_an_app(viewer: Viewer, product: Product) -> None:
    open_clinic(viewer.page)
    enrol(viewer.page)


def _at_the_second_step(viewer: Viewer, product: Product) -> None:
    person = open_clinic(viewer.page).owner
    Device(viewer.page)
    add_first(viewer.page)
    go_out(viewer.page)
    show_password(viewer.page, person)


def _at_the_code(viewer: Viewer, product: Product) -> None:
    person = open_clinic(viewer.page).owner
    enrol(viewer.page)
    go_out(viewer.page)
    show_password(viewer.page, person)


def _somebody_asked_to_enrol(viewer: Viewer, product: Product) -> None:
    owners_page = viewer.page.context.browser.new_page(base_url=product.url)
    clinic = open_clinic(owners_page)
    add_and_join(owners_page, viewer.page, product, clinic, Person())
    enrol(owners_page)
    ask_everybody(owners_page, clinic)
    owners_page.close()
    viewer.home = clinic.url()


def _somebody_with_time_to_enrol(viewer: Viewer, product: Product) -> None:
    clinic = open_clinic(viewer.page)
    ask_everybody(viewer.page, clinic, until=(date.today() + timedelta(days=10)).isoformat())
    viewer.home = clinic.url()


VIEWERS = {
    "a stranger": (_stranger, STRANGER),
    "an attacker": (_stranger, {}),
    "tomasz": (_of_the_demo("tomasz"), ADMINISTRATOR),
    "priya": (_of_the_demo("priya"), RECEPTIONIST),
    "ada": (_of_the_demo("ada"), PRACTITIONER),
    "grace": (_of_the_demo("grace"), OWNER),
    "one of two owners": (_one_of_two_owners, ONE_OF_TWO_OWNERS),
    "the owner of a closed clinic": (_owner_of_a_closed_clinic, OWNER_OF_A_CLOSED_CLINIC),
    "somebody of a closed clinic": (_of_a_closed_clinic("Receptionist"), SOMEBODY_OF_A_CLOSED_CLINIC),
    "an administrator of a closed clinic": (_of_a_closed_clinic("Administrator"), ADMINISTRATOR_OF_A_CLOSED_CLINIC),
    "somebody with a short password": (_somebody_with_a_short_password, SOMEBODY_WITH_A_SHORT_PASSWORD),
    "somebody invited elsewhere": (_somebody_invited_elsewhere, SOMEBODY_INVITED_ELSEWHERE),
    "beside somebody enrolled": (_beside_somebody_enrolled, BESIDE_SOMEBODY_ENROLLED),
    "somebody with a passkey": (_with_a_passkey, WITH_A_PASSKEY),
    "somebody with an app": (_with_an_app, WITH_AN_APP),
    "somebody at the second step": (_at_the_second_step, AT_THE_SECOND_STEP),
    "somebody at the code": (_at_the_code, AT_THE_CODE),
    "somebody asked to enrol": (_somebody_asked_to_enrol, SOMEBODY_ASKED_TO_ENROL),
    "somebody with time to enrol": (_somebody_with_time_to_enrol, SOMEBODY_WITH_TIME_TO_ENROL),
}
PAGES = {name: (viewer, where) for viewer, (_come, pages) in VIEWERS.items() for name, where in pages.items()}
HALVES = [pytest.mark.xdist_group(f"browser-every-page-{half}") for half in (1, 2)]


def _in_halves() -> list:
    """The pages in two halves that two processes look at; a viewer, who comes in once, has theirs in one of them."""
    halves: list[list[str]] = [[], []]
    for _come, pages in sorted(VIEWERS.values(), key=lambda viewer: len(viewer[1]), reverse=True):
        min(halves, key=len).extend(pages)
    return [pytest.param(name, marks=mark) for half, mark in zip(halves, HALVES, strict=True) for name in half]


@pytest.fixture(scope="module")
def viewer(chromium: Browser, product: Product):
    """Return a viewer by name; each comes in once, when first asked for."""
    known: dict[str, Viewer] = {}

    def _viewer(name: str) -> Viewer:
        if name not in known:
            context = chromium.new_context(base_url=product.url)
            context.set_default_timeout(60_000)
            watcher = Watcher(context, product.url)
            known[name] = Viewer(context.new_page(), watcher)
            come, _pages = VIEWERS[name]
            come(known[name], product)
        return known[name]

    yield _viewer
    for each in known.values():
        each.page.context.close()


@pytest.fixture(params=_in_halves())
def opened(request, viewer, product) -> tuple[Page, Watcher]:
    """Each page, as the one sees it whom it is for."""
    who, where = PAGES[request.param]
    seen = viewer(who)
    page, watcher = seen.page, seen.watcher
    watcher.found.clear()
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": DESK, "height": 800})
    if callable(where):
        where(page, product)
    else:
        page.goto(urljoin(seen.home, where))
    return page, watcher


def test_a_page_is_whole_and_accessible(opened):
    """axe-core, horizontal overflow, console, content security policy, origin."""
    expect_whole(*opened)


@pytest.mark.nightly
def test_a_page_is_whole_and_accessible_in_every_light_and_width(opened):
    """At 390 and 1280 px, light and dark."""
    expect_whole_everywhere(*opened)


@HALVES[1]
@pytest.mark.parametrize("who", ["tomasz", "ada", "grace"])
def test_every_link_of_the_signed_in_pages_leads_to_a_page(viewer, who):
    """No page links to an address that answers with an error."""
    page = viewer(who).page
    seen, left = set(), [CLINIC]
    while left and len(seen) < 90:
        where = left.pop()
        if where in seen:
            continue
        seen.add(where)
        answer = read(page, where)
        assert answer.status == 200, where
        paths = [urlsplit(each).path for each in links_of(answer)]
        left += [each for each in paths if re.match(r"/(harbour|clinics|signup|me/)", each)]
    assert len(seen) > 8


@HALVES[1]
@pytest.mark.parametrize("directive", VIOLATIONS)
def test_what_the_policy_forbids_is_stopped_and_would_have_been_seen_above(viewer, directive):
    """A45: the browser refuses it, and the watcher of every page takes it down."""
    page, watcher = viewer("an attacker").page, viewer("an attacker").watcher
    page.goto("about:blank")
    watcher.found.clear()
    page.goto("/login/")
    assert watcher.found == []

    complaint = f"the policy on {directive} was violated"
    with page.context.expect_console_message(lambda message: complaint in message.text):
        page.evaluate(f"() => {{ try {{ {VIOLATIONS[directive]}; }} catch {{}} }}")

    assert [each for each in watcher.found if complaint in each], watcher.found
