"""Where a form may lead back to (A46): one function for every `next`, and what it lets through stays on this site."""

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.core.pages import path_here
from accounts.tests.factories import PASSWORD

pytestmark = pytest.mark.policy

HERE = "https://clinic.example/login/"
PIECES = st.sampled_from(
    [
        *("/", "//", "\\", "@", ":", "?", "#", "..", ".", "%2f", "%5c", "%0d%0a", "%09", "&", ";", "clinics/"),
        *("\t", "\r", "\n", "\r\n", "\0", "\x1f", "\x7f", "\x85", "\xa0", "\u2028", "\u200b", "\ufeff", " "),
        *("evil.example", "https:", "http:", "javascript:", "data:", "user:pw@", "[::1]", "①", "／", "＼", "。", "é"),
    ]
)
TARGETS = [
    *(
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "///evil.example",
        "////evil.example",
    ),
    *(
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "http://evil.example",
        "HTTPS://EVIL.EXAMPLE",
    ),
    *("//user:pw@evil.example", "https://clinic.example@evil.example", "//clinic.example\\@evil.example"),
    *(
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "\t//evil.example",
        " //evil.example",
        "\0//evil.example",
    ),
    *(
        "/clinics/\r\nSet-Cookie: a=b",
        "/clinics/\nLocation: //evil.example",
        "/\x85/evil.example",
        "/\u2028/evil.example",
    ),
    *(
        "／／evil.example",
        "/／evil.example",
        "//evil。example",
        "javascript:alert(1)",
        "data:text/html,x",
        "clinics/",
        "?x",
        "#x",
    ),
    *("//[::1]", "//[", "/" * 3000, "/" + "x" * 3000, "/é", "", "x"),
]


def as_a_browser_reads_it(address: str) -> str:
    """The host that an address leads to from ours, where the WHATWG URL standard differs from Python too."""
    trimmed = address.strip("".join(map(chr, range(0x21))))
    plain = trimmed.translate({ord(each): None for each in "\t\r\n"}).replace("\\", "/")
    if plain.startswith("//"):
        plain = f"//{plain.lstrip('/')}"
    return urlsplit(urljoin(HERE, plain)).netloc


@given(st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=40))
@example("/\\evil.example")
@example("/\t/evil.example")
def test_whatever_is_let_through_is_a_path_of_this_site_as_every_browser_reads_it(text):
    path = path_here(text)

    assert path in {"", text}
    if path:
        assert path.startswith("/") and path.isascii() and path.isprintable() and "\\" not in path
        assert as_a_browser_reads_it(path) == "clinic.example"


@given(st.lists(PIECES, max_size=6).map("".join))
def test_what_leads_elsewhere_is_never_let_through(text):
    try:
        leads_to = as_a_browser_reads_it(text)
    except ValueError:
        leads_to = "nowhere"
    if leads_to != "clinic.example":
        assert path_here(text) == ""


@pytest.mark.parametrize("target", TARGETS, ids=ascii)
def test_these_are_refused(target):
    assert path_here(target) == ""


@pytest.mark.parametrize(
    "path", ["/", "/clinics/", "/harbour-physio/settings/users/?q=a%20b&page=2", "/x/#part", "/a:b@c/", "/%E2%9C%93/"]
)
def test_these_are_ours(path):
    assert path_here(path) == path


@pytest.mark.django_db
@pytest.mark.parametrize("target", TARGETS, ids=ascii)
def test_every_form_with_a_next_keeps_to_it(cast, url, target):
    """A new one has to be added here: the templates and views are searched for it below."""
    login = {"email": "rita@harbour.example", "password": PASSWORD}
    answers = [
        Client().post("/login/", {**login, "next": target}),
        Client().post("/login/", login, query_params={"next": target}),
        Client().post("/theme/", {"theme": "dark", "next": target}),
        Client().post("/logout/", {"next": target}),
    ]

    assert [answer.url for answer in answers] == [url("home"), url("home"), "/", "/login/"]
    assert not [answer for answer in answers if "evil" in str(answer.headers) or "a=b" in str(answer.cookies)]


@pytest.mark.django_db
@pytest.mark.parametrize("target", TARGETS, ids=ascii)
def test_the_sign_in_page_does_not_carry_another_address_on(client, target):
    """The field on the page is what the next form sends."""
    assert 'name="next"' not in client.get("/login/", {"next": target}).text
