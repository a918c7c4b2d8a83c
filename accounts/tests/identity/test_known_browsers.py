"""The cookie of a browser in which somebody has signed in before (A8). What it is for stands in test_throttle.py."""

from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.http import HttpRequest
from django.test import Client, override_settings

from accounts.identity.sessions.known_browsers import MOST_PEOPLE, SALT, known_as
from accounts.models import User
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.links import join
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

RITA = "rita@harbour.example"


def sign_in(email: str = RITA, client: Client | None = None) -> Client:
    client = client or Client()
    assert client.post("/login/", {"email": email, "password": PASSWORD}).status_code == 302
    return client


def is_known(client: Client, email: str = RITA) -> bool:
    request = HttpRequest()
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    return bool(known_as(request, email))


def test_a_completed_sign_in_sets_it(cast):
    assert is_known(sign_in())


def test_a_refused_one_does_not(cast):
    browser = Client()
    browser.post("/login/", {"email": RITA, "password": "wrong"})

    assert "known" not in browser.cookies


def test_joining_and_opening_a_clinic_set_it_too(cast):
    """A11: every page with a password."""
    assert is_known(join(cast.invited), "ivy@harbour.example")

    browser = Client()
    form = {"clinic_name": "Riverside", "first_name": "Nora", "last_name": "Nash", "email": "nora@riverside.example"}
    browser.post("/signup/", {**form, "password": PASSWORD})
    assert is_known(browser, "nora@riverside.example")


def test_it_outlives_signing_out(cast):
    browser = sign_in()
    browser.post("/logout/")

    assert is_known(browser)


def test_it_is_out_of_reach_of_scripts_and_other_sites_and_lasts_a_year(cast):
    cookie = sign_in().cookies["known"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 365 * 24 * 60 * 60
    assert not cookie["secure"], "The tests speak http."


def test_on_https_it_is_bound_to_https_and_this_host(cast):
    """A44."""
    with override_settings(SESSION_COOKIE_SECURE=True):
        cookie = sign_in().cookies["__Host-known"]

    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_it_holds_no_name_no_address_and_nothing_of_the_password(cast):
    cookie = sign_in().cookies["known"].value
    rita = User.objects.get(email=RITA)

    held = str(signing.loads(cookie, salt=SALT))
    for secret in ("rita", "Reyes", "harbour", rita.password, rita.password[-12:]):
        assert secret not in held


def test_it_is_nobody_elses(cast):
    assert not is_known(sign_in(), "paul@harbour.example")
    assert not is_known(sign_in(), "nobody@harbour.example")


def test_people_who_share_a_browser_are_all_known_there(cast):
    """A front desk."""
    browser = sign_in()
    browser.post("/logout/")
    sign_in("paul@harbour.example", browser)

    assert is_known(browser) and is_known(browser, "paul@harbour.example")


def test_it_stays_small_and_forgets_who_came_longest_ago(cast):
    browser = sign_in()
    for number in range(MOST_PEOPLE):
        browser.post("/logout/")
        user = MemberFactory(account=cast.clinic, user=UserFactory(email=f"person{number}@harbour.example")).user
        sign_in(user.email, browser)

    assert not is_known(browser)
    assert is_known(browser, "person0@harbour.example")
    assert len(browser.cookies["known"].value) < 800


def test_a_new_password_ends_it(cast):
    """A57: whoever had the old one is a stranger now."""
    browser = sign_in()
    rita = User.objects.get(email=RITA)
    rita.set_password("a boat called wednesday")
    rita.save()

    assert not is_known(browser)


def test_after_a_year_it_is_no_longer_believed(cast):
    browser = sign_in()

    with time_machine.travel(database_now() + timedelta(days=364)):
        assert is_known(browser)
    with time_machine.travel(database_now() + timedelta(days=366)):
        assert not is_known(browser)


@pytest.mark.parametrize(
    "forge",
    [
        lambda cookie, pk: cookie[:-2],
        lambda cookie, pk: "x" + cookie,
        lambda cookie, pk: "",
        lambda cookie, pk: "\x00",
        lambda cookie, pk: signing.dumps([[pk, "0" * 12, "0" * 16]], salt="somebody.elses"),
        lambda cookie, pk: signing.dumps([[pk, "0" * 12, "0" * 16]], salt=SALT),
    ],
)
def test_a_forged_one_is_nothing(cast, forge):
    browser = sign_in()
    browser.cookies["known"] = forge(browser.cookies["known"].value, cast.receptionist.user_id)

    assert not is_known(browser)


def test_it_opens_nothing_by_itself(cast, url):
    browser = sign_in()
    del browser.cookies["sessionid"]

    assert browser.get(url("home")).status_code == 302


@pytest.mark.database
def test_a_stranger_without_it_costs_no_query(cast, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not is_known(Client())
