"""What people do with an authenticator app, seen from a browser."""

import time

import pyotp
from playwright.sync_api import Page, expect

from .people import PASSWORD, Clinic, Person

ASKED = "asks everybody for two-factor authentication"
SET_UP = "Set up two-factor authentication"


class App:
    """An authenticator app. A code is good once, so that it shows the next one early: the product takes that, too."""

    def __init__(self, key: str) -> None:
        self._totp = pyotp.TOTP(key.replace(" ", ""))

    def now(self) -> str:
        return self._totp.now()

    def next(self) -> str:
        return self._totp.at(int(time.time()), counter_offset=1)


def set_up(page: Page, *, keep: list[str] | None = None) -> None:
    """On the page that sets it up: enter what the app shows, and save the backup codes, in `keep` if that is given."""
    app = App(page.locator("#key").input_value())
    page.get_by_label("Authentication code").fill(app.now())
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Turn on").click()
    saved = page.get_by_role("button", name="I have saved my codes")
    expect(saved).to_be_visible()
    if keep is not None:
        keep.extend(page.locator("main code").all_inner_texts())
    saved.click()


def show_password(page: Page, person: Person) -> None:
    """The first step of signing in."""
    page.goto("/login/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def open_security(page: Page, clinic: Clinic) -> None:
    """From Settings, General."""
    page.goto(clinic.url("settings/general/"))
    page.get_by_role("link", name="Change security").click()
    expect(page.get_by_role("heading", level=1, name="Security")).to_be_visible()


def expect_gate(page: Page, clinic: Clinic) -> None:
    """Nothing of the clinic is shown but that it asks for it, and the way to it."""
    expect(page.get_by_role("heading", level=1, name=f"{clinic.name} {ASKED}")).to_be_visible()
    expect(page.get_by_role("link", name=SET_UP)).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
