"""Where a request came from, as far as it can be trusted (A10)."""

from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """Return the client's address: the peer itself, or what the outermost of our own proxies saw.

    Only the last TRUSTED_PROXIES entries of X-Forwarded-For were written by proxies of ours; anything further left is
    the client's own word and is ignored. What is no address counts as the peer's.
    """
    peer = request.META.get("REMOTE_ADDR") or None
    peer = (_address(peer) or peer) if peer else None
    count = settings.TRUSTED_PROXIES
    if not count:
        return peer
    seen = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
    return (_address(seen[-count]) or peer) if len(seen) >= count else peer


# Anyone with an IPv6 address has this much of the network, and could come from another address each time.
IPV6_NETWORK = 64


def network_of(address: str | None) -> str | None:
    """What an address is counted as: an IPv4 address as itself, an IPv6 address as its network."""
    if address is None or ":" not in address:
        return address
    return str(ip_network(f"{address}/{IPV6_NETWORK}", strict=False).network_address)


def _address(seen: str) -> str | None:
    """The address in what a proxy wrote, in its usual spelling: some add the port, some write IPv4 as IPv6."""
    host = seen.partition("]")[0].removeprefix("[") if seen.startswith("[") else seen
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped: IPv4Address | None = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
