"""Whoever has to have a second factor and has none is shown the way to one, and nothing else (A34, A66)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import two_factor_rules
from accounts.models import Member, User

REASON = "two-factor authentication required"


def stand_before(request: HttpRequest, member: Member) -> HttpResponse | None:
    """Answer in the view's place if `member`, fetched with their second factor, must set one up for their clinic."""
    if not member.must_set_up_two_factor:  # type: ignore[attr-defined]
        return None
    return _show_the_way(request, home=f"/{member.account.slug}/", context={"account": member.account})


def stand_before_support(request: HttpRequest, user: User) -> HttpResponse | None:
    """Answer in the view's place if `user`, who is of our support, must set one up for that. Up to two queries."""
    if not two_factor_rules.support_needs_two_factor(user) or user.has_two_factor:
        return None
    return _show_the_way(request, home=reverse("support:index"), context={})


def _show_the_way(request: HttpRequest, *, home: str, context: dict[str, Any]) -> HttpResponse:
    request.refused_because = REASON  # type: ignore[attr-defined]
    # What a form does cannot be asked for again by its address alone.
    way_back = home if request.method == "POST" else request.get_full_path()
    shared = {"way_back": way_back, "was_sent": request.method == "POST"}
    return render(request, "two_factor_required.html", {**context, **shared}, status=403)
