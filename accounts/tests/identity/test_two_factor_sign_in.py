"""The code after the password: on every page, once, and not for long (A29 to A31, C8)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.core.origin import Origin
from accounts.identity.signing_in import entry
from accounts.identity.two_factor.reset.actions import reset_two_factor
from accounts.identity.two_factor.trusted import actions as trusted_browsers
from accounts.identity.two_factor.trusted.cookie import token_hash
from accounts.models import Authenticator, SecurityEvent, TrustedBrowser
from accounts.tests.authenticators import (
    STEP,
    give_app,
    give_backup_codes,
    is_signed_in,
    later,
    show_code,
    show_password,
    shown,
    wrong,
)
from accounts.tests.factories import PASSWORD
from accounts.tests.owners import words_of
from accounts.tests.routes import all_routes
from accounts.tests.soft_passkey import give_passkey


@pytest.fixture
def user(cast):
    return cast.receptionist.user


@pytest.fixture
def seed(user):
    return give_app(user)


def test_without_a_second_factor_the_password_is_enough(user, client):
    assert show_password(client, user).url == "/harbour-physio/"
    assert is_signed_in(client)


def test_with_one_the_password_alone_signs_nobody_in(user, seed, client):
    assert show_password(client, user).url == STEP
    assert not is_signed_in(client)


def test_the_code_that_the_app_shows_signs_in(user, seed, client):
    show_password(client, user)

    assert show_code(client, shown(seed)).url == "/harbour-physio/"
    assert is_signed_in(client)


def test_where_one_was_going_is_kept_over_the_second_step(user, seed, client):
    fields = {"email": user.email, "password": PASSWORD, "next": "/harbour-physio/me/"}
    client.post(reverse("accounts:login"), fields)

    assert show_code(client, shown(seed)).url == "/harbour-physio/me/"


def test_a_code_may_be_typed_with_a_space(user, seed, client):
    show_password(client, user)
    code = shown(seed)

    assert show_code(client, f"{code[:3]} {code[3:]}").status_code == 302


@pytest.mark.parametrize("seconds", [-30, 30])
def test_the_code_before_and_the_one_after_are_taken_too(user, seed, client, seconds):
    show_password(client, user)

    show_code(client, shown(seed, at=timezone.now() + timedelta(seconds=seconds)))

    assert is_signed_in(client)


@pytest.mark.parametrize("seconds", [-90, 90])
def test_an_older_or_later_one_is_not(user, seed, client, seconds):
    show_password(client, user)

    answer = show_code(client, shown(seed, at=timezone.now() + timedelta(seconds=seconds)))

    assert answer.status_code == 422
    assert "That code is not right." in answer.content.decode()
    assert not is_signed_in(client)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_refused_with_what_to_do(user, seed, client, typed):
    show_password(client, user)

    answer = show_code(client, typed)

    assert answer.status_code == 422
    assert "that your app shows now." in answer.content.decode()


def test_a_code_is_good_once(user, seed):
    code = shown(seed)
    first, second = Client(), Client()
    for client in (first, second):
        show_password(client, user)

    show_code(first, code)
    show_code(second, code)

    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_an_earlier_code_is_worth_nothing_after_a_later_one(user, seed):
    now = timezone.now()
    first, second = Client(), Client()
    for client in (first, second):
        show_password(client, user)

    show_code(first, shown(seed, at=now))
    show_code(second, shown(seed, at=now - timedelta(seconds=30)))

    assert not is_signed_in(second)


def test_nobody_gets_to_the_step_without_the_password(user, seed, client):
    assert client.get(STEP).url == reverse("accounts:login")
    assert show_code(client, shown(seed)).url == reverse("accounts:login")
    assert not is_signed_in(client)


def test_half_way_opens_nothing_else(user, seed, client):
    show_password(client, user)
    for name, pattern, is_inside in all_routes():
        if is_inside and not pattern.pattern.converters.keys() - {"account_slug"}:
            path = reverse(name, args=["harbour-physio"])
            assert client.get(path).url.startswith(reverse("accounts:login")), path
    assert not is_signed_in(client)


def test_after_ten_minutes_one_starts_again(user, seed, client):
    show_password(client, user)

    with later(entry, minutes=11):
        assert show_code(client, shown(seed)).url == reverse("accounts:login")
        assert not is_signed_in(client)


def test_a_password_changed_meanwhile_means_starting_again(user, seed, client):
    show_password(client, user)
    user.set_password("something quite different")
    user.save()

    assert show_code(client, shown(seed)).url == reverse("accounts:login")


def test_somebody_switched_off_meanwhile_is_not_let_in(user, seed, client):
    show_password(client, user)
    user.is_active = False
    user.save()

    show_code(client, shown(seed))

    assert not is_signed_in(client)


def test_wrong_codes_count_at_the_same_throttle_as_wrong_passwords(user, seed, client):
    show_password(client, user)
    for _ in range(5):
        show_code(client, wrong(seed))

    answer = show_code(client, shown(seed))

    assert answer.status_code == 429
    assert "Too many wrong tries" in answer.content.decode()
    assert "forgotten your password" not in answer.content.decode(), "A new one would not help."
    assert show_password(Client(), user).status_code == 429


def test_the_sessions_key_is_another_at_each_step(user, seed, client):
    client.get(reverse("accounts:login"))
    show_password(client, user)
    half_way = client.session.session_key
    show_code(client, shown(seed))

    assert client.session.session_key != half_way
    stolen = Client()
    stolen.cookies["sessionid"] = half_way
    assert not is_signed_in(stolen)


def test_a_backup_code_signs_in_once_and_tells_how_many_are_left(user, seed, deliver_mail):
    codes = give_backup_codes(user)
    first, second = Client(), Client()
    for client in (first, second):
        show_password(client, user)
        client.post(f"{STEP}?with=backup", {"code": codes[3].lower()})

    assert is_signed_in(first)
    assert not is_signed_in(second)
    event = SecurityEvent.objects.get(user=user, kind=SecurityEvent.Kind.BACKUP_CODE_USED)
    assert event.details == {"left": 9}
    assert deliver_mail()[-1].to == [user.email]


def test_a_backup_code_is_not_a_code_of_the_app(user, seed, client):
    codes = give_backup_codes(user)
    show_password(client, user)

    assert show_code(client, codes[0]).status_code == 422
    assert not is_signed_in(client)


def test_somebody_elses_backup_code_is_worth_nothing(cast, user, seed, client):
    give_app(cast.practitioner.user)
    codes = give_backup_codes(cast.practitioner.user)
    show_password(client, user)

    assert client.post(f"{STEP}?with=backup", {"code": codes[0]}).status_code == 422
    assert not is_signed_in(client)


def test_a_browser_that_is_trusted_is_not_asked_again_for_thirty_days(user, seed, client):
    show_password(client, user)
    show_code(client, shown(seed), trust="on")
    client.post(reverse("accounts:logout"))

    assert show_password(client, user).url == "/harbour-physio/"

    client.post(reverse("accounts:logout"))
    with later(trusted_browsers, days=31):
        assert show_password(client, user).url == STEP


def test_trust_is_not_given_unasked(user, seed, client):
    show_password(client, user)
    show_code(client, shown(seed))

    assert not TrustedBrowser.objects.exists()


def test_the_database_does_not_hold_what_a_trusted_browser_shows(user, seed, client):
    show_password(client, user)
    answer = show_code(client, shown(seed), trust="on")

    [(_name, cookie)] = [(name, each) for name, each in answer.cookies.items() if name.startswith("trusted-")]
    row = TrustedBrowser.objects.get()
    assert row.token_hash == token_hash(cookie.value)
    assert cookie.value not in str(TrustedBrowser.objects.values().get())
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_trust_is_one_persons_in_a_browser_that_several_use(cast, user, seed, client):
    other = cast.practitioner.user
    give_app(other)
    show_password(client, user)
    show_code(client, shown(seed), trust="on")
    client.post(reverse("accounts:logout"))

    assert show_password(client, other).url == STEP


def test_forgetting_a_browser_asks_it_for_a_code_again(user, seed, client):
    show_password(client, user)
    show_code(client, shown(seed), trust="on")
    client.post(reverse("accounts:trusted_browser", args=[TrustedBrowser.objects.get().pk]))
    client.post(reverse("accounts:logout"))

    assert show_password(client, user).url == STEP


def test_somebody_elses_browser_is_not_there_to_forget(cast, user, seed, client, sign_in):
    show_password(client, user)
    show_code(client, shown(seed), trust="on")

    answer = sign_in(cast.owner).post(reverse("accounts:trusted_browser", args=[TrustedBrowser.objects.get().pk]))

    assert answer.status_code == 404
    assert TrustedBrowser.objects.exists()


def test_a_key_that_was_lost_is_said_and_a_backup_code_still_works(user, seed, client):
    codes = give_backup_codes(user)
    Authenticator.objects.update(seed="gAAAAA-made-with-another-key")
    show_password(client, user)

    answer = show_code(client, shown(seed))

    assert answer.status_code == 422
    assert "Use a backup code." in answer.content.decode()
    client.post(f"{STEP}?with=backup", {"code": codes[0]})
    assert is_signed_in(client)


# What was changed while the page was open (A71)


@pytest.fixture
def reset(cast):
    """Let Adam take Rita's two-factor authentication off."""
    return lambda: reset_two_factor(actor=cast.administrator, target=cast.receptionist, origin=Origin())


@pytest.mark.parametrize("factor", ["an app", "a passkey"])
@pytest.mark.parametrize("go_on", ["opens the page", "sends the page"])
def test_once_the_second_factor_was_reset_one_starts_again_and_the_password_is_enough(
    cast, user, client, reset, factor, go_on
):
    give_app(user) if factor == "an app" else give_passkey(user)
    show_password(client, user)
    reset()

    answer = client.get(STEP) if go_on == "opens the page" else show_code(client, "123456", trust="on")

    assert answer.url == reverse("accounts:login")
    assert not is_signed_in(client) and not TrustedBrowser.objects.exists()
    assert "Enter your password again" in words_of(client.get(answer.url))
    assert show_password(client, user).url == "/harbour-physio/"
