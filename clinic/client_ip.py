"""Where a request came from, as far as it can be trusted (A10)."""

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """Return the client's address: the peer itself, or what the outermost of our own proxies saw.

    Only the last TRUSTED_PROXIES entries of X-Forwarded-For were written by proxies of ours; anything further left is
    the client's own word and is ignored.
    """
    peer = request.META.get("REMOTE_ADDR") or None
    count = settings.TRUSTED_PROXIES
    if not count:
        return peer
    seen = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
    return seen[-count] if len(seen) >= count else peer
