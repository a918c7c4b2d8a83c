"""What answers of several rooms share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import add_never_cache_headers


def status_of(form: Any) -> int:
    """429 where the throttle says to wait, 422 for any other form that was refused."""
    return 429 if getattr(form, "is_locked", False) else 422


def forget_pages(answer: HttpResponse) -> HttpResponse:
    """Ask the browser, on the way out, to forget the pages it has seen and what scripts have stored (A50).

    Not "cookies": that would also drop the theme, which is no secret, and the cookie by which a browser is known, which
    is there to outlive a sign-out. The session's own is dropped by signing out. Browsers heed this on https only.
    """
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def never_leak(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Send `Referrer-Policy: no-referrer` and `no-store` with a redirect away from a secret address.

    The page that it leads to has no secret in its address, and keeps the site's own policy, without which its form
    would be sent with "Origin: null" and refused.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        if response.status_code in {301, 302, 303}:
            response["Referrer-Policy"] = "no-referrer"
        add_never_cache_headers(response)
        return response

    return guarded
