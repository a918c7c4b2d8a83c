"""A clinic that asks everybody for a second factor shows whoever has none the way to one, and nothing else (A34)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Member

REASON = "two-factor authentication required"


def stand_before(request: HttpRequest, member: Member) -> HttpResponse | None:
    """Answer in the view's place where `member`, fetched with their second factor, must set one up first."""
    if not member.must_set_up_two_factor:  # type: ignore[attr-defined]
        return None
    request.refused_because = REASON  # type: ignore[attr-defined]
    # What a form does cannot be asked for again by its address alone.
    way_back = f"/{member.account.slug}/" if request.method == "POST" else request.get_full_path()
    context = {"account": member.account, "way_back": way_back, "was_sent": request.method == "POST"}
    return render(request, "two_factor_required.html", context, status=403)
