"""What the pages of support share."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from accounts.support import queries

LAYOUT = "support/base.html"


class SupportRequest(HttpRequest):
    """A request that `SupportSite` has let through: by somebody of support."""

    user: User


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page of support, with the numbers of requests and of two-factor resets that wait."""
    waiting = {"open_requests": queries.open_requests(), "open_recoveries": queries.open_recoveries()}
    return render(request, template, {**context, **waiting}, status=status)
