"""Setting up two-factor authentication, another app, turning it off, backup codes (C8, A32, A33)."""

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from accounts.identity.two_factor import secrets
from accounts.models import Account, Authenticator, BackupCode, SecurityEvent, TrustedBrowser
from accounts.tests.authenticators import (
    give_app,
    give_backup_codes,
    is_signed_in,
    key_on,
    show_code,
    show_password,
    shown,
    wrong,
)
from accounts.tests.factories import PASSWORD

SET_UP = reverse("accounts:two_factor")
OFF = reverse("accounts:two_factor_off")
CODES = reverse("accounts:backup_codes")
SECURITY = reverse("accounts:security")


@pytest.fixture
def user(cast):
    return cast.receptionist.user


@pytest.fixture
def browser(cast, sign_in):
    return sign_in(cast.receptionist)


def codes_on(page):
    return [each.get_text() for each in BeautifulSoup(page.content, "html.parser").select(".backup-codes code")]


def turn_on(browser, **fields):
    key = key_on(browser.get(SET_UP))
    return browser.post(SET_UP, {"code": shown(key), "reverify_password": PASSWORD, **fields})


def test_a_code_of_the_app_and_the_password_turn_it_on_and_show_ten_backup_codes(user, browser):
    answer = turn_on(browser)

    assert answer.url == CODES
    page = browser.get(CODES)
    assert len(codes_on(page)) == 10
    assert user.has_two_factor
    assert "Two-factor authentication is on." in page.content.decode()


def test_from_then_on_signing_in_takes_a_code(user, browser, client):
    key = key_on(browser.get(SET_UP))
    browser.post(SET_UP, {"code": shown(key), "reverify_password": PASSWORD})
    Authenticator.objects.update(last_step=0)

    show_password(client, user)
    assert not is_signed_in(client)
    show_code(client, shown(key))
    assert is_signed_in(client)


def test_the_code_that_turned_it_on_is_used_up(user, browser, client):
    key = key_on(browser.get(SET_UP))
    code = shown(key)
    browser.post(SET_UP, {"code": code, "reverify_password": PASSWORD})

    show_password(client, user)
    assert show_code(client, code).status_code == 422


def test_the_page_shows_the_same_key_when_it_is_loaded_again(browser):
    assert key_on(browser.get(SET_UP)) == key_on(browser.get(SET_UP))


def test_nothing_is_on_before_a_right_code(user, browser):
    key = key_on(browser.get(SET_UP))

    answer = browser.post(SET_UP, {"code": wrong(key), "reverify_password": PASSWORD})

    assert answer.status_code == 422
    assert "That code is not right." in answer.content.decode()
    assert key_on(answer) == key
    assert not user.has_two_factor


@pytest.mark.parametrize("password", ["", "not the password at all"])
def test_nothing_is_on_without_the_password(user, browser, password):
    answer = turn_on(browser, reverify_password=password)

    assert answer.status_code == 422
    assert not user.has_two_factor


def test_it_ends_every_other_sign_in_but_not_this_one(user, browser):
    other = Client()
    show_password(other, user)
    turn_on(browser)

    assert is_signed_in(browser)
    assert not is_signed_in(other)


def test_the_person_is_told(user, browser, deliver_mail):
    turn_on(browser)

    assert SecurityEvent.objects.filter(user=user, kind=SecurityEvent.Kind.TWO_FACTOR_ON).exists()
    [mail] = deliver_mail()
    assert mail.to == [user.email]


def test_neither_session_nor_database_holds_the_key_or_a_backup_code_in_plain(user, browser):
    key = key_on(browser.get(SET_UP))
    before = str(dict(browser.session))
    browser.post(SET_UP, {"code": shown(key), "reverify_password": PASSWORD})
    codes = codes_on(browser.get(CODES))

    kept = before + str(dict(browser.session)) + str([*Authenticator.objects.values(), *BackupCode.objects.values()])
    assert key not in kept
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


def test_a_key_of_another_server_reads_nothing():
    encrypted = secrets.encrypt("JBSWY3DPEHPK3PXP")

    with (
        override_settings(FIELD_ENCRYPTION_KEYS=["Zm9yZ290dGVuIGtleSBmb3Jnb3R0ZW4ga2V5IGZvcmc="]),
        pytest.raises(secrets.Unreadable),
    ):
        secrets.decrypt(encrypted)


def test_an_older_key_still_reads():
    encrypted = secrets.encrypt("JBSWY3DPEHPK3PXP")
    newer = ["Zm9yZ290dGVuIGtleSBmb3Jnb3R0ZW4ga2V5IGZvcmc=", *settings.FIELD_ENCRYPTION_KEYS]

    with override_settings(FIELD_ENCRYPTION_KEYS=newer):
        assert secrets.decrypt(encrypted) == "JBSWY3DPEHPK3PXP"


