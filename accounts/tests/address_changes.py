"""Somebody who changes the address they sign in with, as far as a test needs it (C2)."""

from collections.abc import Callable
from datetime import timedelta

from django.core.mail import EmailMessage
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.core.tokens import EmailChangeLink, Side
from accounts.models import EmailChange, Member, OutboundEmail, User
from accounts.tests.factories import PASSWORD
from accounts.tests.links import path_in
from clinic.clock import database_now

ASK = reverse("accounts:email_change")
AGAIN = reverse("accounts:email_change_again")
CANCEL = reverse("accounts:email_change_cancel")
CONFIRM = reverse("accounts:email_change_confirm")
OBJECT = reverse("accounts:email_objection")
OVERVIEW = reverse("accounts:security")

OLD, NEW = "rita@harbour.example", "rita@new.example"

Deliver = Callable[[], list[EmailMessage]]


def ask(browser: Client, email: str = NEW) -> HttpResponse:
    """Send the form with the password."""
    return browser.post(ASK, {"email": email, "reverify_password": PASSWORD}, follow=True)


def mail_to(deliver: Deliver, address: str) -> EmailMessage:
    """Send what is due; the newest mail to `address`."""
    return [each for each in deliver() if each.to == [address]][-1]


def link_to(deliver: Deliver, address: str) -> str:
    """The address of the button in it."""
    return path_in(mail_to(deliver, address))


def confirm(browser: Client, link: str) -> HttpResponse:
    """Open the link and press the button."""
    browser.get(link)
    return browser.post(CONFIRM, follow=True)


def move(browser: Client, deliver: Deliver, email: str) -> None:
    """Ask for the address and confirm it."""
    ask(browser, email)
    confirm(browser, link_to(deliver, email))
    assert User.objects.filter(email=email).exists()


def object_to(link: str, browser: Client | None = None) -> HttpResponse:
    """Open the link of the old address, in a browser of its own unless told, and press the button."""
    browser = browser or Client()
    browser.get(link)
    return browser.post(OBJECT, {"not_me": "yes"})


def objection_of(change: EmailChange) -> str:
    """The address of the link that objects to it, whether or not it was mailed."""
    return reverse("accounts:email_objection_link", args=[EmailChangeLink.of(change, Side.OLD).token()])


def choose_password(member: Member) -> User:
    """Have the password of the tests again, as by a reset link after an objection."""
    user = User.objects.get(pk=member.user_id)
    user.set_password(PASSWORD)
    user.save()
    return user


def pending_change(member: Member, **fields: object) -> EmailChange:
    """A change of address that waits, as a row."""
    now = database_now()
    given = {"old_email": member.user.email, "new_email": NEW, "old_was_confirmed": True, "asked_at": now, **fields}
    return EmailChange.objects.create(user=member.user, expires_at=now + EmailChange.TIME_TO_CONFIRM, **given)


def address_of(member: Member) -> str:
    """The address that somebody signs in with now."""
    return User.objects.get(pk=member.user_id).email


def only_change() -> EmailChange:
    """The one request there is."""
    return EmailChange.objects.get()


def pass_time(**time: float) -> None:
    """Let so much time have passed since every login was made, every change of address and every mail."""
    ago = timedelta(**time)
    fields = ("asked_at", "expires_at", "confirmed_at", "objection_until", "ended_at")
    EmailChange.objects.update(**{field: F(field) - ago for field in fields})
    User.objects.update(created_at=F("created_at") - ago)
    OutboundEmail.objects.update(created_at=F("created_at") - ago)
    Member.objects.update(joined_at=F("joined_at") - ago)
