"""How long somebody stays signed in: while they do something, and not for ever (A15, A16, C9)."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.core.carried import Carried, carry
from accounts.core.errors import SignInAgain
from accounts.core.requests import ours
from accounts.core.security_log import note
from accounts.identity.sessions.actions import SEEN_WITHIN, note_seen
from accounts.identity.sessions.queries import idle_since_too_long, now_of, sign_in_with_limits, timeout_of
from accounts.identity.sessions.store import SHORT_PASSWORD, SIGN_IN_ID
from accounts.models import SignIn, User

# Why someone is signed out: against their will, or, as the last, since they left their only clinic (A70).
ENDED, IDLE, TOO_OLD, LEFT = "ended", "idle", "too old", "left"


class SessionLimitsMiddleware:
    """Signs out whose time is over or who was signed out elsewhere, and notes when somebody did something.

    `request.user` itself keeps to the limits, so that a page that only says no does, too. What a page's script asks for
    by itself is not doing something: such a view says `extends_session = False`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ours(request).sign_in = None
        request.user = cast("User", SimpleLazyObject(lambda: _within_limits(request)))
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Count it as something done."""
        if not getattr(getattr(view, "view_class", view), "extends_session", True):
            return None
        sign_in = current_sign_in(request)
        if sign_in is not None and now_of(sign_in) - sign_in.last_seen_at >= SEEN_WITHIN:
            note_seen(sign_in=sign_in)
            sign_in.last_seen_at = now_of(sign_in)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer whoever acts for a login that is gone, or was changed meanwhile, as if they came a moment later."""
        if not isinstance(exception, SignInAgain):
            return None
        if request.user.is_authenticated:
            sign_out_because(request, ENDED)
        return redirect_to_login(request.get_full_path())


def current_sign_in(request: HttpRequest) -> SignIn | None:
    """The sign-in of whoever is signed in, with its limits; None where nobody is, or it began in this very request."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return ours(request).sign_in


def _within_limits(request: HttpRequest) -> User | AnonymousUser:
    """Who is signed in, as long as their time lasts. One query beside those that find them."""
    was_signed_in = SESSION_KEY in request.session
    request.user = get_user(request)
    if isinstance(request.user, User):
        _hold_to_limits(request, request.user)
    elif was_signed_in:
        # The password is another one, or the login opens nothing any more.
        sign_out_because(request, ENDED)
    return request.user


def _hold_to_limits(request: HttpRequest, user: User) -> None:
    sign_in = sign_in_with_limits(user, request.session.get(SIGN_IN_ID, 0))
    if sign_in is None:
        sign_out_because(request, ENDED)
    elif sign_in.expires_at <= now_of(sign_in):
        sign_out_because(request, TOO_OLD)
    elif idle_since_too_long(sign_in):
        sign_out_because(request, IDLE, minutes=int(timeout_of(sign_in).total_seconds() // 60))
    else:
        ours(request).sign_in = sign_in
        user.showed_short_password = request.session.get(SHORT_PASSWORD, False)


def sign_out_because(request: HttpRequest, why: str, *, minutes: int = 0) -> None:
    """Sign out in this browser, and let the page that one signs in at again say why."""
    note("signed_out_by_limit", request, because=why)
    ours(request).ended_by_limit = True
    logout(request)
    carry(request, Carried.SIGNED_OUT, [why, minutes])
