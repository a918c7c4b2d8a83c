"""What pages behind a secret link share (A27)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import add_never_cache_headers


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