def test_backup_codes_come_as_a_file_until_they_are_saved(browser, user):
    turn_on(browser)
    codes = codes_on(browser.get(CODES))

    file = browser.get(reverse("accounts:backup_codes_file"))
    assert [code for code in codes if code in file.content.decode()] == codes
    assert "attachment" in file["Content-Disposition"]
    assert "no-store" in file["Cache-Control"]

    assert browser.post(reverse("accounts:backup_codes_saved")).url == SECURITY
    assert browser.get(reverse("accounts:backup_codes_file")).status_code == 404
    assert codes_on(browser.get(CODES)) == []


def test_whoever_was_sent_here_goes_on_to_where_they_came_from(browser):
    browser.get(f"{SET_UP}?next=/harbour-physio/me/")
    turn_on(browser)

    assert browser.post(reverse("accounts:backup_codes_saved")).url == "/harbour-physio/me/"


def test_nobody_is_sent_to_another_site_from_here(browser):
    browser.get(f"{SET_UP}?next=//evil.example/")
    turn_on(browser)

    assert browser.post(reverse("accounts:backup_codes_saved")).url == SECURITY


def test_new_backup_codes_take_the_password_and_a_code_and_end_the_old_ones(user, browser):
    seed = give_app(user)
    give_backup_codes(user)
    old = set(user.backup_codes.values_list("pk", flat=True))

    assert browser.post(CODES, {"reverify_password": PASSWORD}).status_code == 422
    assert set(user.backup_codes.values_list("pk", flat=True)) == old

    browser.post(CODES, {"reverify_password": PASSWORD, "present_code": shown(seed)})
    assert len(codes_on(browser.get(CODES))) == 10
    assert not old & set(user.backup_codes.values_list("pk", flat=True))


def test_another_app_takes_a_code_of_the_present_one_which_then_is_worth_nothing(user, browser, client):
    old = give_app(user)
    codes = give_backup_codes(user)

    turn_on(browser, present_code=shown(old))

    new = secrets.decrypt(Authenticator.objects.get().seed)
    assert new != old
    assert user.backup_codes.count() == len(codes)
    show_password(client, user)
    assert show_code(client, shown(old)).status_code == 422


def test_whoever_lost_the_app_replaces_it_with_a_backup_code(user, browser):
    old = give_app(user)
    codes = give_backup_codes(user)

    turn_on(browser, present_code=codes[0])

    assert secrets.decrypt(Authenticator.objects.get().seed) != old


@pytest.mark.parametrize("present", ["", "000000", "AAAA-BBBB-CCCC"])
def test_without_either_the_app_stays(user, browser, present):
    old = give_app(user)

    assert turn_on(browser, present_code=present).status_code == 422
    assert secrets.decrypt(Authenticator.objects.get().seed) == old


def test_a_code_of_the_present_app_is_not_used_up_by_a_wrong_one_of_the_new(user, browser):
    old = give_app(user)
    key = key_on(browser.get(SET_UP))

    browser.post(SET_UP, {"code": wrong(key), "present_code": shown(old), "reverify_password": PASSWORD})

    assert Authenticator.objects.get().last_step == 0


def test_turning_it_off_takes_a_code_and_the_password(user, browser, client):
    seed = give_app(user)
    give_backup_codes(user)

    assert browser.post(OFF, {"present_code": shown(seed)}).status_code == 422
    assert browser.post(OFF, {"reverify_password": PASSWORD}).status_code == 422
    assert user.has_two_factor

    browser.post(OFF, {"present_code": shown(seed), "reverify_password": PASSWORD})
    assert not user.has_two_factor
    assert not user.backup_codes.exists()
    show_password(client, user)
    assert is_signed_in(client)


def test_it_stays_on_while_a_clinic_asks_everybody_for_it(cast, user, browser):
    seed = give_app(user)
    Account.objects.filter(pk=cast.clinic.pk).update(require_two_factor=True)

    answer = browser.post(OFF, {"present_code": shown(seed), "reverify_password": PASSWORD})

    assert answer.status_code == 422
    assert "Harbour Physio asks everybody for two-factor authentication" in answer.content.decode()
    assert user.has_two_factor


def test_every_change_asks_trusted_browsers_for_a_code_again(user, browser, client):
    seed = give_app(user)
    show_password(client, user)
    show_code(client, shown(seed), trust="on")
    Authenticator.objects.update(last_step=0)

    turn_on(browser, present_code=shown(seed))

    assert not TrustedBrowser.objects.exists()


def test_the_overview_says_how_it_stands(user, browser):
    assert "It is off." in browser.get(SECURITY).content.decode()

    give_app(user)
    give_backup_codes(user)
    page = browser.get(SECURITY).content.decode()
    assert "10 left." in page
    assert "Replace authenticator app" in page


def test_signing_out_forgets_codes_that_were_not_saved(user, browser):
    turn_on(browser)
    browser.post(reverse("accounts:logout"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone()[0] == 0
