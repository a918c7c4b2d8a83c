"""The sign-in page: email and password, how often one may try, where one lands (A8 to A18, A43, A46)."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.test import Client

from accounts.models import Member, User
from accounts.tests.authenticators import give_backup_codes
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.links import alike
from accounts.tests.support_desk import support_staff
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

WRONG = "not the password at all"


def sign_in_as(email: str, password: str = PASSWORD, client: Client | None = None, **extra: str):
    return (client or Client()).post("/login/", {"email": email, "password": password}, **extra)


# Where one lands


def test_somebody_of_one_clinic_lands_on_its_home(cast, url):
    assert sign_in_as("rita@harbour.example").url == url("home")


def test_somebody_of_several_clinics_chooses(cast):
    """C10."""
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)

    assert sign_in_as("rita@harbour.example").url == "/clinics/"


def test_support_staff_without_a_clinic_are_let_in(db):
    support_staff("support@product.example")
    code, *_rest = give_backup_codes(User.objects.get(email="support@product.example"))
    browser = Client()
    browser.post("/login/", {"email": "support@product.example", "password": PASSWORD})

    page = browser.post("/login/code/?with=backup", {"code": code}, follow=True)

    assert page.redirect_chain == [("/support/", 302), ("/support/accounts/", 302)]
    assert page.status_code == 200


@pytest.mark.parametrize("spelling", ["RITA@HARBOUR.EXAMPLE", " rita@harbour.example ", "ｒita@harbour.example"])
def test_an_address_may_be_spelled_in_any_way_that_a_mail_server_takes_for_the_same(cast, url, spelling):
    """C13."""
    assert sign_in_as(spelling).url == url("home")


def test_whoever_is_signed_in_already_is_not_asked_again(cast, sign_in, url):
    assert sign_in(cast.receptionist).get("/login/").url == url("home")


def test_a_page_that_needs_a_sign_in_comes_back_after_it(cast, url):
    asked = Client().get(url("my_info"))
    assert asked.url == f"/login/?next={url('my_info')}"

    response = Client().post(asked.url, {"email": "rita@harbour.example", "password": PASSWORD})

    assert response.url == url("my_info")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "https://evil.example/",
        "https:evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "http://testserver@evil.example/",
        "http://testserver.evil.example/",
        "/clinics/\r\nSet-Cookie: a=b",
        "\t//evil.example",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(cast, url, target):
    """A46: by the address, and by the field in the form."""
    for data, address in [({"next": target}, "/login/"), ({}, "/login/")]:
        query = {} if data else {"query_params": {"next": target}}
        login = {"email": "rita@harbour.example", "password": PASSWORD, **data}
        response = Client().post(address, login, **query)

        assert response.status_code == 302
        assert response.url in {url("home"), "/clinics/%0D%0ASet-Cookie:%20a=b"}
        assert "Set-Cookie: a=b" not in str(response.headers)


# One answer to everybody who cannot (A9)


@pytest.fixture
def locked_out_people(cast):
    """Addresses that cannot sign in, each for another reason, and a password for each."""
    left = MemberFactory(account=cast.clinic, user=UserFactory(email="left@harbour.example"), is_active=False)
    off = MemberFactory(account=cast.clinic, user=UserFactory(email="off@harbour.example", is_active=False))
    assert left.user.check_password(PASSWORD) and off.user.check_password(PASSWORD)
    UserFactory(email="nowhere@harbour.example")
    return {
        "unknown": ("unknown@harbour.example", PASSWORD),
        "invited": ("ivy@harbour.example", PASSWORD),
        "inactive": ("left@harbour.example", PASSWORD),
        "switched off": ("off@harbour.example", PASSWORD),
        "in no clinic": ("nowhere@harbour.example", PASSWORD),
        "wrong password": ("rita@harbour.example", WRONG),
    }


def test_unknown_invited_inactive_and_wrong_all_get_the_same_answer(locked_out_people):
    """A9: status and body."""
    answers = {}
    for reason, (email, password) in locked_out_people.items():
        response = sign_in_as(email, password)
        answers[reason] = (response.status_code, alike(response.text).replace(email, "EMAIL"))

    assert answers["unknown"][0] == 422
    assert "That email and password don’t go together" in answers["unknown"][1]
    assert set(answers.values()) == {answers["unknown"]}


def test_the_sixth_try_gets_the_same_answer_too_whoever_it_is(locked_out_people):
    """A9: the lock itself must not tell who has a login."""
    with time_machine.travel(database_now(), tick=False):
        answers = {}
        for reason, (email, _password) in locked_out_people.items():
            for _ in range(5):
                sign_in_as(email, WRONG)
            response = sign_in_as(email, WRONG)
            answers[reason] = (response.status_code, alike(response.text).replace(email, "EMAIL"))

    assert answers["unknown"][0] == 429
    assert set(answers.values()) == {answers["unknown"]}


def test_a_wrong_password_is_not_shown_again(cast):
    assert WRONG not in sign_in_as("rita@harbour.example", WRONG).text


# How often one may try (A8, A10, A11)


def test_five_wrong_passwords_lock_the_login_for_a_quarter_of_an_hour_and_it_says_until_when(cast):
    """A8."""
    at = database_now().replace(hour=10, minute=0, second=0)
    with time_machine.travel(at, tick=False):
        for _ in range(4):
            assert sign_in_as("rita@harbour.example", WRONG).status_code == 422
        fifth = sign_in_as("rita@harbour.example", WRONG)

    assert fifth.status_code == 429
    assert "Too many wrong tries. Wait 15 min, until 10:15 (UTC), then try again." in fifth.text


def test_while_it_is_locked_the_right_password_does_not_help(cast):
    for _ in range(5):
        sign_in_as("rita@harbour.example", WRONG)

    assert sign_in_as("rita@harbour.example").status_code == 429


def test_after_the_wait_it_opens(cast, url):
    for _ in range(5):
        sign_in_as("rita@harbour.example", WRONG)

    with time_machine.travel(database_now() + timedelta(minutes=14)):
        assert sign_in_as("rita@harbour.example").status_code == 429
    with time_machine.travel(database_now() + timedelta(minutes=15, seconds=1)):
        assert sign_in_as("rita@harbour.example").url == url("home")


def test_tries_while_it_is_locked_do_not_make_the_wait_longer(cast, url):
    now = database_now()
    with time_machine.travel(now, tick=False):
        for _ in range(5):
            sign_in_as("rita@harbour.example", WRONG)
    with time_machine.travel(now + timedelta(minutes=10), tick=False):
        for _ in range(5):
            sign_in_as("rita@harbour.example", WRONG)
    with time_machine.travel(now + timedelta(minutes=15, seconds=1), tick=False):
        assert sign_in_as("rita@harbour.example").url == url("home")


def test_a_right_password_makes_the_count_start_again(cast, url):
    for _ in range(3):
        for _ in range(4):
            sign_in_as("rita@harbour.example", WRONG)
        assert sign_in_as("rita@harbour.example").url == url("home")


def test_another_spelling_of_the_address_is_the_same_count(cast):
    for spelling in ("rita@harbour.example", "RITA@harbour.example", "Rita@Harbour.Example ", "ｒita@harbour.example"):
        sign_in_as(spelling, WRONG)

    assert sign_in_as("rita@HARBOUR.example", WRONG).status_code == 429


def test_another_browser_is_the_same_count(cast):
    for number in range(4):
        sign_in_as("rita@harbour.example", WRONG, HTTP_USER_AGENT=f"Browser {number}")

    assert sign_in_as("rita@harbour.example", WRONG, HTTP_USER_AGENT="Browser 5").status_code == 429


def test_a_stranger_elsewhere_does_not_lock_somebody_out(cast, url):
    """A8: the count is of an address and a place together."""
    for _ in range(10):
        sign_in_as("olive@harbour.example", WRONG, REMOTE_ADDR="198.51.100.9")

    assert sign_in_as("olive@harbour.example", REMOTE_ADDR="203.0.113.5").url == url("home")


def test_one_persons_count_is_not_another_persons(cast, url):
    for _ in range(5):
        sign_in_as("rita@harbour.example", WRONG)

    assert sign_in_as("paul@harbour.example").url == url("home")


def test_a_forged_forwarding_header_resets_nothing(cast):
    """A10: without proxies of our own the header is anybody's word."""
    for number in range(4):
        sign_in_as("rita@harbour.example", WRONG, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")

    assert sign_in_as("rita@harbour.example", WRONG, HTTP_X_FORWARDED_FOR="203.0.113.99").status_code == 429


def test_behind_one_proxy_the_place_is_what_that_proxy_saw(cast, settings, url):
    """A10: the client's own part of the header, further left, changes nothing."""
    settings.TRUSTED_PROXIES = 1
    for number in range(5):
        last = sign_in_as(
            "rita@harbour.example",
            WRONG,
            REMOTE_ADDR="10.0.0.1",
            HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 198.51.100.9",
        )

    assert last.status_code == 429
    elsewhere = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.9, 203.0.113.5"}
    assert sign_in_as("rita@harbour.example", **elsewhere).url == url("home")


def test_the_throttle_keeps_nothing_of_what_was_typed(cast):
    """A52: people type passwords into the wrong field, and into the address."""
    for _ in range(3):
        Client().post(
            "/login/?secret=in-the-address",
            {"email": "rita@harbour.example", "password": WRONG, "other": "typed into a field"},
        )

    [attempt] = AccessAttempt.objects.all()
    assert attempt.failures_since_start == 3
    kept = str([getattr(attempt, field.name) for field in attempt._meta.fields])
    assert "rita@harbour.example" in kept
    for typed in (WRONG, "typed into a field", "in-the-address"):
        assert typed not in kept


def test_an_email_field_that_holds_no_address_is_not_counted_and_not_kept(cast):
    """It may be a password, typed into the wrong field."""
    Client().post("/login/", {"email": PASSWORD, "password": "x"})

    assert not AccessAttempt.objects.exists()


# The session


def test_the_key_of_the_session_is_another_after_signing_in(cast):
    """A14."""
    browser = Client()
    browser.post("/invitations/switch/")
    before = browser.session.session_key

    sign_in_as("rita@harbour.example", client=browser)

    assert before and browser.session.session_key != before
    planted = Client()
    planted.cookies["sessionid"] = before
    assert planted.get("/clinics/").status_code == 302


def test_signing_in_as_somebody_else_leaves_nothing_of_the_one_before(cast, sign_in, url):
    browser = sign_in(cast.administrator)
    session = browser.session
    session["left_behind"] = "by Adam"
    session.save()
    browser.post("/logout/")

    sign_in_as("rita@harbour.example", client=browser)

    assert "left_behind" not in browser.session


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(cast):
    cookie = sign_in_as("rita@harbour.example").cookies["sessionid"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_signing_in_needs_the_form_of_our_own_page(cast):
    """A43: otherwise somebody could be signed in as a stranger without noticing."""
    assert sign_in_as("rita@harbour.example", client=Client(enforce_csrf_checks=True)).status_code == 403


def test_somebody_made_inactive_is_out_at_the_next_request(cast, sign_in, url):
    """C4, A16."""
    rita = sign_in(cast.receptionist)
    assert rita.get(url("home")).status_code == 200

    Member.objects.filter(pk=cast.receptionist.pk).update(is_active=False)

    assert rita.get(url("home")).status_code == 302
    assert sign_in_as("rita@harbour.example").status_code == 422


def test_a_login_that_is_switched_off_is_out_at_the_next_request(cast, sign_in, url):
    """A16."""
    rita = sign_in(cast.receptionist)

    User.objects.filter(pk=cast.receptionist.user_id).update(is_active=False)

    assert rita.get(url("home")).status_code == 302


# Signing out (A16, A18)


def test_signing_out_ends_the_session_for_every_copy_of_it(cast, sign_in, url):
    rita = sign_in(cast.receptionist)
    copy = Client()
    copy.cookies["sessionid"] = rita.cookies["sessionid"].value
    assert copy.get(url("home")).status_code == 200

    assert rita.post("/logout/").url == "/login/"

    assert rita.get(url("home")).status_code == 302
    assert copy.get(url("home")).status_code == 302


def test_a_link_signs_nobody_out(cast, sign_in, url):
    """A18: a form only."""
    rita = sign_in(cast.receptionist)

    for method in (rita.get, rita.head):
        method("/logout/", follow=True)

    assert rita.get(url("home")).status_code == 200


def test_signing_out_needs_the_form_of_our_own_page(cast, url):
    """A43."""
    rita = Client(enforce_csrf_checks=True)
    rita.force_login(cast.receptionist.user, backend="accounts.authentication.MemberBackend")

    assert rita.post("/logout/").status_code == 403
    assert rita.get(url("home")).status_code == 200


@pytest.mark.parametrize(
    "page", ["/harbour-physio/", "/harbour-physio/me/", "/harbour-physio/settings/users/", "/clinics/"]
)
def test_signing_out_is_on_every_page(cast, sign_in, page):
    """A18."""
    assert 'action="/logout/"' in sign_in(cast.administrator).get(page).text
