"""Which passwords may be chosen: how long, made of what, on every page (A1, A3 to A5)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.core.tokens import InvitationLink
from accounts.identity.password.rules import LONGEST, check_new_password, shortest_length
from accounts.models import Account, User
from accounts.tests.authenticators import give_app
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.links import ACCEPT, invitation_of, opened, path_in
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

EIGHT = "gr4vel;x"
ROLE_NAMES = [str(role.name) for role in roles.ROLES.values()]


def reasons(password: str, user: User, **given: str | bool) -> set[str]:
    """The codes of the reasons for which `user` may not choose `password`."""
    try:
        check_new_password(password, user, **given)
    except ValidationError as error:
        return {each.code for each in error.error_list}
    return set()


@pytest.fixture
def with_two_factor(cast):
    """Harbour Physio asks everybody for two-factor authentication."""
    Account.objects.filter(pk=cast.clinic.pk).update(require_two_factor=True)


# Length (A1)


def test_fifteen_characters_are_enough_and_fourteen_are_not(cast):
    rita = cast.receptionist.user

    assert reasons("plum gravel tax", rita) == set()
    assert reasons("plum gravel ta", rita) == {"password_too_short"}


def test_characters_are_counted_not_bytes_and_not_the_signs_they_are_typed_with(cast):
    """A4: fourteen letters with two dots each are fourteen, however the keyboard writes them."""
    fourteen = "u\u0308äöüäöüäöüäöxy"

    assert reasons(fourteen, cast.receptionist.user) == {"password_too_short"}
    assert reasons(f"{fourteen}z", cast.receptionist.user) == set()


def test_a_hundred_and_twenty_eight_characters_are_taken_and_there_is_an_end(cast):
    rita, phrase = cast.receptionist.user, "plum gravel tax 4 ox, " * 20

    for length in (128, LONGEST):
        assert reasons(f"{phrase[: length - 1]}!", rita) == set()
    assert reasons(phrase[: LONGEST + 1], rita) == {"password_too_long"}


def test_where_the_clinic_asks_for_a_second_factor_eight_are_enough(cast, with_two_factor):
    assert shortest_length(cast.receptionist.user) == 8
    assert reasons(EIGHT, cast.receptionist.user) == set()
    assert reasons(EIGHT[:7], cast.receptionist.user) == {"password_too_short"}


def test_within_the_time_to_set_one_up_it_is_fifteen_still(cast, with_two_factor):
    now = database_now()
    Account.objects.update(two_factor_from=now + timedelta(days=1))
    assert shortest_length(cast.receptionist.user) == 15

    Account.objects.update(two_factor_from=now - timedelta(seconds=1))
    assert shortest_length(cast.receptionist.user) == 8


def test_who_is_present_in_a_clinic_that_does_not_ask_needs_fifteen_until_they_have_one(cast, with_two_factor):
    """A1: the other clinic lets them in with the password alone; once they have one, this clinic keeps it on."""
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    assert shortest_length(cast.receptionist.user) == 15

    give_app(cast.receptionist.user)
    assert shortest_length(cast.receptionist.user) == 8


def test_a_clinic_that_somebody_has_left_or_not_joined_does_not_shorten_the_password_of_another(cast, with_two_factor):
    """A1: nobody asks them for two-factor authentication, however a stranger's clinic invites them."""
    xena, left = cast.outsider.user, UserFactory()
    PendingMemberFactory(account=cast.clinic, user=xena, invited_by=cast.administrator)
    MemberFactory(account=cast.clinic, user=left, is_active=False)

    assert shortest_length(xena) == 15
    assert shortest_length(left) == 15


def test_who_is_invited_chooses_for_whichever_clinic_they_may_join(cast, with_two_factor):
    ivy = cast.invited.user
    assert shortest_length(ivy, reads_mail=True) == 8

    PendingMemberFactory(account=cast.other_clinic, user=ivy, invited_by=cast.outsider)

    assert shortest_length(ivy, reads_mail=True) == 15


def test_who_has_not_shown_that_they_read_mail_there_learns_nothing_of_who_invited_the_address(cast, with_two_factor):
    """A58."""
    ivy = cast.invited.user

    assert shortest_length(ivy) == shortest_length(ivy, reads_mail=False) == 15
    assert reasons("harbour physio harbour physio", ivy) == set()
    assert reasons("harbour physio harbour physio", ivy, reads_mail=True) == {"password_own_words"}


# What it is made of (A3, A5)


@pytest.mark.parametrize(
    "password",
    ["all lower case xyzzy", "PLUM GRAVEL TAX OFFICE", "  plum gravel tax  ", "839201746529384", "πόλη χωρίς άνεμο"],
)
def test_no_kind_of_character_is_asked_for(cast, password):
    """A3."""
    assert reasons(password, cast.receptionist.user) == set()


