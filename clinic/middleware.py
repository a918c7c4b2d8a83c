"""Middleware that knows nothing of clinics: limits, caching, and the context of log lines."""

import codecs
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from clinic.browser_policy import PERMISSIONS_POLICY
from clinic.client_ip import client_ip

GetResponse = Callable[[HttpRequest], HttpResponse]

# Reading a refused body to its end is what lets the browser show our answer instead of "connection reset"; a body
# beyond this is not worth the time.
MOST_TO_DRAIN = 32 * 1024 * 1024
DRAIN_STEP = 64 * 1024
OUR_ENCODING = "utf-8"


class RequestLogMiddleware:
    """Gives each request an id that stands in all of its log lines and in the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid4().hex
        # Not undone afterwards: Django writes its own line about a 4xx or 5xx answer after all middleware.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id, ip=client_ip(request))
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class BrowserHeadersMiddleware:
    """Says with every answer, files included, what a page may use of the device, and that no other site may embed it.

    The other headers (A45) are Django's and django-csp's.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


class BodyLimitMiddleware:
    """Answers 413 with a page to a body larger than DATA_UPLOAD_MAX_MEMORY_SIZE, before anything reads it.

    And 400 to one that says it is in other characters than ours, as Django would believe any codec of Python's, and to
    one with a NUL in a header, which not every web server refuses by itself.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_in_our_encoding(request):
            raise BadRequest("This is not in UTF-8.")
        if any("\x00" in value for name, value in request.META.items() if name.startswith("HTTP_")):
            # No header may have one (RFC 9110, 5.5), and PostgreSQL keeps none: with a wrong password, some are kept.
            raise BadRequest("There is a NUL in a header.")
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            # Django reads it again with the body, and then nothing answers.
            length, request.META["CONTENT_LENGTH"] = 0, "0"
        if length <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            return self.get_response(request)
        self._drain(request, length)
        return render(request, "413.html", status=413)

    @staticmethod
    def _drain(request: HttpRequest, length: int) -> None:
        left = min(length, MOST_TO_DRAIN)
        while left > 0 and (read := request.read(min(left, DRAIN_STEP))):
            left -= len(read)


def _is_in_our_encoding(request: HttpRequest) -> bool:
    """Whether a request says nothing else. A word for no codec says nothing."""
    try:
        return codecs.lookup((request.content_params or {}).get("charset", OUR_ENCODING)).name == OUR_ENCODING
    except (LookupError, ValueError):
        return True


class CacheControlMiddleware:
    """Keeps pages out of every cache: what is behind a sign-in must not come back with the Back button (C27, A50).

    Static files are served further out and keep their own headers.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        add_never_cache_headers(response)
        patch_vary_headers(response, ["Cookie"])
        return response
