"""Requests that no page of ours makes: each is answered, none is an error of ours."""

import time

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import PASSWORD
from accounts.text import canonical_email

pytestmark = pytest.mark.django_db


def test_a_very_long_address_is_refused_at_once(client):
    """Folding a long run of combining marks takes minutes; nobody may make us do it."""
    began = time.process_time()

    answer = client.post("/login/", {"email": "a" + "\u0301\u0316" * 50_000 + "@example.com", "password": "x"})

    assert answer.status_code == 422
    assert time.process_time() - began < 2


MARKS = "\u0301" * 100_000 + "\u0316" * 100_000


def test_a_very_long_password_is_refused_at_once(client):
    """Putting marks in order takes minutes."""
    began = time.process_time()

    answer = client.post("/login/", {"email": "rita@harbour.example", "password": MARKS})

    assert answer.status_code == 422
    assert time.process_time() - began < 2


def test_at_the_prompt_as_well(cast, sign_in):
    rita = sign_in(cast.receptionist)
    began = time.process_time()

    answer = rita.post("/me/security/two-factor/", {"code": "123456", "reverify_password": MARKS})

    assert answer.status_code == 422
    assert time.process_time() - began < 2


def test_sign_in_that_would_lead_back_to_itself_leads_home(cast, sign_in, url):
    assert sign_in(cast.receptionist).get("/login/?next=/login/").url == url("home")


@pytest.mark.parametrize("back", ["foo", "?x", "", "//evil.example", "/\\evil.example", "https://evil.example/"])
def test_the_theme_is_kept_wherever_the_form_says_it_stood(client, back):
    answer = client.post("/theme/", {"theme": "dark", "next": back})

    assert answer.url == "/"
    assert answer.cookies["theme"].value == "dark"


def test_opening_the_address_of_sign_out_signs_nobody_out(cast, sign_in, url):
    rita = sign_in(cast.receptionist)

    assert rita.get("/logout/").url == "/clinics/"
    assert rita.get(url("home")).status_code == 200


def test_signing_out_after_the_session_ended_leads_to_the_sign_in_page(client):
    assert client.post("/logout/").url == "/login/"


def test_a_button_pressed_after_the_session_ended_leads_to_its_page_after_signing_in(cast, client, url):
    answer = client.post(url("member_invitation", cast.invited.pk))
    answer = client.post(answer.url, {"email": "adam@harbour.example", "password": PASSWORD}, follow=True)

    assert answer.status_code == 200
    assert "Resend invitation email" in answer.text


def test_a_cookie_that_no_session_could_have_is_no_session(client):
    client.cookies[settings.SESSION_COOKIE_NAME] = "aaaaaaaaaaaa\x00"

    assert client.get("/login/").status_code == 200


def test_a_password_sent_along_to_a_page_outside_a_clinic_is_not_tried(cast, sign_in):
    """Otherwise every form would be a place to guess at, also where the path holds what no database takes."""
    adam = sign_in(cast.administrator)

    assert adam.post("/invitations/a%00b/", {"reverify_password": "a guess"}).status_code == 405
    assert not AccessAttempt.objects.exists()


def test_signing_up_takes_no_login_that_has_merely_no_password(client, cast):
    """Support staff made without a password, or somebody who joined and whose password was taken away."""
    staff = User.objects.create_superuser("sam@support.example")
    form = {"clinic_name": "X", "first_name": "X", "last_name": "Y", "password": PASSWORD}

    for email in (staff.email, "rita@harbour.example"):
        User.objects.filter(email=email).update(password="!", email_confirmed_at=None)
        assert client.post(reverse("accounts:signup"), {**form, "email": email}).status_code == 422
        assert not User.objects.get(email=email).has_usable_password()


def test_two_domains_that_are_two_are_not_folded_into_one():
    assert canonical_email("anna@straße.example") != canonical_email("anna@strasse.example")
    assert canonical_email("Anna@BÜCHER.example") == "anna@xn--bcher-kva.example"


def test_cancel_at_the_prompt_shows_the_form_as_it_was_typed(cast, sign_in, url):
    form = {
        "first_name": "Nina",
        "last_name": "Novak",
        "email": "nina@harbour.example",
        "mobile": "",
        "role": "practitioner",
        "is_practitioner": "yes",
    }

    page = sign_in(cast.administrator).post(url("member_new"), {**form, "reverify_cancel": "1"})

    assert "Verify your password" not in page.text
    assert 'value="nina@harbour.example"' in page.text
    assert not User.objects.filter(email="nina@harbour.example").exists()


def test_whoever_gives_up_the_last_right_to_a_page_lands_on_one_they_may_see(cast, sign_in, url):
    adam = sign_in(cast.administrator)
    form = {
        "first_name": "Adam",
        "last_name": "Adler",
        "mobile": "",
        "role": "receptionist",
        "is_practitioner": "no",
        "is_active": "yes",
        "version": cast.administrator.version,
        "reverify_password": PASSWORD,
    }

    assert adam.post(url("member", cast.administrator.pk), form, follow=True).status_code == 200
