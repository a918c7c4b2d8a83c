"""A known browser counts its own failures, a copied mark shares the count, and both end with what ends marks (A65)."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts.core.details import MemberDetails
from accounts.identity.sessions.known_browsers import SALT
from accounts.invitations.actions import cancel_invitation
from accounts.models import Member, User
from accounts.people.actions import update_member
from accounts.tests import address_changes
from accounts.tests.authenticators import STEP, give_app, show_code, shown, wrong
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.links import path_in
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

WRONG = "not the password at all"
OLIVE = "olive@harbour.example"
ADAM = "adam@harbour.example"
CLINIC = "198.51.100.200"
AFAR = "203.0.113.9"
NEW = "a train called sunday afternoon"


def try_to_sign_in(browser: Client, password: str = PASSWORD, *, email: str = OLIVE, at: str = CLINIC):
    return browser.post("/login/", {"email": email, "password": password}, REMOTE_ADDR=at)


def known(email: str = OLIVE, browser: Client | None = None, *, at: str = CLINIC) -> Client:
    """A browser in which this person is signed in, and which knows them."""
    browser = browser or Client()
    assert try_to_sign_in(browser, email=email, at=at).status_code == 302
    return browser


def copy_of_mark(browser: Client) -> Client:
    """Another browser with the same mark, and nothing else of it."""
    thief = Client()
    thief.cookies["known"] = browser.cookies["known"].value
    return thief


def guess(browser: Client, times: int, *, email: str = OLIVE, at: str = CLINIC) -> list[int]:
    return [try_to_sign_in(browser, WRONG, email=email, at=at).status_code for _ in range(times)]


def counts_as_known(browser: Client, email: str = OLIVE) -> bool:
    """Whether a failure in this browser is counted under a mark."""
    AccessAttempt.objects.all().delete()
    guess(browser, 1, email=email)
    [row] = AccessAttempt.objects.all()
    AccessAttempt.objects.all().delete()
    return row.username.startswith("mark:")


# A neighbour: a patient on the clinic's own network


@pytest.mark.parametrize("times", [5, 50])
def test_a_neighbours_guesses_keep_her_neither_from_signing_in_nor_from_the_prompt(cast, url, times):
    signed_in, signed_out = known(), known()
    signed_out.post("/logout/")

    for number in range(times):
        assert guess(Client(HTTP_USER_AGENT=f"Guesser {number % 7}"), 1)[0] in {422, 429}

    assert try_to_sign_in(Client()).status_code == 429, "The neighbour has been stopped."
    assert try_to_sign_in(signed_out).url == url("home")
    answer = signed_in.post(url("account_security"), prompt_of_security(), REMOTE_ADDR=CLINIC)
    assert answer.status_code == 302


def prompt_of_security() -> dict[str, str]:
    """A form that asks for the password, with the password."""
    return {"session_timeout": "30", "expected_security": "720 False None", "reverify_password": PASSWORD}


def test_guesses_over_the_whole_network_keep_her_out_of_no_known_browser(cast, url):
    """IPv6: her neighbours' network is hers."""
    browser = known(at="2001:db8:1:2::7")
    browser.post("/logout/")
    for number in range(52):
        guess(Client(), 1, email=f"person{number}@guessed.example", at=f"2001:db8:1:2:{number + 1:x}::1")
    assert try_to_sign_in(Client(), at="2001:db8:1:2:ffff::1").status_code == 429

    assert try_to_sign_in(browser, at="2001:db8:1:2::7").url == url("home")


def test_a_neighbours_guesses_do_not_keep_her_from_entering_her_code(cast):
    seed = give_app(cast.owner.user)
    browser = Client()
    try_to_sign_in(browser)
    show_code(browser, shown(seed))
    browser.post("/logout/")
    assert try_to_sign_in(browser).url == STEP
    guess(Client(), 5)

    later_code = shown(seed, at=database_now() + timedelta(seconds=30))
    assert browser.post(STEP, {"code": later_code}, REMOTE_ADDR=CLINIC).status_code == 302


