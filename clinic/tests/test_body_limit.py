"""What is too large to send is answered with a page, before anything reads it."""

import time

import pytest
from django.test import Client, RequestFactory

from accounts.models import Member, User
from accounts.tests.factories import PASSWORD
from clinic.middleware import MOST_TO_DRAIN, BodyLimitMiddleware

pytestmark = [pytest.mark.django_db, pytest.mark.policy]

LIMIT = 1024 * 1024


def test_the_limit_is_a_megabyte(settings):
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == LIMIT


def test_a_form_that_is_too_large_gets_a_page_that_says_so_and_changes_nothing(client):
    response = client.post("/signup/", {"clinic_name": "x" * (LIMIT + 1)})

    assert response.status_code == 413
    assert "That is too large to send" in response.text
    assert "nothing was changed" in response.text
    assert not User.objects.exists()


def test_it_is_refused_before_the_form_of_our_own_page_is_asked_for():
    """Otherwise the check of the form would read it first."""
    assert Client(enforce_csrf_checks=True).post("/signup/", {"clinic_name": "x" * (LIMIT + 1)}).status_code == 413


def test_a_form_just_below_the_limit_is_read(client):
    response = client.post("/signup/", {"clinic_name": "x" * (LIMIT - 2000)})

    assert response.status_code == 422


def test_the_page_has_the_same_headers_as_every_other(client):
    response = client.post("/signup/", {"clinic_name": "x" * (LIMIT + 1)})

    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_more_fields_than_any_form_of_ours_has_are_refused(client):
    response = client.post("/login/", {f"field{number}": "x" for number in range(2001)})

    assert response.status_code == 400


def read_of(length: str, body: bytes) -> int:
    """How much of a body the middleware reads before it refuses it."""
    request = RequestFactory().post("/", b"", content_type="text/plain")
    request.META["CONTENT_LENGTH"] = length
    left = [body]

    def read(size: int) -> bytes:
        taken, left[0] = left[0][:size], left[0][size:]
        return taken

    request.read = read
    response = BodyLimitMiddleware(lambda _request: pytest.fail("it was let through"))(request)
    assert response.status_code == 413
    return len(body) - len(left[0])


def test_a_refused_body_is_read_to_its_end_so_that_the_browser_shows_the_answer():
    assert read_of(str(2 * LIMIT), b"x" * (2 * LIMIT)) == 2 * LIMIT


def test_a_body_that_goes_on_and_on_is_not():
    assert read_of(str(10**12), b"x" * (MOST_TO_DRAIN + LIMIT)) == MOST_TO_DRAIN


def test_a_body_that_breaks_off_is_not_waited_for():
    assert read_of(str(2 * LIMIT), b"x" * 10) == 10


@pytest.mark.parametrize("length", ["", "not a number", "-5"])
def test_a_length_that_is_none_is_taken_for_nothing(length):
    request = RequestFactory().get("/")
    request.META["CONTENT_LENGTH"] = length

    assert BodyLimitMiddleware(lambda _request: "the page")(request) == "the page"


# What is small, and odd (each is answered with a page; an error of ours would be raised here)

BOUNDARY = "xxBOUNDARYxx"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
FORM = "application/x-www-form-urlencoded"


def part(headers: str, body: str = "x") -> str:
    return f"--{BOUNDARY}\r\n{headers}\r\n\r\n{body}\r\n"


def parts(*each: str) -> bytes:
    return ("".join(each) + f"--{BOUNDARY}--\r\n").encode()


