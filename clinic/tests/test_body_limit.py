"""What is too large to send is answered with a page, before anything reads it."""

import pytest
from django.test import Client, RequestFactory

from accounts.models import User
from clinic.middleware import MOST_TO_DRAIN, BodyLimitMiddleware

pytestmark = pytest.mark.django_db

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