ANOTHER_CLINIC = {"clinic_name": "Second", "first_name": "Olive", "last_name": "Owens", "email": OLIVE}


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/me/security/password/", {"current_password": PASSWORD, "password": NEW}),
        ("/signup/", {**ANOTHER_CLINIC, "password": PASSWORD}),
    ],
)
def test_other_pages_that_take_the_password_stay_open_to_her_too(cast, address, form):
    """A11."""
    browser = known()
    if address == "/signup/":
        browser.post("/logout/")
    guess(Client(), 5)

    assert browser.post(address, form, REMOTE_ADDR=CLINIC).status_code == 302


def test_a_right_password_in_a_known_browser_does_not_forgive_the_neighbour(cast):
    """Otherwise they would guess on each time that she signs in."""
    browser = known()
    guess(Client(), 5)

    known(browser=browser)

    assert guess(Client(), 1) == [429]


# A copied mark


def test_guesses_with_a_copied_mark_are_stopped_after_five_from_wherever_they_come(cast):
    browser = known()

    answers = [guess(copy_of_mark(browser), 1, at=f"203.0.113.{number}")[0] for number in range(20)]

    assert answers == 4 * [422] + 16 * [429]
    assert AccessAttempt.objects.count() == 5


def test_the_copy_and_the_browser_share_one_count(cast):
    browser = known()
    browser.post("/logout/")
    guess(copy_of_mark(browser), 3, at=AFAR)

    assert guess(browser, 2) == [422, 429]


def test_a_used_up_mark_shuts_no_other_browser(cast, url):
    """A thief must not shut her out of a new one with it."""
    guess(copy_of_mark(known()), 20, at=CLINIC)

    assert try_to_sign_in(Client()).url == url("home")


def test_the_wait_of_a_known_browser_ends_a_quarter_of_an_hour_after_the_oldest_try(cast):
    browser, start = known(), database_now()
    browser.post("/logout/")
    with time_machine.travel(start, tick=False):
        guess(browser, 5)
    with time_machine.travel(start + timedelta(minutes=14, seconds=59), tick=False):
        assert "Wait 1 min" in try_to_sign_in(browser).text
    with time_machine.travel(start + timedelta(minutes=15, seconds=1), tick=False):
        assert try_to_sign_in(browser).status_code == 302


def test_a_right_password_starts_the_count_of_its_mark_again(cast):
    browser = known()
    for _ in range(3):
        browser.post("/logout/")
        guess(browser, 4)
        known(browser=browser)


def test_the_limit_of_a_known_browser_is_a_setting_of_its_own(cast, settings):
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "known_browser": 2}
    browser = known()
    browser.post("/logout/")

    assert guess(browser, 3) == [422, 429, 429]


def test_signing_out_everywhere_gives_nobody_more_tries(cast, url):
    """A20: it asks for no password, and so a stolen session could press it between guesses."""
    browser = known()
    refused = 0
    for _ in range(10):
        answer = browser.post(url("account_security"), {**prompt_of_security(), "reverify_password": WRONG})
        refused += answer.status_code == 429
        browser.post(reverse("accounts:sign_ins_end"))

    assert refused == 6


def test_signing_out_everywhere_makes_no_browser_known_that_is_not(cast):
    """A20: a mark with a count of its own for the asking."""
    browser = known()
    del browser.cookies["known"]
    browser.post(reverse("accounts:sign_ins_end"))

    assert "known" not in browser.cookies


def test_wrong_codes_count_in_a_known_browser_and_the_right_password_forgives_none(cast):
    """A30: five in one browser, ten for one address from everywhere."""
    seed = give_app(cast.owner.user)
    browser = Client()
    try_to_sign_in(browser)
    show_code(browser, shown(seed))
    browser.post("/logout/")
    answers = []
    for _ in range(6):
        try_to_sign_in(browser)
        answers.append(browser.post(STEP, {"code": wrong(seed)}, REMOTE_ADDR=CLINIC).status_code)

    assert answers[:5] == 4 * [422] + [429]
    assert try_to_sign_in(browser).status_code == 429


