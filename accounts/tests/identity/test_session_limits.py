"""How long somebody stays signed in (A15, A16, C9)."""

from datetime import timedelta

import pytest
from django.contrib.auth import login
from django.db.models import F
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.identity.sessions.store import SIGN_IN_ID
from accounts.identity.sessions.upkeep import forget_expired_sign_ins
from accounts.identity.signing_in.entry import BACKEND
from accounts.models import Account, SignIn, TrustedBrowser
from accounts.tasks import forget_ended_sessions
from accounts.tests.authenticators import is_signed_in, show_password
from accounts.tests.factories import AccountFactory, MemberFactory
from clinic.clock import database_now

pytestmark = pytest.mark.database

SESSION = reverse("accounts:session")
LOGIN = reverse("accounts:login")


@pytest.fixture
def browser(cast, sign_in):
    return sign_in(cast.receptionist)


@pytest.fixture
def home(url):
    return url("home")


def nothing_done_for(**time):
    """As if so much time had passed since anybody did anything."""
    SignIn.objects.update(last_seen_at=F("last_seen_at") - timedelta(**time))


def set_timeout(clinic, minutes):
    Account.objects.filter(pk=clinic.pk).update(session_timeout=minutes)


def test_signing_in_is_written_down_with_browser_and_network(cast, client):
    client.post(LOGIN, {}, HTTP_USER_AGENT="x")
    show_password(client, cast.receptionist.user)

    sign_in = SignIn.objects.get()
    assert sign_in.user == cast.receptionist.user
    assert sign_in.ip_address == "127.0.0.1"
    assert client.session[SIGN_IN_ID] == sign_in.pk


def test_signing_out_takes_it_off_again(browser):
    browser.post(reverse("accounts:logout"))

    assert not SignIn.objects.exists()


def test_after_twelve_hours_of_nothing_one_is_out_and_told_why(browser, home):
    nothing_done_for(hours=12, minutes=1)

    answer = browser.get(home)

    assert answer.url.startswith(LOGIN)
    page = browser.get(answer.url).text
    assert "You were signed out because nothing was done for 12 hours." in page
    assert "because nothing" not in browser.get(answer.url).text


def test_before_that_one_stays_in(browser, home):
    nothing_done_for(hours=11, minutes=59)

    assert browser.get(home).status_code == 200


@pytest.mark.parametrize(("minutes", "label"), [(30, "30 minutes"), (10080, "7 days")])
def test_a_clinic_chooses_how_long(cast, browser, home, minutes, label):
    set_timeout(cast.clinic, minutes)
    nothing_done_for(minutes=minutes - 1)
    assert browser.get(home).status_code == 200

    nothing_done_for(minutes=minutes + 1)
    assert f"nothing was done for {label}" in browser.get(browser.get(home).url).text


def test_the_shortest_of_ones_clinics_holds_in_all_of_them(cast, browser, home):
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    set_timeout(cast.other_clinic, 30)
    nothing_done_for(minutes=31)

    assert browser.get(home).status_code == 302


def test_a_clinic_that_one_has_left_has_no_say(cast, browser, home):
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user, is_active=False)
    set_timeout(cast.other_clinic, 30)
    nothing_done_for(minutes=31)

    assert browser.get(home).status_code == 200


def test_doing_something_starts_the_time_anew(browser, home):
    nothing_done_for(hours=11)
    browser.get(home)
    nothing_done_for(hours=11)

    assert browser.get(home).status_code == 200


def test_it_is_written_at_most_once_a_minute(browser, home, django_assert_num_queries):
    browser.get(home)
    before = SignIn.objects.get().last_seen_at
    browser.get(home)

    assert SignIn.objects.get().last_seen_at == before


def test_what_a_script_asks_for_by_itself_is_not_doing_something(browser):
    nothing_done_for(hours=11)
    before = SignIn.objects.get().last_seen_at

    told = browser.get(SESSION).json()

    assert SignIn.objects.get().last_seen_at == before
    assert 3500 < told["seconds"] <= 3600
    assert told["can_be_kept"]


def test_keep_me_signed_in_starts_the_time_anew(browser):
    nothing_done_for(hours=11, minutes=59)

    told = browser.post(SESSION).json()

    assert told["seconds"] > 12 * 3600 - 5


def test_it_brings_nobody_back_whose_time_is_over(browser):
    nothing_done_for(hours=13)

    assert browser.post(SESSION).json() == {"signed_in": False}
    assert not is_signed_in(browser)


def test_a_stranger_is_told_nothing(client, db):
    assert client.get(SESSION).json() == {"signed_in": False}


def test_keeping_it_up_takes_a_form_of_our_own(cast):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.receptionist.user, backend="accounts.authentication.MemberBackend")

    assert strict.post(SESSION).status_code == 403


def test_after_two_weeks_everybody_signs_in_again_however_busy(browser, home):
    SignIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "Everybody signs in again after 14 days." in browser.get(browser.get(home).url).text


