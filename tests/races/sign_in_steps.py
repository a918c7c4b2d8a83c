"""Steps of the races about where somebody is signed in."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import F, Sum
from django.test import Client
from django.urls import reverse

from accounts.identity.sessions.known_browsers import cookie_name
from accounts.models import Member, SecurityEvent, SignIn
from tests.races.steps import PASSWORD, Race, signed_in

PAGE = reverse("accounts:security")

# Setting a race up


def sign_in_often(member: int, times: int) -> list[str]:
    """Sign somebody in in so many browsers, all a while ago; the keys of their sessions."""
    person = Member.objects.select_related("user").get(pk=member)
    keys = [signed_in(person).session.session_key for _ in range(times)]
    SignIn.objects.filter(user=person.user_id).update(last_seen_at=F("last_seen_at") - timedelta(hours=1))
    return keys


def make_known(email: str) -> str:
    """Sign somebody in; what makes that browser known."""
    browser = Client()
    browser.post(reverse("accounts:login"), {"email": email, "password": PASSWORD})
    return browser.cookies[cookie_name()].value


# Steps that race


def guess(email: str, mark: str, place: int) -> Race:
    """Try a wrong password with a mark, or none if it is empty; the status of the answer."""
    browser = Client(REMOTE_ADDR=f"203.0.113.{place}", HTTP_USER_AGENT=f"Browser {place % 3}")
    browser.cookies[cookie_name()] = mark
    yield
    return browser.post(reverse("accounts:login"), {"email": email, "password": "a wrong one"}).status_code


def open_page(key: str) -> Race:
    """Do something in a browser; the status of the answer."""
    browser = _browser(key)
    yield
    return browser.get(PAGE).status_code


def end_everywhere_else(key: str) -> Race:
    """**Sign out everywhere else** in a browser; the status of the answer."""
    browser = _browser(key)
    yield
    return browser.post(reverse("accounts:sign_ins_end")).status_code


def _browser(key: str) -> Client:
    browser = Client(raise_request_exception=False)
    browser.cookies[settings.SESSION_COOKIE_NAME] = key
    return browser


# Looking at what became of it


def sign_ins_of(member: int) -> dict[str, int]:
    """How many there are, and how often the person was told that some were ended."""
    user = Member.objects.get(pk=member).user_id
    told = SecurityEvent.objects.filter(user=user, kind=SecurityEvent.Kind.SESSIONS_ENDED)
    return {"sign_ins": SignIn.objects.filter(user=user).count(), "told": told.count()}


def failures_under_marks() -> int:
    """How many failures are counted for known browsers."""
    marks = AccessAttempt.objects.filter(username__startswith="mark:")
    return marks.aggregate(n=Sum("failures_since_start"))["n"] or 0
