"""Where a request came from, as far as it can be trusted (A10)."""

import pytest
from django.test import RequestFactory

from clinic.client_ip import client_ip

PEER = "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        pytest.param(0, None, PEER, id="no proxy, no header"),
        pytest.param(0, "203.0.113.9", PEER, id="no proxy: the header is anybody's word"),
        pytest.param(1, "198.51.100.7", "198.51.100.7", id="what our proxy saw"),
        pytest.param(1, "203.0.113.9, 198.51.100.7", "198.51.100.7", id="what is further left is the client's word"),
        pytest.param(1, "1, 2, 3, 198.51.100.7", "198.51.100.7", id="however much of it there is"),
        pytest.param(2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7", id="what the outer of our two saw"),
        pytest.param(2, "198.51.100.7", PEER, id="fewer entries than proxies: it did not come through them"),
        pytest.param(1, "", PEER, id="an empty header"),
        pytest.param(1, " , ,", PEER, id="a header of nothing"),
        pytest.param(1, "2001:db8::7", "2001:db8::7", id="the longer kind of address"),
    ],
)
def test_the_client_is_the_peer_or_what_the_outermost_of_our_own_proxies_saw(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {}

    assert client_ip(RequestFactory().get("/", REMOTE_ADDR=PEER, **headers)) == expected


def test_a_request_from_nowhere_has_no_address(settings):
    """Through a socket file."""
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="")) is None


@pytest.mark.parametrize("proxies", [0, 1])
def test_an_address_that_the_server_writes_the_longer_way_is_the_same_address(settings, proxies):
    """A socket that takes both kinds writes IPv4 so; all of it would be one place to the throttle."""
    settings.TRUSTED_PROXIES = proxies

    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="::ffff:203.0.113.9")) == "203.0.113.9"
