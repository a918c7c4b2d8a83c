"""The cookie of a browser that need not show a code for a while (C8). Several people may share the browser."""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts.models import User

TRUSTED_FOR = timedelta(days=30)
_BYTES = 32


def new_token() -> str:
    """What the browser is to hold: 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> str:
    """What the database holds of it. It has no pattern to guess, so that a quick hash does."""
    return sha256(token.encode()).hexdigest()


def token_of(request: HttpRequest, user: User) -> str:
    """The token that this browser holds for `user`; "" where it holds none."""
    return request.COOKIES.get(_cookie_name(user), "")


def keep_token(response: HttpResponse, user: User, token: str) -> None:
    """Let the browser hold `token` for `user`."""
    response.set_cookie(
        _cookie_name(user),
        token,
        max_age=TRUSTED_FOR,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def _cookie_name(user: User) -> str:
    """One for each person, which says nothing of who; on https one that only this very host can set (A44)."""
    prefix = "__Host-" if settings.SESSION_COOKIE_SECURE else ""
    return f"{prefix}trusted-{salted_hmac('accounts.trusted', str(user.pk), algorithm='sha256').hexdigest()[:12]}"