def test_that_cannot_be_put_off(browser):
    SignIn.objects.update(expires_at=database_now() + timedelta(seconds=50))

    told = browser.post(SESSION).json()

    assert told["seconds"] <= 50
    assert not told["can_be_kept"]


def test_one_that_was_ended_elsewhere_is_out_at_the_next_request(browser, home):
    SignIn.objects.all().delete()

    assert "You were signed out: from another browser" in browser.get(browser.get(home).url).text


def test_an_ended_session_is_of_no_use_even_if_its_cookie_was_copied(browser, home):
    copied = copy_of(browser)
    SignIn.objects.all().delete()
    browser.get(home)

    assert not is_signed_in(copied)


def test_a_session_that_names_no_sign_in_is_signed_out(browser, home):
    session = browser.session
    del session[SIGN_IN_ID]
    session.save()

    assert browser.get(home).status_code == 302
    assert not is_signed_in(browser)


def test_where_one_was_going_is_kept(browser, url):
    nothing_done_for(hours=13)

    assert browser.get(url("my_info")).url == f"{LOGIN}?next={url('my_info')}"


def test_the_support_site_is_under_the_same_limit(cast, client):
    user = cast.receptionist.user
    user.is_staff = True
    user.save()
    show_password(client, user)
    nothing_done_for(hours=13)

    assert client.get(reverse("support:accounts_account_changelist")).status_code == 302


def test_rows_that_are_over_are_forgotten(browser):
    SignIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    forget_expired_sign_ins()

    assert not SignIn.objects.exists()


def test_a_page_says_how_long_it_has(browser, home, client):
    assert 'data-session-seconds="43' in browser.get(home).text
    assert "data-session-seconds" not in client.get(LOGIN).text


# What was before ends with a new sign-in


def copy_of(browser):
    copied = Client()
    copied.cookies["sessionid"] = browser.cookies["sessionid"].value
    return copied


def sign_in_over(browser, user):
    """Let `user` sign in in a browser in which somebody is signed in, as a page does that lets them."""
    request = RequestFactory().post(LOGIN)
    request.session, request.sign_in = browser.session, SignIn.objects.get(pk=browser.session[SIGN_IN_ID])
    login(request, user, backend=BACKEND)
    request.session.save()
    browser.cookies["sessionid"] = request.session.session_key


def test_signing_in_again_ends_what_this_browser_was_before(cast, browser):
    """A14: the key is another one, too, and whoever copied the old one has nothing."""
    copied, before = copy_of(browser), browser.session[SIGN_IN_ID]
    sign_in_over(browser, cast.receptionist.user)

    assert is_signed_in(browser)
    assert list(SignIn.objects.values_list("pk", flat=True)) == [browser.session[SIGN_IN_ID]]
    assert browser.session[SIGN_IN_ID] != before
    assert not is_signed_in(copied)


def test_somebody_else_who_signs_in_ends_it_as_well(cast, browser):
    sign_in_over(browser, cast.practitioner.user)

    assert [sign_in.user for sign_in in SignIn.objects.all()] == [cast.practitioner.user]


def test_a_new_password_set_elsewhere_is_said_when_signing_in(browser, home, cast):
    cast.receptionist.user.set_password("something else entirely")
    cast.receptionist.user.save()

    assert "You were signed out: from another browser" in browser.get(browser.get(home).url).text


def test_a_clinic_that_is_locked_or_closed_has_no_say(cast, browser, home):
    for field in ("locked_at", "closed_at"):
        there = AccountFactory(
            **{field: database_now(), **({"erase_at": database_now()} if field == "closed_at" else {})}
        )
        MemberFactory(account=there, user=cast.receptionist.user)
        set_timeout(there, 30)
    nothing_done_for(minutes=31)

    assert browser.get(home).status_code == 200


def test_a_page_that_only_says_no_keeps_to_the_limits_too(browser, home):
    """It takes whoever is signed in for who they are, and has their Sign out."""
    assert "/logout/" in browser.get(f"{home}nowhere/").text
    nothing_done_for(hours=13)

    page = browser.get(f"{home}nowhere/")

    assert page.status_code == 404
    assert "/logout/" not in page.text


def test_those_idle_for_longer_than_any_clinic_allows_are_forgotten_and_no_others(cast, sign_in):
    sign_in(cast.receptionist)
    nothing_done_for(hours=2)
    sign_in(cast.owner)
    nothing_done_for(days=6, hours=23)

    forget_expired_sign_ins()

    assert [each.user for each in SignIn.objects.all()] == [cast.owner.user]


def test_a_trusted_browser_whose_time_is_over_is_forgotten(cast):
    now = database_now()
    for name, ends in {"over": now, "on": now + timedelta(days=1)}.items():
        TrustedBrowser.objects.create(
            user=cast.owner.user, token_hash=name, created_at=now, last_used_at=now, expires_at=ends
        )

    forget_ended_sessions()

    assert [each.token_hash for each in TrustedBrowser.objects.all()] == ["on"]
