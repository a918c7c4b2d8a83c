"""/outbox/: the mail of the embedded set, to be read on this machine only.

Not found unless OUTBOX_PAGES is set, as bin/dev does, and if EMAIL_URL is set or SITE_URL is not this machine.
"""

from collections.abc import Callable
from email.message import EmailMessage
from functools import wraps
from typing import Any

from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.configuration import LOOPBACK_HOSTS
from clinic.mail import read_stored, stored_names


def local_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 404 to anybody but this machine itself: the messages hold links that let people in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.OUTBOX_PAGES:
            raise Http404
        came_through_proxy = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
        if came_through_proxy or request.META.get("REMOTE_ADDR") not in LOOPBACK_HOSTS:
            raise Http404
        return view(request, *args, **kwargs)

    return login_not_required(guarded)


def _message(name: str) -> EmailMessage:
    if name not in stored_names():
        raise Http404
    return read_stored(name)


@local_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the newest messages."""
    stored = [(name, read_stored(name)) for name in stored_names()]
    return render(request, "outbox/index.html", {"messages_stored": stored})


@local_only
@require_safe
# The library has types for views of a request alone.
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def show(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message: its headers, its text, and a frame with its HTML."""
    message = _message(name)
    plain = message.get_body(("plain",))
    context = {"name": name, "message": message, "text": plain.get_content() if plain else ""}
    return render(request, "outbox/show.html", context)


@local_only
@require_safe
# The library has types for views of a request alone.
@csp_replace(  # type: ignore[arg-type]
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "script-src": ["'none'"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part of a message alone, without scripts; mail styles itself inline, which no page of ours does."""
    part = _message(name).get_body(("html",))
    content = part.get_content() if part else ""
    # Links open in a tab of their own: our pages refuse to be shown inside a frame.
    content = content.replace("<head>", '<head><base target="_blank">', 1)
    response = HttpResponse(content, content_type="text/html; charset=utf-8")
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