@pytest.mark.parametrize(
    ("password", "what"),
    [
        ("HarbourStreetPhysiotherapy1!", "the clinic’s name"),
        ("harbour street physiotherapy", "the clinic’s name"),
        ("2026 Physiotherapy Harbour", "the clinic’s name"),
        ("Harbour-Street-Harbour-Street", "the clinic’s name"),
        ("Clinic People Clinic People", "the name of this product"),
        ("...clinicpeople2026!!", "the name of this product"),
        ("rita.reyes@harbour.example", "your email address"),
        ("RITA.REYES@HARBOUR.EXAMPLE!1", "your email address"),
        ("rita reyes 1985 07 31", "your email address"),
        ("Reyes.Rita.Reyes.Rita", "your email address"),
        ("Rita Reyes Harbour", "the clinic’s name and your email address"),
        *((f"{name} {name} 2026", "the name of a role") for name in ROLE_NAMES),
    ],
)
def test_what_others_know_of_somebody_is_refused_and_said(cast, password, what):
    """A5: with any case, separators, digits and punctuation, repeated and put together."""
    Account.objects.filter(pk=cast.clinic.pk).update(name="Harbour Street Physiotherapy")
    rita = cast.receptionist.user
    rita.email = "rita.reyes@harbour.example"

    with pytest.raises(ValidationError) as refused:
        check_new_password(password, rita)

    assert f"This is made of {what}, which others would try first." in " ".join(refused.value.messages)


@pytest.mark.parametrize(
    "password",
    [
        "gulls over harbour street",
        "my clinic has kind people",
        "rita never eats breakfast",
        "the administrator lost a glove",
        "practitioners of slow cooking",
    ],
)
def test_a_phrase_that_merely_contains_such_a_word_is_taken(cast, password):
    """A5."""
    Account.objects.filter(pk=cast.clinic.pk).update(name="Harbour Street Physiotherapy")

    assert reasons(password, cast.receptionist.user) == set()


def test_an_address_of_digits_is_refused_as_well(cast):
    rita = cast.receptionist.user
    rita.email = "0400111222333@harbour.example"

    assert reasons("0400111222333--", rita) == {"password_own_words"}


def test_the_name_of_every_clinic_of_theirs_counts_and_no_others(cast):
    Account.objects.filter(pk=cast.other_clinic.pk).update(name="Elsewhere Osteopathy")

    assert reasons("elsewhere osteopathy", cast.receptionist.user) == set()
    assert reasons("elsewhere osteopathy", cast.outsider.user) == {"password_own_words"}


# On every page


def test_an_invitation_takes_eight_where_the_clinic_asks_for_a_second_factor_and_says_so(cast, with_two_factor):
    """A1."""
    browser = opened(cast.invited)
    assert "At least 8 characters." in browser.get(ACCEPT).text

    assert "at least 8 characters. This has 7." in browser.post(ACCEPT, {"password": EIGHT[:7]}).text
    assert browser.post(ACCEPT, {"password": EIGHT}).status_code == 302


def test_an_invitation_refuses_the_clinics_name(cast):
    refused = opened(cast.invited).post(ACCEPT, {"password": "Harbour Physio 2026"})

    assert refused.status_code == 422
    assert "This is made of the clinic’s name" in refused.text


def test_a_link_handed_over_asks_whoever_opens_it_for_the_same_length(cast, with_two_factor):
    """The page must not tell whether the address has a login, nor what else it is invited to (A58)."""
    xena = PendingMemberFactory(account=cast.clinic, user=cast.outsider.user, invited_by=cast.administrator)

    for member in (cast.invited, xena):
        link = InvitationLink.of(invitation_of(member), by_hand=True)
        page = Client().get(reverse("accounts:invitation", args=[link.token()]), follow=True)
        assert "At least 15 characters." in page.text


def test_a_reset_takes_the_length_that_holds_for_the_person(cast, deliver_mail, with_two_factor):
    Client().post("/password/reset/", {"email": "rita@harbour.example"})
    [message] = deliver_mail()
    browser = Client()
    page = browser.get(path_in(message), follow=True)
    assert "At least 8 characters." in page.text

    address = page.redirect_chain[-1][0]
    assert "at least 8 characters" in browser.post(address, {"password": EIGHT[:7]}).text
    assert browser.post(address, {"password": EIGHT}).status_code == 302


def test_signing_up_refuses_the_name_that_is_typed_above_it(db):
    """A5: the clinic is not on file yet."""
    form = {
        "clinic_name": "Riverside Osteopathy",
        "first_name": "Nora",
        "last_name": "Nash",
        "email": "nora@riverside.example",
        "password": "Riverside_Osteopathy_1",
    }

    refused = Client().post("/signup/", form)

    assert refused.status_code == 422
    assert "This is made of the clinic’s name" in refused.text
    assert "At least 15 characters." in refused.text
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("password", "reason"), [("fourteen chars", "at least 15 characters"), ("iloveyouforever", "well-known passwords")]
)
def test_the_command_that_makes_a_login_of_support_asks_the_same(db, monkeypatch, password, reason):
    """A12: Django's own commands."""
    monkeypatch.setattr("builtins.input", lambda *_: "n")
    said = StringIO()

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    # It asks until it is given up on.
    answers = iter([password, password])
    monkeypatch.setattr("getpass.getpass", lambda *_: next(answers, None) or _give_up())
    with pytest.raises((SystemExit, CommandError)):
        call_command("createsuperuser", email="sam@support.example", stdin=Terminal(), stderr=said)

    assert reason in said.getvalue()
    assert not User.objects.exists()


def _give_up() -> str:
    raise KeyboardInterrupt


def test_the_password_of_the_tests_is_one_that_people_may_choose(cast):
    assert reasons(PASSWORD, cast.receptionist.user) == set()


def test_a_password_that_a_command_sets_is_kept_in_its_one_form(db):
    """A4: some keyboards write a letter and its mark as two signs; signing in compares the one form."""
    sam = User.objects.create_superuser("sam@support.example", "u\u0308ber gravel tax plum")

    assert sam.check_password("\u00fcber gravel tax plum")
