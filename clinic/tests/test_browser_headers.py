"""What every answer tells the browser (A43 to A45, A50, C27)."""

import re

import pytest
from bs4 import BeautifulSoup
from django.test import Client

pytestmark = pytest.mark.django_db

PUBLIC = ["/", "/login/", "/signup/", "/password/reset/", "/invitations/", "/nowhere/at/all/"]
INSIDE = ["/clinics/", "/harbour-physio/", "/harbour-physio/me/", "/harbour-physio/settings/users/"]


@pytest.fixture(params=PUBLIC + INSIDE)
def answer(request, cast, sign_in):
    """Each page: the public ones to a stranger, the others to Adam."""
    client = Client() if request.param in PUBLIC else sign_in(cast.administrator)
    return client.get(request.param)


def policy_of(answer) -> dict[str, list[str]]:
    directives = [each.split() for each in answer["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in directives}


def test_nothing_runs_loads_or_frames_that_is_not_ours(answer):
    """A45."""
    policy = policy_of(answer)

    for name in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert policy[name] == ["'none'"]
    assert policy["form-action"] == policy["style-src"] == ["'self'"]
    assert all("unsafe" not in value and "*" not in value for values in policy.values() for value in values)


def test_the_other_headers_are_there(answer):
    """A45."""
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}


def test_no_page_is_kept_in_a_cache(answer):
    """A50, C27."""
    for word in ("no-store", "private"):
        assert word in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_no_page_has_a_script_or_a_style_inside_it(answer):
    """A45: what stands in the page itself could be what somebody wrote."""
    page = BeautifulSoup(answer.text, "html.parser")

    assert [each for each in page.find_all("script") if each.get_text(strip=True)] == []
    assert page.find_all("style") == []
    assert page.find_all(style=True) == []
    assert not re.search(r"<[^>]+\son\w+\s*=", answer.text)


def test_every_form_that_changes_something_is_one_of_our_own(answer):
    """A43."""
    for form in BeautifulSoup(answer.text, "html.parser").find_all("form", method="post"):
        assert form.find("input", {"name": "csrfmiddlewaretoken"})


def test_a_script_of_a_page_carries_the_nonce_of_its_answer_which_is_never_the_same(cast):
    first, second = Client().get("/login/"), Client().get("/login/")
    nonces = [re.search(r"'nonce-([^']+)'", each["Content-Security-Policy"]).group(1) for each in (first, second)]

    assert nonces[0] != nonces[1]
    assert f'nonce="{nonces[0]}"' in first.text


def test_a_form_from_elsewhere_gets_a_page_that_says_what_to_do(cast):
    """A43."""
    response = Client(enforce_csrf_checks=True).post("/login/", {"email": "rita@harbour.example"})

    assert response.status_code == 403
    assert "<h1>" in response.text
    assert "Traceback" not in response.text


def test_an_address_of_nowhere_is_not_found_and_tells_nothing(cast, sign_in):
    response = sign_in(cast.receptionist).get("/nowhere/at/all/")

    assert response.status_code == 404
    assert "Traceback" not in response.text


def test_a_host_that_is_not_ours_is_refused(cast):
    """A47."""
    response = Client().get("/login/", HTTP_HOST="evil.example")

    assert response.status_code == 400
    assert "evil.example" not in response.text
