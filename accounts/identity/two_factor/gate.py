"""Whoever has to have two-factor authentication and has none is shown the way to one, and nothing else (A34, A66).

So is whoever signed in with nothing but a password that is too short to do alone (A1): to one, or to a longer password.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.core.requests import ours
from accounts.identity.password.rules import SHORTEST
from accounts.identity.two_factor import rules as two_factor_rules
from accounts.models import Member, User

REASON = "two-factor authentication required"
TOO_SHORT = "longer password required"


def stand_before(request: HttpRequest, member: Member) -> HttpResponse | None:
    """Answer in the view's place if `member`, fetched with their two-factor authentication, must set it up first.

    Or a longer password, where none is asked for and they have none.
    """
    home = f"/{member.account.slug}/"
    if member.must_set_up_two_factor:
        return _show_the_way(request, home=home, context={"account": member.account})
    has_two_factor = member.two_factor_since is not None
    if not member.user.showed_short_password or has_two_factor:
        return None
    return _ask_for_longer_password(request, home=home)


def stand_before_support(request: HttpRequest, user: User) -> HttpResponse | None:
    """The same if `user`, who is of our support, must set one up for that. Up to two queries."""
    needs_one = two_factor_rules.support_needs_two_factor(user)
    if not (needs_one or user.showed_short_password) or user.has_two_factor:
        return None
    home = reverse("support:index")
    return _show_the_way(request, home=home, context={}) if needs_one else _ask_for_longer_password(request, home=home)


def _show_the_way(request: HttpRequest, *, home: str, context: dict[str, Any]) -> HttpResponse:
    ours(request).refused_because = REASON
    return render(
        request, "accounts/identity/two_factor/required.html", {**context, **_way_back(request, home)}, status=403
    )


def _ask_for_longer_password(request: HttpRequest, *, home: str) -> HttpResponse:
    ours(request).refused_because = TOO_SHORT
    context = {"shortest": SHORTEST, **_way_back(request, home)}
    return render(request, "accounts/identity/password/longer.html", context, status=403)


def _way_back(request: HttpRequest, home: str) -> dict[str, Any]:
    """Where to go on afterwards. What a form does cannot be asked for again by its address alone."""
    was_sent = request.method == "POST"
    return {"way_back": home if was_sent else request.get_full_path(), "was_sent": was_sent}