def test_ten_wrong_codes_are_the_end_in_every_known_browser(cast):
    seed = give_app(cast.owner.user)
    browsers = [Client(), Client(), Client()]
    for browser in browsers:
        try_to_sign_in(browser)
        with time_machine.travel(database_now() + timedelta(minutes=browsers.index(browser)), tick=False):
            show_code(browser, shown(seed))
        browser.post("/logout/")
    for browser in browsers[:2]:
        try_to_sign_in(browser)
        for _ in range(5):
            browser.post(STEP, {"code": wrong(seed)}, REMOTE_ADDR=CLINIC)

    assert try_to_sign_in(browsers[2]).status_code == 429


# People who share a browser


def test_two_people_at_one_front_desk_share_no_count(cast, url):
    browser = known()
    browser.post("/logout/")
    known(ADAM, browser)
    browser.post("/logout/")
    guess(browser, 5, email=OLIVE)
    assert guess(browser, 1, email=OLIVE) == [429]

    assert try_to_sign_in(browser, email=ADAM).url == url("home")


def test_signing_in_again_keeps_the_count_of_a_mark_that_others_may_hold(cast):
    browser = known()
    thief = copy_of_mark(browser)
    browser.post("/logout/")
    known(browser=browser)
    guess(thief, 5, at=AFAR)

    browser.post("/logout/")
    assert guess(browser, 1) == [429]


# When a mark ends


def sign_out_everywhere(browser: Client, _cast, _deliver) -> None:
    assert browser.post(reverse("accounts:sign_ins_end")).status_code == 302


def change_password(browser: Client, _cast, _deliver) -> None:
    form = {"current_password": PASSWORD, "password": NEW}
    assert browser.post(reverse("accounts:password_change"), form).status_code == 302


def reset_password(_browser: Client, _cast, deliver) -> None:
    asking = Client()
    asking.post("/password/reset/", {"email": OLIVE})
    page = asking.get(path_in(deliver()[-1]), follow=True)
    assert asking.post(page.redirect_chain[-1][0], {"password": NEW}).status_code == 302


def change_address(browser: Client, _cast, deliver) -> None:
    address_changes.ask(browser)
    address_changes.confirm(browser, address_changes.link_to(deliver, address_changes.NEW))
    assert User.objects.filter(email=address_changes.NEW).exists()


def object_to_change(browser: Client, _cast, deliver) -> None:
    address_changes.ask(browser)
    assert address_changes.object_to(address_changes.link_to(deliver, OLIVE)).status_code == 200


ENDS: dict[str, Callable[..., None]] = {
    "signed out everywhere": sign_out_everywhere,
    "another password": change_password,
    "a reset": reset_password,
    "another address": change_address,
    "an objection": object_to_change,
}


def email_of(cast) -> str:
    return User.objects.get(pk=cast.owner.user_id).email


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_copied_mark_is_a_strangers_afterwards(cast, deliver_mail, end):
    browser = known()
    thief = copy_of_mark(browser)
    assert counts_as_known(thief)

    end(browser, cast, deliver_mail)

    assert not counts_as_known(thief, email_of(cast))


@pytest.mark.parametrize("end", [sign_out_everywhere, change_password, change_address])
def test_the_browser_in_which_it_is_done_stays_known(cast, deliver_mail, end):
    browser = known()
    end(browser, cast, deliver_mail)
    browser.post("/logout/")

    assert counts_as_known(browser, email_of(cast))


def test_signing_out_everywhere_makes_other_browsers_unknown(cast):
    here, there = known(), known()
    sign_out_everywhere(here, cast, None)

    assert not counts_as_known(there)


RITA = "rita@harbour.example"


def sign_out_by_administrator(adam: Client, cast, url) -> None:
    assert adam.post(url("member_sign_ins", cast.receptionist.pk)).status_code == 302


def reset_two_factor(adam: Client, cast, url) -> None:
    give_app(cast.receptionist.user)
    address = url("member_two_factor", cast.receptionist.pk)
    assert adam.post(address, {"reverify_password": PASSWORD}).status_code == 302
    assert not cast.receptionist.user.has_two_factor


