"""Two-factor authentication where things go differently: what nobody gets round or runs into (A29 to A33, C8)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import roles
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.tokens import InvitationLink
from accounts.identity.signing_in import entry
from accounts.identity.two_factor import actions as two_factor_actions
from accounts.identity.two_factor import set_up_views as two_factor
from accounts.identity.two_factor.actions import change_app, turn_on
from accounts.identity.two_factor.totp import codes as totp
from accounts.models import Authenticator, BackupCode, Member, TrustedBrowser
from accounts.tests.authenticators import (
    STEP,
    give_app,
    give_backup_codes,
    is_signed_in,
    key_on,
    later,
    show_code,
    show_password,
    shown,
)
from accounts.tests.factories import PASSWORD, PendingMemberFactory
from accounts.tests.owners import words_of
from accounts.tests.two_factor import require_two_factor
from clinic.clock import database_now

pytestmark = pytest.mark.database

SET_UP = reverse("accounts:two_factor")
OFF = reverse("accounts:two_factor_off")
CODES = reverse("accounts:backup_codes")
SECURITY = reverse("accounts:security")
INVITATION = reverse("accounts:invitation_accept")
LOGIN = reverse("accounts:login")


@pytest.fixture
def user(cast):
    return cast.receptionist.user


@pytest.fixture
def browser(cast, sign_in):
    return sign_in(cast.receptionist)


@pytest.fixture
def seed(user):
    return give_app(user)


# The password


@pytest.mark.parametrize("password", [PASSWORD, "not the password at all"])
def test_cancelling_the_question_for_the_password_does_not_stand_for_the_password(user, browser, password):
    key = key_on(browser.get(SET_UP))

    fields = {"code": shown(key), "reverify_password": password, "reverify_cancel": "1"}
    answer = browser.post(SET_UP, fields)

    assert answer.status_code == 422
    assert not user.has_two_factor


def test_nor_does_it_where_two_factor_authentication_is_turned_off(user, seed, browser):
    fields = {"present_code": shown(seed), "reverify_password": "not the password at all", "reverify_cancel": ""}

    assert browser.post(OFF, fields).status_code == 422
    assert user.has_two_factor


# Two at once


def acting(user, seed, **given):
    moment = database_now()
    return {"user": user, "seed": seed, "code": shown(seed, at=moment), "origin": Origin(), "keep": None, **given}


def test_an_app_is_not_replaced_by_a_form_that_sets_up_the_first(user, seed):
    """The other form was sent at the same moment: it took a code of no app, since there was none."""
    with pytest.raises(ActionRefused, match="is on already"):
        turn_on(**acting(user, totp.new_seed()))

    assert Authenticator.objects.get().seed != ""
    assert not user.backup_codes.exists()


def test_an_app_that_is_gone_meanwhile_is_not_replaced(user):
    with pytest.raises(ActionRefused, match="was turned off meanwhile"):
        change_app(**acting(user, totp.new_seed()))

    assert not user.has_two_factor


def test_a_first_app_comes_with_ten_codes_whatever_was_left_over(user):
    give_backup_codes(user)

    codes = turn_on(**acting(user, totp.new_seed()))

    assert len(codes) == BackupCode.objects.filter(user=user).count() == 10


# A key that was lost


def with_a_lost_key(user):
    Authenticator.objects.filter(user=user).update(seed="gAAAAA-made-with-another-key")


@pytest.mark.parametrize("page", [SET_UP, OFF])
def test_where_the_key_was_lost_the_pages_of_ones_own_say_so_and_take_a_backup_code(user, seed, browser, page):
    codes = give_backup_codes(user)
    with_a_lost_key(user)
    fields = {"reverify_password": PASSWORD}
    if page == SET_UP:
        fields["code"] = shown(key_on(browser.get(SET_UP)))

    answer = browser.post(page, {**fields, "present_code": "123456"})

    assert answer.status_code == 422
    assert "Codes of your app can’t be checked just now" in words_of(answer)
    assert browser.post(page, {**fields, "present_code": codes[0]}).status_code == 302


# Turning it off


def test_while_a_clinic_asks_for_it_the_page_says_so_and_takes_nothing(cast, user, seed, browser):
    codes = give_backup_codes(user)
    require_two_factor(cast.clinic)

    page = browser.get(OFF)
    answer = browser.post(OFF, {"present_code": codes[0], "reverify_password": PASSWORD})

    for each in (page, answer):
        assert "Harbour Physio asks everybody for two-factor authentication" in words_of(each)
        assert 'name="present_code"' not in each.content.decode()
    assert (page.status_code, answer.status_code) == (200, 422)
    assert BackupCode.objects.filter(used_at=None).count() == 10


def test_it_can_be_turned_off_where_the_clinic_that_asks_is_not_theirs_any_more(cast, user, seed, browser):
    Member.objects.filter(pk=cast.practitioner.pk).update(user=user, account=cast.other_clinic, is_active=False)
    require_two_factor(cast.other_clinic)

    browser.post(OFF, {"present_code": shown(seed), "reverify_password": PASSWORD})

    assert not user.has_two_factor


# Changes end what others began (A17)


def test_new_backup_codes_sign_out_everywhere_else_and_trust_no_browser(user, seed, browser):
    other = Client()
    codes = give_backup_codes(user)
    show_password(other, user)
    show_code(other, shown(seed), trust="on")

    browser.post(CODES, {"reverify_password": PASSWORD, "present_code": codes[0]})

    assert is_signed_in(browser)
    assert not is_signed_in(other)
    assert not TrustedBrowser.objects.exists()


# At the second step


def test_somebody_made_inactive_meanwhile_starts_again_and_was_never_signed_in(cast, user, seed, client):
    show_password(client, user)
    Member.objects.filter(pk=cast.receptionist.pk).update(is_active=False)

    assert show_code(client, shown(seed)).url == LOGIN
    assert not user.security_events.exists()


def test_a_session_from_before_the_password_is_worth_nothing_half_way(invited, user, seed, client):
    """A14: somebody may have put it there, or seen its key."""
    client.get(reverse("accounts:invitation", args=[InvitationLink.of(invited.invitation).token()]))
    before = Client()
    before.cookies["sessionid"] = client.session.session_key
    client.post(INVITATION, {"password": PASSWORD})

    assert show_code(before, shown(seed)).url == LOGIN
    assert show_code(client, shown(seed)).url == INVITATION


def test_half_way_opens_no_address_that_takes_somebody_signed_in(user, seed, client):
    show_password(client, user)

    for name in ("security", "two_factor", "backup_codes", "backup_codes_file", "clinics", "email_confirm"):
        assert client.get(reverse(f"accounts:{name}")).url.startswith(LOGIN), name
    assert client.get(reverse("support:index")).url.startswith(LOGIN)


def test_after_ten_minutes_the_page_says_why_one_starts_again_and_where_one_was_going_is_kept(user, seed, client):
    client.post(LOGIN, {"email": user.email, "password": PASSWORD, "next": "/harbour-physio/me/"})

    with later(entry, minutes=11):
        answer = show_code(client, shown(seed))
        page = client.get(answer.url)

    assert answer.url == f"{LOGIN}?next=%2Fharbour-physio%2Fme%2F"
    assert "Enter your password again" in words_of(page)
    assert 'value="/harbour-physio/me/"' in page.content.decode()


def test_a_stranger_at_the_second_step_is_told_nothing(client, db):
    assert "again" not in words_of(client.get(STEP, follow=True))


@pytest.fixture
def invited(cast, user):
    """Rita, invited to another clinic."""
    return PendingMemberFactory(account=cast.other_clinic, user=user, role=roles.RECEPTIONIST, invited_by=cast.outsider)


def at_the_invitation(client, invited):
    client.get(reverse("accounts:invitation", args=[InvitationLink.of(invited.invitation).token()]))
    client.post(INVITATION, {"password": PASSWORD})


def test_starting_again_leads_back_to_the_page_that_one_came_from(invited, seed, client):
    """Who belongs to no clinic yet could not sign in at any other."""
    at_the_invitation(client, invited)
    assert f'href="{INVITATION}"' in client.get(STEP).content.decode()

    with later(entry, minutes=11):
        answer = show_code(client, shown(seed))
        page = client.get(answer.url)

    assert answer.url == INVITATION
    assert "Enter your password again" in words_of(page)
    assert 'name="password"' in page.content.decode()


def test_the_sign_up_page_shows_the_next_person_nothing_of_what_was_typed_before_the_code(user, seed, client):
    """A71: whoever comes next at that browser may be someone else."""
    typed = {"clinic_name": "Second Rooms", "first_name": "Rita", "last_name": "Reyes", "time_zone": "Australia/Sydney"}
    submission = "6f0f7c3e-5a0c-4a55-9a34-2f2f1d0c9b11"
    page = reverse("accounts:signup")
    client.post(page, {**typed, "submission": submission, "email": user.email, "password": PASSWORD})

    answer = client.get(page).content.decode()

    for text in ("Second Rooms", "Rita", "Reyes", user.email, submission, PASSWORD):
        assert text not in answer


def test_whoever_used_a_backup_code_is_told_how_many_are_left(user, seed, client):
    codes = give_backup_codes(user)
    show_password(client, user)

    answer = client.post(f"{STEP}?with=backup", {"code": codes[0]}, follow=True)

    assert "You used one of your backup codes. 9 are left." in words_of(answer)


@pytest.mark.parametrize(("used", "words"), [(0, "10 left."), (1, "9 of 10 left."), (7, "Make new ones while you can")])
def test_the_overview_says_when_codes_run_out(user, seed, browser, used, words):
    give_backup_codes(user)
    spent = list(user.backup_codes.values_list("pk", flat=True)[:used])
    BackupCode.objects.filter(pk__in=spent).update(used_at=timezone.now())

    assert words in words_of(browser.get(SECURITY))


# What is left lying about


def test_a_page_that_was_open_too_long_says_so_and_shows_a_new_key(user, browser):
    key = key_on(browser.get(SET_UP))

    with later(two_factor, minutes=61):
        answer = browser.post(SET_UP, {"code": shown(key), "reverify_password": PASSWORD})

    assert answer.status_code == 422
    assert "its key no longer counts" in words_of(answer)
    assert key_on(answer) != key
    assert not user.has_two_factor


def test_trust_that_has_run_out_is_cleared_away_by_the_next(user, seed, client):
    old = TrustedBrowser.objects.create(
        user=user,
        token_hash="old",
        created_at=timezone.now(),
        last_used_at=timezone.now(),
        expires_at=timezone.now() - timedelta(days=1),
    )
    show_password(client, user)
    show_code(client, shown(seed), trust="on")

    assert TrustedBrowser.objects.count() == 1
    assert not TrustedBrowser.objects.filter(pk=old.pk).exists()


def test_hashing_is_done_before_the_login_is_locked(user, seed, monkeypatch):
    """Ten slow hashes take a second, in which nobody else could change the login."""
    order = []
    monkeypatch.setattr(two_factor_actions.backup_codes, "hashed", lambda _secret: order.append("hash") or "x")
    locked = two_factor_actions.changing_user
    monkeypatch.setattr(two_factor_actions, "changing_user", lambda user: order.append("lock") or locked(user))

    two_factor_actions.make_backup_codes(user=user, origin=Origin(), keep=None)

    assert order == ["hash"] * 10 + ["lock"]
