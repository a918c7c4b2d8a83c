"""What somebody does who uses our mail as a weapon: each attack through real requests."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.models import Account, Member, OutboundEmail
from accounts.tests.factories import PASSWORD
from accounts.tests.links import CHOSEN
from accounts.tests.owners import VERIFIED
from accounts.tests.pages import typed_on

Deliver = Callable[[], list]


def sign_up(email: str, *, at: str = "203.0.113.9", browser: Client | None = None) -> HttpResponse:
    """Create a clinic with a new login, from an IP address."""
    form = {
        "clinic_name": "Riverside Physio",
        "first_name": "Nora",
        "last_name": "Nilsen",
        "email": email,
        "password": CHOSEN,
        "time_zone": "UTC",
        "submission": str(uuid4()),
    }
    return (browser or Client()).post("/signup/", form, REMOTE_ADDR=at)


def invite(browser: Client, slug: str, email: str, *, at: str = "203.0.113.9") -> HttpResponse:
    """Add somebody to the clinic with this slug, whose administrator is signed in."""
    form = {
        "first_name": "Lee",
        "last_name": "Lane",
        "email": email,
        "role": roles.SCHEDULER,
        "is_practitioner": "no",
        "submission": str(uuid4()),
        "reverify_password": CHOSEN,
    }
    return browser.post(f"/{slug}/settings/users/new/", form, REMOTE_ADDR=at)


def strangers_sign_up_and_invite(count: int, *, target: Callable[[int], str], at: str = "203.0.113.9") -> None:
    """So many clinics from one IP address, each of which invites five; `target` is whom the nth invites."""
    for number in range(count):
        browser = Client()
        answer = sign_up(f"nora@mail{number}.example", at=at, browser=browser)
        if answer.status_code == 302:
            slug = answer.url.strip("/")
            for turn in range(5):
                invite(browser, slug, target(5 * number + turn), at=at)


def close_and_reopen(owner: Client, clinic: Account, times: int) -> None:
    """Close the clinic and open it again."""
    for _ in range(times):
        closing = {"clinic_name": clinic.name, **VERIFIED}
        assert owner.post(reverse("accounts:account_closing", args=[clinic.slug]), closing).status_code == 302
        assert owner.post(reverse("accounts:account_reopening", args=[clinic.slug]), VERIFIED).status_code == 302


def require_two_factor_on_and_off(administrator: Client, clinic: Account, times: int) -> None:
    """Require two-factor authentication, and no longer."""
    page = reverse("accounts:account_security", args=[clinic.slug])
    for _ in range(times):
        for required in ({"require_two_factor": "on"}, {}):
            typed = typed_on(administrator.get(page), with_field="session_timeout")
            typed.pop("require_two_factor", None)
            assert administrator.post(page, {**typed, **required, **VERIFIED}).status_code == 302


def change_role_to_and_fro(administrator: Client, member: Member, times: int) -> None:
    """Give somebody another role, and another, so many times in all."""
    page = reverse("accounts:member", args=[member.account.slug, member.pk])
    for number in range(times):
        role = (roles.SCHEDULER, roles.RECEPTIONIST)[number % 2]
        form = {**typed_on(administrator.get(page)), "role": role, **VERIFIED}
        assert administrator.post(page, form).status_code == 302


def change_password_often(browser: Client, times: int, *, first: str = PASSWORD) -> None:
    """Change one's own password to and fro."""
    words = [first, "a boat called thursday"]
    for number in range(times):
        now, new = words[number % 2], words[(number + 1) % 2]
        answer = browser.post(reverse("accounts:password_change"), {"current_password": now, "password": new})
        assert answer.status_code == 302


def an_hour_passes() -> None:
    """Let everything in the outbox be an hour older."""
    by = timedelta(minutes=61)
    rows = OutboundEmail.objects.all()
    rows.update(created_at=F("created_at") - by, next_attempt_at=F("next_attempt_at") - by)


def mails_in_all(deliver_mail: Deliver) -> int:
    """How many messages go out: those that are due, and those that become due within the next hours."""
    for _ in range(4):
        sent = len(deliver_mail())
        an_hour_passes()
    return sent