def make_inactive_and_active_again(adam: Client, cast, url) -> None:
    for is_active in (False, True):
        rita = Member.objects.get(pk=cast.receptionist.pk)
        rita.is_active = is_active
        update_member(
            actor=cast.administrator, target=rita, details=MemberDetails.of(rita), expected_version=rita.version
        )


@pytest.mark.parametrize("act", [sign_out_by_administrator, reset_two_factor, make_inactive_and_active_again])
def test_what_an_administrator_does_ends_it_too(cast, adam, url, act):
    thief = copy_of_mark(known(RITA))
    assert counts_as_known(thief, RITA)

    act(adam, cast, url)

    assert not counts_as_known(thief, RITA)


@pytest.mark.parametrize("act", [sign_out_by_administrator, make_inactive_and_active_again])
def test_but_not_of_someone_who_signs_in_to_another_clinic_too(cast, adam, url, act):
    """Else one clinic could let strangers shut them out of the other."""
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    browser = copy_of_mark(known(RITA))

    act(adam, cast, url)

    assert counts_as_known(browser, RITA)


def test_of_a_login_that_was_switched_off_no_browser_is_known(cast):
    thief = copy_of_mark(known(RITA))
    User.objects.filter(email=RITA).update(is_active=False)

    assert not counts_as_known(thief, RITA)


def test_a_clinic_that_only_invited_somebody_cannot_make_their_browsers_unknown(cast, sign_in):
    """Else it could let strangers shut them out."""
    browser = known(RITA)
    browser.post("/logout/")
    pending = PendingMemberFactory(
        account=cast.other_clinic, user=cast.receptionist.user, role="receptionist", invited_by=cast.outsider
    )
    cancel_invitation(actor=cast.outsider, target=pending)

    assert counts_as_known(browser, RITA)


def test_the_prompt_makes_a_browser_known_again(cast, url):
    """After an upgrade, or where more than twelve people share one."""
    browser = known()
    del browser.cookies["known"]

    browser.post(url("my_info"), {"reverify_password": PASSWORD})
    browser.post("/logout/")

    assert counts_as_known(browser)


# What is no mark


NO_MARKS: dict[str, Callable[[], str]] = {
    "empty": str,
    "a NUL": lambda: "\x00",
    "garbage": lambda: "garbage",
    "oversized": lambda: "x" * 5000,
    "signed for another purpose": lambda: signing.dumps([[1, "id", "seal"]], salt="accounts.trusted"),
    "as the release before wrote it": lambda: signing.dumps([[1, "0" * 24]], salt="accounts.known_browsers"),
    "ours, with seals that are none": lambda: signing.dumps([[pk, "", ""] for pk in range(200)], salt=SALT),
}


@pytest.mark.parametrize("cookie", NO_MARKS.values(), ids=NO_MARKS)
def test_a_cookie_that_is_no_mark_counts_as_unknown_and_is_no_error(cast, cookie):
    browser = Client()
    browser.cookies["known"] = cookie()

    assert guess(browser, 6) == 4 * [422] + 2 * [429]
    assert not AccessAttempt.objects.filter(username__startswith="mark:").exists()


def test_a_mark_of_one_person_is_none_of_another(cast):
    browser = known(ADAM)
    browser.post("/logout/")

    assert not counts_as_known(browser, OLIVE)


def test_marks_of_two_browsers_are_counted_apart(cast):
    here, there = known(), known()
    for browser in (here, there):
        browser.post("/logout/")
    guess(here, 5)

    assert guess(there, 1) == [422]


def test_what_is_stolen_with_the_whole_browser_is_stopped_as_well(cast, url):
    """The session, too: at the prompt it has five tries with the mark, and five without."""
    thief = Client()
    thief.cookies = deepcopy(known().cookies)
    form = {**prompt_of_security(), "reverify_password": WRONG}
    tries = [thief.post(url("account_security"), form, REMOTE_ADDR=AFAR).status_code for _ in range(8)]
    del thief.cookies["known"]
    tries += [thief.post(url("account_security"), form, REMOTE_ADDR=AFAR).status_code for _ in range(8)]

    assert tries.count(422) == 8 and tries.count(429) == 8
