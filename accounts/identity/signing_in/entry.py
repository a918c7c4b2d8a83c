"""The one way in, whichever page the password was shown on (A11, A29).

Whoever has two-factor authentication is signed in only after the second step, which every page with a
password leads to. Until then the session says whose password was shown, and where to go on; it opens nothing by itself.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.access import policies
from accounts.core import queries
from accounts.identity.authentication import MemberBackend
from accounts.identity.sessions.actions import signing_in
from accounts.identity.sessions.store import SHORT_PASSWORD
from accounts.identity.two_factor.trusted.actions import use_trusted_browser
from accounts.identity.two_factor.trusted.cookie import token_of
from accounts.models import User
from clinic.clock import database_now

BACKEND = "accounts.authentication.MemberBackend"
TIME_FOR_TWO_FACTOR = timedelta(minutes=10)
# Fields of a form and what was typed into them; nothing secret.
Typed = dict[str, str]
_HALF_WAY = "half_way"
_PROVEN = "proven"
# Whether the password that was shown for either is a short one (A1).
_SHOWED_SHORT = "showed_short_password"
_TYPED = "typed_on_the_way_in"


@dataclass(frozen=True)
class HalfWay:
    """Somebody who has shown their password, and where they were going.

    Who `joins` may belong to no clinic yet, and is signed in by the page itself once it has let them join one.
    """

    user: User
    to: str
    joins: bool


def enter(request: HttpRequest, user: User, *, to: str = "") -> HttpResponse:
    """Sign in somebody who has shown their password, and go to `to`, or where they usually start."""
    return ask_for_two_factor(request, user, to=to) or let_in(request, user, to=to)


def ask_for_two_factor(
    request: HttpRequest, user: User, *, to: str = "", joins: bool = False, typed: Typed | None = None
) -> HttpResponse | None:
    """Send somebody who has shown their password on to the second step; None where they need not take it.

    With `joins` the page at `to` gets them back, as `proven_user`, and what they had `typed` there.
    """
    if not user.has_two_factor or use_trusted_browser(user=user, token=token_of(request, user)):
        return None
    request.session.cycle_key()
    forget_half_way(request)
    request.session[_HALF_WAY] = [*_until(user), to, joins]
    request.session[_SHOWED_SHORT] = user.showed_short_password
    _keep_typed(request, user, typed or {})
    return redirect("accounts:two_factor_sign_in")


def half_way(request: HttpRequest) -> HalfWay | None:
    """Who is at the second step in this browser.

    Nobody after ten minutes, once their password or two-factor authentication has changed, or where they may not sign
    in any more.
    """
    kept = request.session.get(_HALF_WAY)
    user = _still(request, kept[:3]) if kept else None
    if not kept or user is None:
        return None
    half = HalfWay(user, kept[3], kept[4])
    return half if half.joins or MemberBackend().user_can_authenticate(user) else None


def way_back(request: HttpRequest) -> str | None:
    """The page that whoever is, or was, at the second step came from, and where to; None where nobody was."""
    kept = request.session.get(_HALF_WAY)
    if not kept:
        return None
    to, joins = kept[3:]
    return to if joins else reverse("accounts:login", query={"next": to} if to else None)


def forget_half_way(request: HttpRequest) -> None:
    """Start again with the password."""
    for name in (_HALF_WAY, _PROVEN, _TYPED, _SHOWED_SHORT):
        request.session.pop(name, None)


def complete(request: HttpRequest, half: HalfWay) -> HttpResponse:
    """Go on after the second step: in, or back to the page that was waiting. Raises SignInAgain as `let_in` does."""
    if not half.joins:
        return let_in(request, half.user, to=half.to)
    typed = _typed_by(request, half.user)
    forget_half_way(request)
    request.session[_SHOWED_SHORT] = half.user.showed_short_password
    request.session.cycle_key()
    request.session[_PROVEN] = _until(half.user)
    _keep_typed(request, half.user, typed)
    return redirect(half.to)


def proven_user(request: HttpRequest) -> User | None:
    """Who has shown password and two-factor authentication for a page that signs them in later."""
    kept = request.session.get(_PROVEN)
    return _still(request, kept) if kept else None


def typed_before(request: HttpRequest) -> Typed:
    """What `proven_user` had typed there before the second step; nothing for anyone else."""
    user = proven_user(request)
    return _typed_by(request, user) if user is not None else {}


def _keep_typed(request: HttpRequest, user: User, typed: Typed) -> None:
    if typed:
        request.session[_TYPED] = [*_until(user), typed]


def _typed_by(request: HttpRequest, user: User) -> Typed:
    """What `user` typed, as long as the password that they have shown counts."""
    *whose, typed = request.session.get(_TYPED) or [{}]
    return dict(typed) if whose and _still(request, whose) == user else {}


def let_in(request: HttpRequest, user: User, *, to: str = "") -> HttpResponse:
    """Sign in somebody who has shown all that is asked of them, with `user` as it was read when they did.

    Raises SignInAgain where the login was erased since, or what they have shown is no longer enough (A29).
    """
    with signing_in(user):
        login(request, user, backend=BACKEND)
    forget_half_way(request)
    note_length(request, user)
    return redirect(to or first_page(user))


def note_length(request: HttpRequest, user: User) -> None:
    """Remember for as long as `user` is signed in whether the password they have just shown or chosen is short (A1)."""
    if user.showed_short_password:
        request.session[SHORT_PASSWORD] = True
    else:
        request.session.pop(SHORT_PASSWORD, None)


def first_page(user: User) -> str:
    """Where somebody goes after signing in: the home of their only clinic, or the choice of clinics.

    Support without a clinic goes to its own pages.
    """
    mine = list(queries.clinics_of(user)[:2])
    if not mine and policies.is_support(user):
        return reverse("support:index")
    return reverse("accounts:home", args=[mine[0].account.slug]) if len(mine) == 1 else reverse("accounts:clinics")


def _until(user: User) -> list[Any]:
    return [user.pk, _fingerprint(user), (database_now() + TIME_FOR_TWO_FACTOR).timestamp()]


def _still(request: HttpRequest, kept: list[Any]) -> User | None:
    user_id, fingerprint, until = kept
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not constant_time_compare(fingerprint, _fingerprint(user)):
        return None
    user.showed_short_password = request.session.get(_SHOWED_SHORT, False)
    return user if database_now().timestamp() < until else None


def _fingerprint(user: User) -> str:
    """Stands for how one signs in, which makes what was half done worthless once that is changed (A29)."""
    password, browsers_forgotten = user.proof
    return salted_hmac("accounts.entry", f"{browsers_forgotten} {password}", algorithm="sha256").hexdigest()
