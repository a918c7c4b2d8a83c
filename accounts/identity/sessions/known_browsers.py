"""Browsers in which a person has signed in before: guesses made elsewhere don't lock them out there (A8, A65).

A signed cookie says so, as in OWASP's "device cookies". It opens nothing and names no one. Several people may share a
browser, as at a front desk: each has a mark of their own in it, with an id of its own, by which the throttle counts. A
mark holds while the person's password stays the same and until their browsers are forgotten
(`User.browsers_forgotten`), so a copy of an old one is worth nothing.
"""

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.core.requests import ours
from accounts.models import User

# Marks of the release before had no id, under the salt "accounts.known_browsers": here they are no marks at all, and
# to code of that release, which may run beside this for a while, these are none.
SALT = "accounts.known_browsers.2"
DAYS = 365
SECONDS = DAYS * 24 * 60 * 60
MOST_PEOPLE = 12
_ID_BYTES = 9
_SEAL_BYTES = 12

# A mark: its id, and a seal over it that ends with the password and with `browsers_forgotten`.
Mark = tuple[str, str]


def cookie_name() -> str:
    """The name of the cookie; on https one that only this very host can set (A44)."""
    return "__Host-known" if settings.SESSION_COOKIE_SECURE else "known"


def known_as(request: HttpRequest, email: str) -> str:
    """The id of the mark that makes this browser known to be of the person with this address; "" if there is none.

    One query if the cookie names anyone, whether the address has a login or not (A9); asked once in a request.
    """
    asked: dict[str, str] = request.__dict__.setdefault("known_as", {})
    if email not in asked:
        asked[email] = _look_up(request, email)
    return asked[email]


def _look_up(request: HttpRequest, email: str) -> str:
    marks = _marks(request)
    user = User.objects.filter(email=email, pk__in=marks, is_active=True).first() if marks else None
    return _valid_id(marks, user) if user is not None else ""


def remember_browser(request: HttpRequest, user: User) -> None:
    """Let the answer to this request make the browser known to be `user`'s; one that is known keeps its mark's id.

    For whoever has shown all that signing in takes, or chosen a password by a link that was mailed. A new id is a new
    count: what anyone can repeat without the password must not end here (A20).
    """
    _set(request, user, _valid_id(_marks(request), user) or secrets.token_urlsafe(_ID_BYTES))


@contextmanager
def staying_known(request: HttpRequest, user: User) -> Iterator[None]:
    """Let the browser, if it is known to be `user`'s, stay so when what is done inside ends every mark of theirs.

    Its mark keeps the id, and with it the count. `user` is as they were before.
    """
    mark_id = _valid_id(_marks(request), user)
    yield
    now = User.objects.filter(pk=user.pk).first() if mark_id else None
    if now is not None:
        _set(request, now, mark_id)


def _set(request: HttpRequest, user: User, mark_id: str) -> None:
    ours(request).known_from_now_on = (user, mark_id)


def _marks(request: HttpRequest) -> dict[int, Mark]:
    """Whom the cookie names: a mark for each person's id, the newest first. Empty if it isn't ours, or is too old."""
    try:
        people = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return {}
    return {pk: (mark_id, seal) for pk, mark_id, seal in people}


def _valid_id(marks: dict[int, Mark], user: User) -> str:
    mark_id, seal = marks.get(user.pk, ("", ""))
    return mark_id if constant_time_compare(seal, _seal(user, mark_id)) else ""


def _seal(user: User, mark_id: str) -> str:
    text = f"{user.pk} {mark_id} {user.browsers_forgotten} {user.password}"
    digest = salted_hmac(SALT, text, algorithm="sha256").digest()[:_SEAL_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


class KnownBrowserMiddleware:
    """Sets the cookie with the answer to a request in which someone signed in, or was remembered otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        known: tuple[User, str] | None = getattr(request, "known_from_now_on", None)
        if known is not None:
            self._set_cookie(request, response, *known)
        return response

    def _set_cookie(self, request: HttpRequest, response: HttpResponse, user: User, mark_id: str) -> None:
        others = [(pk, *mark) for pk, mark in _marks(request).items() if pk != user.pk]
        people = [(user.pk, mark_id, _seal(user, mark_id)), *others][:MOST_PEOPLE]
        response.set_cookie(
            cookie_name(),
            signing.dumps(people, salt=SALT),
            max_age=SECONDS,
            secure=bool(settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
        )
