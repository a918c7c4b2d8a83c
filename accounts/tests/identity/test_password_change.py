"""**Change password**, by somebody who knows it (A6, A13, A17, A20)."""

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse

from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.identity.password.actions import change_password
from accounts.models import SecurityEvent, TrustedBrowser, User
from accounts.tests.address_changes import OVERVIEW
from accounts.tests.factories import PASSWORD
from accounts.tests.links import CHOSEN
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

PAGE = reverse("accounts:password_change")
RITA = "rita@harbour.example"
WRONG = "That is not your password. Nothing was changed; try again."
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"


@pytest.fixture
def rita(cast, sign_in) -> Client:
    """Rita's browser."""
    return sign_in(cast.receptionist)


def change(browser: Client, current: str = PASSWORD, new: str = CHOSEN, **extra: str):
    """Send the form."""
    return browser.post(PAGE, {"current_password": current, "password": new}, follow=True, **extra)


def signs_in(password: str) -> bool:
    """Whether Rita does, with this password, in a new browser."""
    return Client().post("/login/", {"email": RITA, "password": password}).status_code == 302


# Changing it


def test_it_is_changed_from_the_overview(rita):
    assert f'href="{PAGE}"' in rita.get(OVERVIEW).text

    page = change(rita)

    assert page.redirect_chain == [(OVERVIEW, 302)]
    assert "Your password was changed. You are signed out everywhere else." in page.text
    assert signs_in(CHOSEN) and not signs_in(PASSWORD)


def test_it_is_kept_as_argon2id(cast, rita, settings):
    """A6: as the product has it, which tests do not for being slow."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", *settings.PASSWORD_HASHERS]

    change(rita)

    assert User.objects.get(pk=cast.receptionist.user_id).password.startswith("argon2$argon2id$")


def test_this_browser_stays_signed_in_under_a_new_key_and_others_are_out(cast, rita, sign_in):
    """A14, A17."""
    elsewhere, before = sign_in(cast.receptionist), rita.session.session_key

    change(rita)

    assert rita.get(OVERVIEW).status_code == 200 and rita.session.session_key != before
    assert elsewhere.get(OVERVIEW).status_code == 302


def test_a_copy_of_the_cookie_from_before_is_of_no_use(rita):
    thief = Client()
    thief.cookies["sessionid"] = rita.cookies["sessionid"].value
    assert thief.get(OVERVIEW).status_code == 200

    change(rita)

    assert thief.get(OVERVIEW).status_code == 302


def test_every_browser_is_asked_for_a_code_again(cast, rita):
    now = database_now()
    TrustedBrowser.objects.create(
        user=cast.receptionist.user, token_hash="x", created_at=now, last_used_at=now, expires_at=now
    )

    change(rita)

    assert not TrustedBrowser.objects.exists()


def test_older_reset_links_are_dead(cast, rita):
    """A25."""
    user = User.objects.get(pk=cast.receptionist.user_id)
    token = default_token_generator.make_token(user)

    change(rita)

    user.refresh_from_db()
    assert not default_token_generator.check_token(user, token)


def test_the_person_is_told_by_mail(cast, rita, deliver_mail):
    """A13."""
    change(rita, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.9")

    [message] = deliver_mail()
    assert (message.to, message.subject) == ([RITA], "Your password was changed")
    assert "Browser: Firefox on Linux" in message.body and "Network address: 203.0.113.9" in message.body
    assert CHOSEN not in message.body
    assert SecurityEvent.objects.get(kind=SecurityEvent.Kind.PASSWORD_CHANGED).user_id == cast.receptionist.user_id


def test_the_overview_says_since_when(rita):
    assert "Last changed on" not in rita.get(OVERVIEW).text

    change(rita)

    changed_at = SecurityEvent.objects.get(kind=SecurityEvent.Kind.PASSWORD_CHANGED).created_at
    assert f"Last changed on {changed_at:%-d %B %Y}" in rita.get(OVERVIEW).text


# Refused


def test_a_wrong_one_is_said_beside_its_field(rita):
    answer = change(rita, current="not the password at all")

    assert answer.status_code == 422
    assert f"Current password – {WRONG}" in answer.text
    assert signs_in(PASSWORD)


def test_all_that_is_wrong_is_said_at_once(rita):
    answer = change(rita, current="not the password at all", new="short")

    assert WRONG in answer.text and "Use at least 15 characters. This has 5." in answer.text


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("short", "Use at least 15 characters."),
        ("Harbour Physio Harbour Physio", "This is made of the clinic’s name"),
        (PASSWORD, "This is the password that you have now. Choose another."),
        ("", "Enter a password."),
    ],
)
def test_the_new_one_keeps_the_rules_of_every_other_page(rita, new, words):
    answer = change(rita, new=new)

    assert answer.status_code == 422 and words in answer.text
    assert signs_in(PASSWORD)


def test_no_password_comes_back_with_the_page(rita):
    answer = change(rita, current=PASSWORD, new="short")

    assert PASSWORD not in answer.text and 'value="short"' not in answer.text


def test_guesses_count_in_the_throttle_of_every_other_page(rita):
    """A20: else a session left alone is a place to guess at."""
    for _ in range(5):
        change(rita, current="not the password at all")

    answer = change(rita)

    assert answer.status_code == 429 and "Too many wrong tries." in answer.text
    assert not signs_in(CHOSEN)


def test_a_right_one_is_forgiven_the_tries_before(rita):
    for _ in range(4):
        change(rita, current="not the password at all")
    change(rita, new="short")

    for _ in range(4):
        assert change(rita, current="not the password at all").status_code == 422


def test_a_stranger_is_sent_to_sign_in(db):
    for method in (Client().get, Client().post):
        assert method(PAGE).url.startswith("/login/")


def test_it_needs_the_form_of_our_own_page(cast, rita):
    """A43."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = rita.cookies

    assert change(browser).status_code == 403
    assert signs_in(PASSWORD)


# Twice


def test_in_a_second_tab_the_old_one_is_no_longer_taken(rita):
    change(rita)

    answer = change(rita, new="another boat called friday")

    assert answer.status_code == 422 and WRONG in answer.text
    assert signs_in(CHOSEN)


def test_the_same_form_at_the_same_moment_changes_it_once(cast, deliver_mail):
    """Both had shown the old password before either was done."""
    mine, same = (User.objects.get(pk=cast.receptionist.user_id) for _ in range(2))
    change_password(user=mine, password=CHOSEN, origin=Origin(), keep=None)

    change_password(user=same, password=CHOSEN, origin=Origin(), keep=None)

    assert len(deliver_mail()) == 1


def test_another_form_at_the_same_moment_is_told_so(cast):
    mine, other = (User.objects.get(pk=cast.receptionist.user_id) for _ in range(2))
    change_password(user=mine, password=CHOSEN, origin=Origin(), keep=None)

    with pytest.raises(ActionRefused, match="was changed a moment ago") as refused:
        change_password(user=other, password="another boat called friday", origin=Origin(), keep=None)

    assert refused.value.field == "current_password"
    assert signs_in(CHOSEN)
