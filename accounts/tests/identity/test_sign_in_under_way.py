"""Something happens to a login between the password and the moment when it opens anything: in another browser, or to
its clinic (A11, A29).

Rita, the receptionist, shows her password; before she is in, how she signs in is changed, or her login is erased.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from accounts.clinic_settings.closing import actions as closing
from accounts.clinic_settings.closing import erasure
from accounts.core.errors import SignInAgain
from accounts.core.origin import Origin
from accounts.core.tokens import reset_tokens
from accounts.identity import users
from accounts.identity.password.actions import reset_password
from accounts.identity.sessions import actions as sign_ins
from accounts.identity.two_factor import actions as two_factor_actions
from accounts.identity.two_factor.secrets import decrypt
from accounts.identity.two_factor.trusted import actions as trusted_browsers
from accounts.mail.contents import reset_uid
from accounts.models import Account, Member, SecurityEvent, SignIn, TrustedBrowser, User
from accounts.tests.address_changes import ask, link_to, object_to
from accounts.tests.authenticators import STEP, give_app, give_backup_codes, shown
from accounts.tests.factories import PASSWORD, PendingMemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, opened
from accounts.tests.owners import VERIFIED, words_of
from accounts.tests.support_desk import support_staff
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

LOGIN = reverse("accounts:login")
SIGN_UP = reverse("accounts:signup")
REFUSED = "That email and password don’t go together, or they can’t sign in here."
AGAIN = "Enter your password again: more than ten minutes went by, or your login was changed meanwhile."
Happens = Callable[[User], object]


def two_factor_is_turned_on(user: User) -> None:
    two_factor_actions.turn_on_with(give_app, user=user, origin=Origin(), keep=None)


def password_is_replaced(user: User) -> None:
    fresh = User.objects.get(pk=user.pk)
    reset_password(user=fresh, token=reset_tokens.make_token(fresh), password=CHOSEN, origin=Origin())


def everyone_is_signed_out(user: User) -> None:
    SignIn.objects.create(
        user=user, started_at=database_now(), last_seen_at=database_now(), expires_at=database_now() + timedelta(days=1)
    )
    sign_ins.end_other_sign_ins(user=user, origin=Origin(), keep=0, token="")


def clinic_is_erased(user: User) -> None:
    clinic = Account.objects.get(slug="harbour-physio")
    past = database_now() - timedelta(seconds=1)
    Account.objects.filter(pk=clinic.pk).update(closed_at=past, erase_at=past)
    assert erasure.erase(clinic.pk)
    assert not User.objects.filter(pk=user.pk).exists()


CHANGES = [two_factor_is_turned_on, password_is_replaced, everyone_is_signed_out]


@pytest.fixture
def just_before(monkeypatch):
    """Let something happen once, just before a function is called that a module knows by a name."""

    def _just_before(where: str, happens: Callable[[], object]) -> None:
        module, name = where.rsplit(".", 1)
        called = getattr(__import__(module, fromlist=[name]), name)
        waiting = [happens]

        def _late(*args, **given):
            if waiting:
                waiting.pop()()
            return called(*args, **given)

        monkeypatch.setattr(where, _late)

    return _just_before


def is_in(browser: Client) -> bool:
    return SESSION_KEY in browser.session


def signs_in(browser: Client, user: User):
    return browser.post(LOGIN, {"email": user.email, "password": PASSWORD})


# The page that signs in, for a clinic and for the support site


@pytest.mark.parametrize("happens", CHANGES)
@pytest.mark.parametrize("who", ["of the clinic", "of support"])
def test_nobody_gets_in_with_what_was_enough_a_moment_ago(cast, client, just_before, happens, who):
    user = cast.receptionist.user if who == "of the clinic" else support_staff()
    user.authenticator.delete() if who == "of support" else None
    just_before("accounts.identity.signing_in.entry.signing_in", lambda: happens(user))

    answer = signs_in(client, user)

    assert (answer.status_code, REFUSED in words_of(answer)) == (422, True)
    assert not is_in(client)
    assert not SignIn.objects.filter(user=user).exists()
    assert not SecurityEvent.objects.filter(user=user, kind=SecurityEvent.Kind.SIGNED_IN).exists()


def test_the_next_try_asks_for_the_second_factor_that_was_set_up(cast, client, just_before):
    rita = cast.receptionist.user
    just_before("accounts.identity.signing_in.entry.signing_in", lambda: two_factor_is_turned_on(rita))
    signs_in(client, rita)

    assert signs_in(client, rita).url == STEP
    assert not is_in(client)


def test_whoever_was_in_before_it_was_turned_on_is_out(cast, client):
    """The other order."""
    signs_in(client, cast.receptionist.user)

    two_factor_is_turned_on(cast.receptionist.user)

    assert client.get(reverse("accounts:clinics")).url.startswith(LOGIN)


def test_a_login_that_is_erased_is_refused_like_one_that_never_was(cast, client, just_before):
    never = client.post(LOGIN, {"email": "nobody@harbour.example", "password": PASSWORD})
    just_before("accounts.identity.signing_in.entry.signing_in", lambda: clinic_is_erased(cast.receptionist.user))

    answer = signs_in(client, cast.receptionist.user)

    assert answer.status_code == never.status_code
    assert words_of(answer) == words_of(never)
    assert not is_in(client)


# The second step


@pytest.fixture
def half_way(cast, client):
    """Rita has an app and has shown her password; what her app holds."""
    seed = give_app(cast.receptionist.user)
    signs_in(client, cast.receptionist.user)
    return seed


def replaces_the_app(user: User) -> str:
    user.authenticator.delete()
    users.end_sign_ins(user)
    return give_app(User.objects.get(pk=user.pk))


@pytest.mark.parametrize("happens", [password_is_replaced, everyone_is_signed_out, replaces_the_app])
def test_a_password_shown_before_a_change_leads_to_no_second_step(cast, client, half_way, happens):
    rita = cast.receptionist.user
    happens(rita)
    rita = User.objects.get(pk=rita.pk)
    code = shown_by(rita)

    answer = client.post(STEP, {"code": code}, follow=True)

    assert AGAIN in answer.text
    assert not is_in(client)


def shown_by(user: User) -> str:
    return shown(decrypt(user.authenticator.seed))


@pytest.mark.parametrize("happens", [password_is_replaced, everyone_is_signed_out, clinic_is_erased])
def test_a_right_code_lets_nobody_in_after_a_change(cast, client, half_way, just_before, happens):
    just_before("accounts.identity.signing_in.entry.signing_in", lambda: happens(cast.receptionist.user))

    answer = client.post(STEP, {"code": shown(half_way), "trust": "on"}, follow=True)

    assert (answer.status_code, AGAIN in answer.text) == (200, True)
    assert answer.wsgi_request.path == LOGIN
    assert not is_in(client)
    assert not TrustedBrowser.objects.exists()


def test_a_backup_code_of_a_login_that_is_gone_is_none(cast, client, just_before):
    codes = (give_app(cast.receptionist.user), give_backup_codes(cast.receptionist.user))[1]
    signs_in(client, cast.receptionist.user)
    just_before("accounts.identity.two_factor.actions.lock_own_user", lambda: clinic_is_erased(cast.receptionist.user))

    answer = client.post(f"{STEP}?with=backup", {"code": codes[0]}, follow=True)

    assert (answer.status_code, answer.wsgi_request.path) == (200, LOGIN)
    assert not SecurityEvent.objects.exists()


@pytest.mark.parametrize("happens", [password_is_replaced, everyone_is_signed_out, clinic_is_erased])
def test_a_browser_is_not_trusted_after_a_change_that_ended_the_trust_in_all(
    cast, client, half_way, just_before, happens
):
    just_before("accounts.identity.two_factor.sign_in_views.trust_browser", lambda: happens(cast.receptionist.user))

    client.post(STEP, {"code": shown(half_way), "trust": "on"})

    assert not TrustedBrowser.objects.exists()
    assert client.get(reverse("accounts:clinics")).url.startswith(LOGIN)


def test_a_trusted_browser_is_let_in_only_while_it_is_one(cast, client, half_way, just_before):
    client.post(STEP, {"code": shown(half_way), "trust": "on"})
    client.post(reverse("accounts:logout"))
    rita = cast.receptionist.user
    just_before("accounts.identity.signing_in.entry.signing_in", lambda: everyone_is_signed_out(rita))

    answer = signs_in(client, rita)

    assert (answer.status_code, is_in(client)) == (422, False)
    assert signs_in(client, rita).url == STEP


# The invitation


@pytest.fixture
def invited(cast):
    """Rita is invited elsewhere, too."""
    return PendingMemberFactory(account=cast.other_clinic, user=cast.receptionist.user, invited_by=cast.outsider)


@pytest.mark.parametrize("happens", CHANGES)
def test_nobody_joins_with_what_was_enough_a_moment_ago(invited, just_before, happens):
    browser = opened(invited)
    just_before("accounts.invitations.views.accept_by_login", lambda: happens(invited.user))

    answer = browser.post(ACCEPT, {"password": PASSWORD})

    assert answer.status_code == 200
    assert "password" in answer.text
    invited.refresh_from_db()
    assert not invited.has_joined
    assert not is_in(browser)


def test_the_same_holds_between_joining_and_going_in(invited, just_before):
    browser = opened(invited)
    just_before("accounts.identity.signing_in.entry.signing_in", lambda: two_factor_is_turned_on(invited.user))

    answer = browser.post(ACCEPT, {"password": PASSWORD})

    assert answer.url.startswith(LOGIN)
    assert not is_in(browser)


@pytest.mark.parametrize("happens", [password_is_replaced, everyone_is_signed_out, replaces_the_app])
def test_what_was_shown_for_an_invitation_is_worth_nothing_after_a_change(invited, happens):
    """Password and code were shown, and then not used for a while: as a thief who has both would."""
    seed = give_app(invited.user)
    browser = opened(invited)
    assert browser.post(ACCEPT, {"password": PASSWORD}).url == STEP
    assert browser.post(STEP, {"code": shown(seed)}).url == ACCEPT
    happens(invited.user)

    answer = browser.post(ACCEPT)

    assert "password" in answer.text
    invited.refresh_from_db()
    assert not invited.has_joined
    assert not is_in(browser)


# Opening a clinic

NEW = {"clinic_name": "Old Mill", "first_name": "Rita", "last_name": "Reyes", "time_zone": "UTC"}


def new_clinic(user: User) -> dict[str, str]:
    return {**NEW, "submission": str(uuid4()), "email": user.email, "password": PASSWORD}


@pytest.mark.parametrize("happens", [*CHANGES, clinic_is_erased])
def test_nobody_opens_a_clinic_with_what_was_enough_a_moment_ago(cast, client, just_before, happens):
    rita = cast.receptionist.user
    just_before("accounts.clinic_settings.opening.views.open_account", lambda: happens(rita))

    answer = client.post(SIGN_UP, new_clinic(rita))

    assert (answer.status_code, "this is not its password" in answer.text) == (422, True)
    assert not Account.objects.filter(name="Old Mill").exists()
    assert not is_in(client)


def test_whoever_is_signed_out_while_they_open_a_clinic_signs_in_first(cast, sign_in, just_before):
    browser = sign_in(cast.receptionist)
    just_before(
        "accounts.clinic_settings.opening.views.open_account", lambda: everyone_is_signed_out(cast.receptionist.user)
    )

    answer = browser.post(SIGN_UP, {**new_clinic(cast.receptionist.user), **VERIFIED})

    assert answer.url.startswith(LOGIN)
    assert not Account.objects.filter(name="Old Mill").exists()
    assert not is_in(browser)


# Somebody signed in whose login is erased: as if they had come a moment later


@pytest.mark.parametrize(
    ("page", "form", "action"),
    [
        ("password_change", {"current_password": PASSWORD, "password": CHOSEN}, "identity.users.lock_own_user"),
        ("email_change", {"email": "rita@elsewhere.example", **VERIFIED}, "addresses.views.ask_for_email_change"),
        ("sign_ins_end", {}, "identity.users.lock_own_user"),
    ],
)
def test_a_form_about_a_login_that_is_gone_leads_to_the_page_that_signs_in(
    cast, sign_in, just_before, page, form, action
):
    browser = sign_in(cast.receptionist)
    just_before(f"accounts.{action}", lambda: clinic_is_erased(cast.receptionist.user))

    answer = browser.post(reverse(f"accounts:{page}"), form)

    assert (answer.status_code, answer.url.startswith(LOGIN)) == (302, True)
    assert not is_in(browser)


def test_a_reset_link_of_a_login_that_is_gone_is_dead(cast, client, just_before):
    rita = cast.receptionist.user
    token = reset_tokens.make_token(rita)
    just_before("accounts.identity.password.reset_views.reset_password", lambda: clinic_is_erased(rita))
    page = client.get(reverse("accounts:password_reset_link", args=[reset_uid(rita), token]))

    assert client.post(page["Location"], {"password": CHOSEN}).status_code == 410


def test_an_objection_about_a_login_that_is_gone_is_answered_like_one_about_none(
    cast, sign_in, deliver_mail, just_before
):
    ask(sign_in(cast.receptionist))
    link = link_to(deliver_mail, cast.receptionist.user.email)
    just_before(
        "accounts.addresses.link_views.object_to_email_change", lambda: clinic_is_erased(cast.receptionist.user)
    )

    answer = object_to(link)

    assert (answer.status_code, "This link is not complete." in answer.text) == (422, True)


def test_an_owner_who_closes_the_clinic_is_no_different(cast, sign_in, just_before):
    closing.close_account(actor=cast.owner)
    browser = sign_in(cast.owner)
    just_before("accounts.clinic_settings.closing.views.reopen_account", lambda: clinic_is_erased(cast.owner.user))

    answer = browser.post(reverse("accounts:account_reopening", args=[cast.clinic.slug]), VERIFIED)

    assert answer.status_code == 302
    assert browser.get(answer.url).url.startswith(LOGIN)


# A hash of an older kind


@pytest.fixture
def newer_hashes(settings):
    """Passwords are hashed in another way than those on file."""
    newer = [f"django.contrib.auth.hashers.{each}PasswordHasher" for each in ("PBKDF2", "MD5")]
    settings.PASSWORD_HASHERS = newer


@pytest.mark.usefixtures("newer_hashes")
def test_a_new_hash_never_takes_the_place_of_a_password_that_was_chosen_at_this_moment(cast):
    """Django's own way would put the old password back."""
    rita = cast.receptionist.user
    rita.password = make_password(PASSWORD, hasher="md5")
    User.objects.filter(pk=rita.pk).update(password="chosen meanwhile")

    assert rita.check_password(PASSWORD)

    assert User.objects.get(pk=rita.pk).password == "chosen meanwhile"


@pytest.mark.usefixtures("newer_hashes")
def test_the_right_password_of_a_login_that_is_gone_breaks_nothing(cast):
    rita = cast.receptionist.user
    rita.password = make_password(PASSWORD, hasher="md5")
    Member.objects.filter(user=rita).delete()
    User.objects.filter(pk=rita.pk).delete()

    assert rita.check_password(PASSWORD)
    with pytest.raises(SignInAgain):
        trusted_browsers.trust_browser(user=rita, origin=Origin())


@pytest.mark.usefixtures("newer_hashes")
def test_a_hash_of_an_older_kind_is_renewed_by_the_right_password(cast, client):
    rita = cast.receptionist.user
    User.objects.filter(pk=rita.pk).update(password=make_password(PASSWORD, hasher="md5"))

    assert signs_in(client, rita).status_code == 302

    fresh = User.objects.get(pk=rita.pk)
    assert not fresh.password.startswith("md5")
    assert fresh.check_password(PASSWORD)
    assert client.get(reverse("accounts:clinics")).status_code == 200
