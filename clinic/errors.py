"""Error pages. Each says what happened and what to do; none needs the database."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.core.requests import ours

LONGEST_REASON = 200


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 400 page, or the 413 page where the reason is the size of what was sent."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that did not come from one of our own pages, or from a page left open for too long."""
    ours(request).refused_because = f"form: {reason}"[:LONGEST_REASON]
    return render(request, "403_csrf.html", status=403)
