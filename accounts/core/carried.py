"""What a browser itself carries for an hour, in signed cookies, so that a stranger's visit leaves no row behind (A67).

A link in a mail keeps here what it said, so that the address can do without (A27); a session would be a row for
everyone who opens an address, real or made up. The browser can read what it holds, and change nothing. Signing out ends
it: the next person at this computer may be someone else.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

SECONDS = 60 * 60


class Carried(StrEnum):
    """What can be carried, one of each. The value is part of the cookie's name."""

    # What an invitation link said (A28).
    INVITATION = "invitation"
    # What the link said that confirms a first address.
    CONFIRMATION = "confirmation"
    # The change of address that the link to the new one confirms.
    NEW_ADDRESS = "new-address"
    # The change of address that the link to the old one objects to: its recipient need not sign in.
    OBJECTION = "objection"
    # The two-factor reset by support that the link stops: its recipient need not sign in.
    RECOVERY = "recovery"
    # Whose password the link resets, and its token.
    RESET = "reset"
    # What the login's record says of the new password, for the page that says that it is saved.
    RESET_DONE = "reset-done"
    # Why someone was signed out, and after how many minutes, for the page that they sign in at again.
    SIGNED_OUT = "signed-out"


def cookie_name(what: Carried) -> str:
    """The name of the cookie; on https one that only this very host can set (A44)."""
    return f"__Host-{what}" if settings.SESSION_COOKIE_SECURE else str(what)


def carry(request: HttpRequest, what: Carried, value: Any) -> None:
    """Let the browser carry `value`, which JSON can hold, from the answer to this request on; None ends it."""
    _changes(request)[what] = value


def carried(request: HttpRequest, what: Carried) -> Any:
    """What the browser carries; None if it is nothing, not ours, or more than an hour old."""
    changes = _changes(request)
    if what in changes:
        return changes[what]
    try:
        return signing.loads(request.COOKIES.get(cookie_name(what), ""), salt=_salt(what), max_age=SECONDS)
    except signing.BadSignature:
        return None


def drop(request: HttpRequest, *which: Carried) -> None:
    """Carry these no longer; without any named, nothing at all."""
    for what in which or Carried:
        carry(request, what, None)


def _changes(request: HttpRequest) -> dict[Carried, Any]:
    changes: dict[Carried, Any] = request.__dict__.setdefault("carried_from_now_on", {})
    return changes


def _salt(what: Carried) -> str:
    return f"accounts.carried.{what}"


class CarriedMiddleware:
    """Sets, and takes back, the cookies with the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for what, value in _changes(request).items():
            name = cookie_name(what)
            if value is not None:
                _set(response, name, signing.dumps(value, salt=_salt(what)), SECONDS)
            elif name in request.COOKIES:
                _set(response, name, "", 0)
        return response


def _set(response: HttpResponse, name: str, value: str, seconds: int) -> None:
    secure = bool(settings.SESSION_COOKIE_SECURE)
    response.set_cookie(name, value, max_age=seconds, secure=secure, httponly=True, samesite="Lax")