FILE = part('Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain')
FIELD = part('Content-Disposition: form-data; name="email"')
ODD = {
    "a file where none is taken": (MULTIPART, parts(FIELD, FILE)),
    "more files than there are forms": (MULTIPART, parts(FILE * 101)),
    "a file without a name": (MULTIPART, parts(part('Content-Disposition: form-data; name="f"; filename=""'))),
    "a file that climbs": (MULTIPART, parts(part('Content-Disposition: form-data; name="f"; filename="../../x"'))),
    "two thousand parts": (MULTIPART, parts(FIELD * 2001)),
    "parts without headers": (MULTIPART, parts(part("") * 1000)),
    "parts without names": (MULTIPART, parts(part("Content-Disposition: form-data") * 1000)),
    "a part with endless headers": (MULTIPART, parts(part("X-A: b\r\n" * 20_000 + "Content-Disposition: form-data"))),
    "a part in a part": (MULTIPART, parts(part(f"Content-Type: {MULTIPART}", parts(FIELD).decode()))),
    "a part that is not base64": (
        MULTIPART,
        parts(part('Content-Disposition: form-data; name="email"\r\nContent-Transfer-Encoding: base64', "=!=")),
    ),
    "parts that break off": (MULTIPART, parts(FIELD)[:-40]),
    "no boundary": ("multipart/form-data", parts(FIELD)),
    "a boundary of another": (f"{MULTIPART}y", parts(FIELD)),
    "an endless boundary": (f"multipart/form-data; boundary={'x' * 5000}", parts(FIELD)),
    "a boundary that is none": ("multipart/form-data; boundary=\xe9", parts(FIELD)),
    "two thousand fields": (FORM, b"&".join(b"f=%d" % number for number in range(2001))),
    "only separators": (FORM, b"&" * 500_000),
    "deep brackets": (FORM, b"email" + b"[a]" * 100_000 + b"=x"),
    "broken escapes": (FORM, b"email=%zz%&password=%ff%fe%u0041"),
    "nothing readable": (FORM, bytes(range(256)) * 100),
    "a character set of another time": (f"{FORM}; charset=utf-7", b"email=+ADw-"),
    "a character set that is none": (f"{FORM}; charset=none-such", b"email=x"),
    "a character set that is a codec": (f"{FORM}; charset=zlib", b"email=x"),
    "parts of a codec": (f"{MULTIPART}; charset=hex", parts(FIELD)),
    "json": ("application/json", b"[" * 100_000),
    "xml": ("text/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    "no type": ("", b"email=x"),
}


@pytest.mark.parametrize("address", ["/login/", "/signup/", "/theme/", "/logout/", "/password/reset/", "/invitations/"])
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.everyday("odd", "address")
def test_what_no_browser_sends_is_answered_with_a_page(address, odd):
    kind, body = ODD[odd]
    began = time.process_time()
    answer = Client().generic("POST", address, body, content_type=kind)

    assert answer.status_code < 500
    assert time.process_time() - began < 5
    assert not User.objects.exists()


@pytest.mark.parametrize("odd", ["more files than there are forms", "two thousand parts", "parts of a codec"])
def test_too_much_of_anything_and_what_cannot_be_read_is_refused_in_words(odd):
    kind, body = ODD[odd]
    answer = Client().generic("POST", "/login/", body, content_type=kind)

    assert answer.status_code == 400
    assert "That request could not be read" in answer.text and "nothing was changed" in answer.text


@pytest.mark.parametrize("more", ["", FILE])
def test_a_form_in_parts_is_a_form_and_a_file_in_it_counts_for_nothing(cast, more):
    """As our own scripts send it; no form of ours takes a file."""
    fields = {"email": "rita@harbour.example", "password": PASSWORD}
    body = parts(
        *(part(f'Content-Disposition: form-data; name="{name}"', value) for name, value in fields.items()), more
    )

    assert Client().post("/login/", data=body, content_type=MULTIPART).status_code == 302


@pytest.mark.parametrize("odd", ODD)
def test_somebody_signed_in_gets_a_page_too(cast, sign_in, url, odd):
    """Where the form is asked for a password, and read before the view is."""
    kind, body = ODD[odd]
    before = Member.objects.count()

    assert sign_in(cast.administrator).generic("POST", url("member_new"), body, content_type=kind).status_code < 500
    assert Member.objects.count() == before


@pytest.mark.parametrize(
    "address",
    [
        "/login/?" + "&".join(f"f{number}" for number in range(2500)),
        "/login/?next=" + "%2f" * 3000,
        "/login/?%ff=%fe&=&&%",
        "/harbour-physio/settings/users/?q=" + "%cc%81" * 2000,
        "/harbour-physio/settings/users/?page=" + "9" * 400,
        "/harbour-physio/settings/users/?q=%00&role=%00&status=%00",
        "/harbour-physio/settings/users/" + "9" * 400 + "/",
        "/harbour-physio/settings/users/9223372036854775808/",
        "/invitations/" + "9" * 400 + "-1-mail.x/",
        "/password/reset/" + "M" * 400 + "/a-b/",
        "/%00/",
        "/%ff%fe/",
        "/" + "a/" * 2000,
        "/static/../clinic/settings.py",
        "/static/%2e%2e/%2e%2e/clinic/settings.py",
        "/outbox/%2e%2e%2fclinic/",
    ],
    ids=lambda address: address[:50],
)
def test_an_address_that_no_page_of_ours_links_to_is_answered_with_a_page(cast, sign_in, address):
    answer = sign_in(cast.administrator).get(address)

    assert answer.status_code < 500
    assert "SECRET_KEY" not in (answer.getvalue() if answer.streaming else answer.content).decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_COOKIE", "sessionid=" + "a" * 8000),
        ("HTTP_COOKIE", "; ".join(f"c{number}=x" for number in range(1000))),
        ("HTTP_COOKIE", "sessionid=\x00; csrftoken=\xff; theme=<script>; =; ;;"),
        ("HTTP_ACCEPT_LANGUAGE", "a-" * 4000),
        ("HTTP_ACCEPT", "," * 8000),
        ("HTTP_USER_AGENT", "\x00\ud800" + "x" * 8000),
        ("HTTP_REFERER", "https://[evil"),
        ("HTTP_ORIGIN", "null"),
        ("HTTP_X_FORWARDED_FOR", "not an address, \x00"),
        ("HTTP_RANGE", "bytes=" + "0-1," * 2000),
        ("HTTP_IF_MODIFIED_SINCE", "the day before yesterday"),
        ("CONTENT_LENGTH", "-1"),
        ("CONTENT_TYPE", "text/plain; charset=hex"),
    ],
)
@pytest.mark.parametrize("address", ["/login/", "/static/css/base.css"])
def test_a_header_that_no_browser_sends_is_answered_with_a_page(cast, address, name, value):
    assert Client().get(address, **{name: value}).status_code < 500
    form = {"email": "rita@harbour.example", "password": PASSWORD}
    assert Client(enforce_csrf_checks=True).post("/login/", form, **{name: value}).status_code < 500
