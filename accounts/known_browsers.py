"""Browsers in which somebody has signed in before: a stranger's guesses elsewhere do not lock them out (A8).

A signed cookie says so, as in OWASP's "device cookies". It opens nothing. It holds no name, is bound to the password of
each person in it, and so ends with a new one. Several people may share a browser, as at a front desk.
"""

from collections.abc import Callable

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

SALT = "accounts.known_browsers"
DAYS = 365
SECONDS = DAYS * 24 * 60 * 60
MOST_PEOPLE = 12


def cookie_name() -> str:
    """The name of the cookie; on https one that only this very host can set (A44)."""
    return "__Host-known" if settings.SESSION_COOKIE_SECURE else "known"


def is_known_browser(request: HttpRequest, email: str) -> bool:
    """Whether whoever has this address has signed in in this browser with the password they have now."""
    marks = _marks(request)
    user = User.objects.filter(email=email, pk__in=marks).first() if marks else None
    return user is not None and constant_time_compare(marks[user.pk], _mark(user))


def remember_browser(request: HttpRequest, user: User) -> None:
    """Let the answer to this request make the browser known to belong to `user`.

    Each completed sign-in does so by itself. For other ways to prove oneself, such as a link that was mailed.
    """
    request.known_from_now_on = user  # type: ignore[attr-defined]


def _marks(request: HttpRequest) -> dict[int, str]:
    """Whom the cookie names: a mark for each person's id, the newest first. Empty where it is not ours, or too old."""
    try:
        people = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return {}
    return dict(people)


def _mark(user: User) -> str:
    return salted_hmac(SALT, f"{user.pk} {user.password}", algorithm="sha256").hexdigest()[:24]


class KnownBrowserMiddleware:
    """Sets the cookie with the answer to a request in which somebody signed in, or was remembered otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user: User | None = getattr(request, "known_from_now_on", None)
        if user is not None:
            self._set_cookie(request, response, user)
        return response

    def _set_cookie(self, request: HttpRequest, response: HttpResponse, user: User) -> None:
        others = [(pk, mark) for pk, mark in _marks(request).items() if pk != user.pk]
        people = [(user.pk, _mark(user)), *others][:MOST_PEOPLE]
        response.set_cookie(
            cookie_name(),
            signing.dumps(people, salt=SALT),
            max_age=SECONDS,
            secure=bool(settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
        )
