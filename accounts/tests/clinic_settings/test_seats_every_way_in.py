"""Every way in needs a place of the plan; where none is left it says so, and does and sends nothing (S19, S20, K6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.access import roles
from accounts.core import seat_rules
from accounts.invitations import actions as invitations
from accounts.invitations import member_views as invitation_views
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail
from accounts.people import actions as members
from accounts.people import views as member_views
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.import_files import account, bring, csv_file, line, practitioner, run
from accounts.tests.links import ACCEPT, CHOSEN, opened
from accounts.tests.pages import typed_on
from accounts.tests.rows import everything

pytestmark = pytest.mark.django_db

FULL = "has room for 5 practitioners and all of them are taken."
SEATS = 5
NINA = {
    "first_name": "Nina",
    "last_name": "Novak",
    "email": "nina@harbour.example",
    "mobile": "0400 333 444",
    "role": roles.PRACTITIONER,
    "is_practitioner": "yes",
}


def expire(member: Member) -> None:
    Invitation.objects.filter(member=member).update(expires_at=timezone.now() - timedelta(seconds=1))


# Who comes, and from where


def joined(cast, **fields: Any) -> Member:
    return MemberFactory(account=cast.clinic, **fields)


def invited(cast, *, expired: bool = False, **fields: Any) -> Member:
    member = PendingMemberFactory(account=cast.clinic, invited_by=cast.administrator, **fields)
    if expired:
        expire(member)
    return member


@dataclass(frozen=True)
class Way:
    """A way in on the page of somebody, or on Add user where there is nobody: who it is, and what is changed."""

    who: Callable[[Any], Member | None]
    change: dict[str, str]


PRACTISES = {"is_practitioner": "yes"}
ON_PAGES = {
    "added": Way(lambda cast: None, NINA),
    "made active again": Way(lambda cast: joined(cast, is_practitioner=True, is_active=False), {"is_active": "yes"}),
    "made active again as a practitioner": Way(
        lambda cast: joined(cast, is_active=False), {"is_active": "yes", **PRACTISES}
    ),
    "invited again after it was cancelled": Way(
        lambda cast: invited(cast, is_practitioner=True, is_active=False), {"is_active": "yes"}
    ),
    "of the staff, sees patients": Way(joined, PRACTISES),
    "an administrator, sees patients": Way(lambda cast: joined(cast, role=roles.ADMINISTRATOR), PRACTISES),
    "invited to the staff, will see patients": Way(invited, PRACTISES),
    "expired, the address corrected": Way(
        lambda cast: invited(cast, expired=True, is_practitioner=True), {"email": "corrected@harbour.example"}
    ),
    "expired, given another role": Way(
        lambda cast: invited(cast, expired=True, is_practitioner=True), {"role": roles.SCHEDULER}
    ),
    "expired of the staff, will see patients at another address": Way(
        lambda cast: invited(cast, expired=True), {"email": "corrected@harbour.example", **PRACTISES}
    ),
}
every_page = pytest.mark.parametrize("way", ON_PAGES.values(), ids=ON_PAGES)


@pytest.fixture
def fill(cast):
    """Let all places be taken but `left`; Paul has one, and Ivy, who is invited."""

    def _fill(*, left: int = 0) -> None:
        MemberFactory.create_batch(
            SEATS - left - seat_rules.seats_in_use(cast.clinic), account=cast.clinic, is_practitioner=True
        )
        assert seat_rules.seats_in_use(cast.clinic) == SEATS - left

    return _fill


@pytest.fixture
def send(cast, adam, url):
    """Go a way in, as Adam; with the password, unless told."""

    def _send(way: Way, member: Member | None, *, password: str | None = PASSWORD):
        address = url("member", member.pk) if member else url("member_new")
        form = {**typed_on(adam.get(address)), **way.change, "mobile": "0400 333 444"}
        return adam.post(address, form | ({"reverify_password": password} if password else {}))

    return _send


@pytest.fixture
def resend(adam, url):
    """Choose **Resend invitation email** on somebody's page; the page that comes next."""
    return lambda member: adam.post(url("member_invitation", member.pk), follow=True)


def taken(cast) -> int:
    return seat_rules.seats_in_use(Account.objects.get(pk=cast.clinic.pk))


def notice_in(page) -> str:
    """The main part of a page."""
    return page.text.split("<main", 1)[1]


# On a form


@every_page
def test_a_full_plan_refuses_before_the_password_and_nothing_is_lost_done_or_sent(
    cast, fill, send, url, deliver_mail, way
):
    """S20."""
    member = way.who(cast)
    fill()
    before = everything()

    page = send(way, member, password=None)

    assert page.status_code == 422
    assert FULL in page.text
    assert "Verify your password" not in page.text
    assert f'href="{url("subscription")}" target="_blank"' in notice_in(page)
    assert {name: typed_on(page)[name] for name in way.change} == way.change
    assert typed_on(page)["mobile"] == "0400 333 444"
    assert everything() == before
    assert deliver_mail() == []


@every_page
def test_with_the_password_it_refuses_as_well(cast, fill, send, deliver_mail, way):
    member = way.who(cast)
    fill()
    before = everything()

    page = send(way, member)

    assert (page.status_code, FULL in page.text) == (422, True)
    assert everything() == before
    assert deliver_mail() == []


@every_page
def test_the_last_place_can_be_taken(cast, fill, send, way):
    member = way.who(cast)
    fill(left=1)

    assert send(way, member).status_code == 302
    assert taken(cast) == SEATS


@every_page
def test_a_place_taken_between_the_form_and_the_action_is_noticed_inside_the_lock(
    cast, fill, send, url, deliver_mail, monkeypatch, way
):
    """K6: the form's look is a courtesy, the action's holds."""
    member = way.who(cast)
    before = {}

    def _too_late(action):
        def _act(**given):
            fill()
            before.update(everything())
            return action(**given)

        return _act

    monkeypatch.setattr(member_views, "add_member", _too_late(members.add_member))
    monkeypatch.setattr(member_views, "update_member", _too_late(members.update_member))

    page = send(way, member)

    assert page.status_code == 422
    assert FULL in page.text
    assert f'href="{url("subscription")}" target="_blank"' in notice_in(page)
    assert {name: typed_on(page)[name] for name in way.change} == way.change
    assert everything() == before
    assert deliver_mail() == []


@every_page
def test_the_very_form_that_was_refused_goes_through_after_the_upgrade(cast, fill, adam, send, url, way):
    """S20: whoever comes back from Subscription chooses the button again."""
    member = way.who(cast)
    fill()
    page = send(way, member)
    adam.post(url("subscription"), {"plan": "medium", "reverify_password": PASSWORD})

    address = url("member", member.pk) if member else url("member_new")
    answer = adam.post(address, {**typed_on(page), "reverify_password": PASSWORD})

    assert answer.status_code == 302
    assert taken(cast) == SEATS + 1


@every_page
def test_the_same_as_somebody_who_sees_no_patients_needs_no_place(cast, fill, send, way):
    """S19."""
    member = way.who(cast)
    fill()
    # For somebody who would see patients and changes nothing else, that is to stay as they are.
    free = Way(way.who, {**way.change, "is_practitioner": "no"})

    assert send(free, member).status_code == 302
    assert taken(cast) == SEATS


# By Resend invitation email


def test_a_full_plan_lets_no_expired_invitation_of_a_practitioner_be_sent_again(cast, fill, resend, url, deliver_mail):
    """S20: the seat was let go, and somebody has it."""
    member = invited(cast, expired=True, is_practitioner=True)
    fill()
    before = everything()

    page = resend(member)

    assert FULL in page.text
    assert "Change the plan under Settings, Subscription." in page.text
    assert f'href="{url("subscription")}"' in page.text
    assert everything() == before
    assert deliver_mail() == []


def test_into_the_last_place_it_can(cast, fill, resend, deliver_mail):
    member = invited(cast, expired=True, is_practitioner=True)
    fill(left=1)

    resend(member)

    assert taken(cast) == SEATS
    assert [message.to for message in deliver_mail()] == [[member.user.email]]


def test_a_place_taken_while_resend_was_on_its_way_is_noticed_inside_the_lock(cast, fill, resend, monkeypatch):
    member = invited(cast, expired=True, is_practitioner=True)

    def _too_late(**given):
        fill()
        return invitations.resend_invitation(**given)

    monkeypatch.setattr(invitation_views, "resend_invitation", _too_late)

    assert FULL in resend(member).text
    assert taken(cast) == SEATS
    assert not OutboundEmail.objects.exists()


def test_nobody_gets_by_the_plan_by_practising_only_after_the_invitation_has_expired(cast, fill, send, resend):
    """Made a practitioner while it is expired, then invited again: each looks at the plan."""
    member = invited(cast, expired=True)
    fill(left=1)
    assert send(Way(lambda cast: member, PRACTISES), member).status_code == 302
    assert taken(cast) == SEATS - 1, "An expired invitation holds no place."
    fill()

    assert FULL in resend(member).text
    assert taken(cast) == SEATS


# By accepting


def test_whoever_was_invited_in_time_joins_on_a_full_plan(cast, fill):
    """K6: they hold their place."""
    fill()

    assert opened(cast.invited).post(ACCEPT, {"password": CHOSEN}).status_code == 302
    assert taken(cast) == SEATS


def test_an_invitation_that_ran_out_lets_nobody_in_whether_or_not_the_place_is_free(cast, fill):
    """They opened it in time, and choose the password too late."""
    for left in (1, 0):
        expire(cast.invited)
        browser = opened(cast.invited)
        fill(left=left)

        page = browser.post(ACCEPT, {"password": CHOSEN})

        assert page.status_code == 410
        assert taken(cast) == SEATS - left
    cast.invited.refresh_from_db()
    assert not cast.invited.has_joined


def test_one_opened_in_time_is_looked_at_again_when_the_password_is_chosen(cast, fill):
    browser = opened(cast.invited)
    expire(cast.invited)
    fill()

    assert browser.post(ACCEPT, {"password": CHOSEN}).status_code == 410
    assert taken(cast) == SEATS


def test_asking_for_a_new_invitation_takes_no_place(cast, fill):
    expire(cast.invited)
    browser = opened(cast.invited)
    fill()

    browser.post("/invitations/request/")

    assert taken(cast) == SEATS


def test_a_place_let_go_and_taken_again_is_one_place(cast, fill, send, resend):
    """The expired one, the one who took the place, and the renewal of the first: whatever the order."""
    fill()
    expire(cast.invited)
    assert send(ON_PAGES["added"], None).status_code == 302

    assert FULL in resend(cast.invited).text
    corrected = Way(lambda cast: None, {"email": "ivy@new.example"})
    assert send(corrected, cast.invited).status_code == 422
    assert opened(cast.invited).post(ACCEPT, {"password": CHOSEN}).status_code == 410
    assert taken(cast) == SEATS


# By import


@pytest.fixture
def brought(tmp_path):
    """Bring Old Town Physio over, on the Small plan, with Ann and that many practitioners; by a file of those lines."""

    def _brought(practitioners: int, *more: dict[str, str], how=bring):
        lines = [line("Ann"), *(practitioner(number) for number in range(practitioners)), *more]
        return how(csv_file(tmp_path, *({**each, "account_plan": "small"} for each in lines)))

    return _brought


def test_a_file_that_names_a_plan_brings_no_more_practitioners_over_than_it_has_places(brought):
    """C11: a person more is refused by line, with the reason, and the others come."""
    ran = brought(SEATS + 1)

    assert seat_rules.seats_in_use(account()) == SEATS
    assert FULL in "\n".join(ran.lines)
    assert ran.error != ""


@pytest.mark.parametrize(
    ("more", "comes"),
    [
        ({"is_practitioner": "yes"}, False),
        ({"is_practitioner": "no"}, True),
        ({"is_practitioner": "yes", "is_active": "no"}, True),
    ],
)
def test_of_a_full_account_that_is_here_already_only_those_who_need_no_place_are_added(brought, more, comes):
    brought(SEATS)

    ran = brought(SEATS, line("Zed", role="practitioner", **more))

    assert account().members.filter(user__email="zed@old.example").exists() is comes
    assert (FULL in "\n".join(ran.lines)) is not comes
    assert seat_rules.seats_in_use(account()) == SEATS


def test_the_last_place_of_an_account_that_is_here_already_can_be_taken(brought):
    brought(SEATS - 1)

    ran = brought(SEATS - 1, line("Zed", role="practitioner", is_practitioner="yes"))

    assert ran.error == ""
    assert seat_rules.seats_in_use(account()) == SEATS


def test_those_who_are_here_already_take_no_second_place(brought):
    brought(SEATS)

    assert brought(SEATS).error == ""
    assert seat_rules.seats_in_use(account()) == SEATS


def test_a_trial_says_who_would_find_no_place(brought):
    trial = brought(SEATS + 1, how=run)

    assert FULL in "\n".join(trial.lines)
    assert not Account.objects.filter(import_reference="A17").exists()


def test_without_a_plan_in_the_file_an_account_over_its_plan_keeps_it_and_its_people(tmp_path, settings):
    """The operator may have made every plan smaller than what one clinic has already (C11)."""
    lines = [line("Ann"), *(practitioner(number) for number in range(3))]
    bring(csv_file(tmp_path, *lines))
    settings.PLAN_SEATS = dict.fromkeys(settings.PLAN_SEATS, 2)

    ran = bring(csv_file(tmp_path, *lines, practitioner(4)))

    assert "has room for 2 practitioners and all of them are taken." in "\n".join(ran.lines)
    assert account().plan == "small"
    assert seat_rules.seats_in_use(account()) == 3


# Who holds a place already


HOLDING = {
    "a new name": (lambda cast: cast.practitioner, {"first_name": "Pavel"}),
    "another role": (lambda cast: cast.practitioner, {"role": roles.SCHEDULER}),
    "made an administrator": (lambda cast: cast.practitioner, {"role": roles.ADMINISTRATOR}),
    "invited, a new name": (lambda cast: cast.invited, {"first_name": "Yvonne"}),
    "invited, another role": (lambda cast: cast.invited, {"role": roles.SCHEDULER}),
    "invited, the address corrected": (lambda cast: cast.invited, {"email": "ivy@new.example"}),
}


@pytest.mark.parametrize(("who", "change"), HOLDING.values(), ids=HOLDING)
def test_whoever_holds_a_place_can_be_changed_on_a_full_plan_and_keeps_it(cast, fill, send, who, change):
    fill()

    assert send(Way(who, change), who(cast)).status_code == 302
    assert taken(cast) == SEATS


def test_whoever_holds_a_place_is_sent_the_invitation_again_on_a_full_plan(cast, fill, resend, deliver_mail):
    fill()

    resend(cast.invited)

    assert [message.to for message in deliver_mail()] == [[cast.invited.user.email]]
    assert taken(cast) == SEATS


def test_one_form_sent_twice_takes_one_place_and_is_not_told_that_it_took_the_last(cast, fill, adam, url):
    """S20: a double click on a plan with one place left."""
    fill(left=1)
    form = {**NINA, "submission": str(uuid4()), "reverify_password": PASSWORD}

    answers = [adam.post(url("member_new"), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert taken(cast) == SEATS
    assert Activity.objects.filter(verb=Activity.Verb.MEMBER_ADDED).count() == 1


# Signing up


def test_whoever_opens_a_clinic_has_no_place_in_it_until_they_say_that_they_see_patients(db):
    """S19."""
    Client().post(
        "/signup/",
        {
            "clinic_name": "Riverside Physio",
            "first_name": "Nora",
            "last_name": "Nilsen",
            "email": "nora@riverside.example",
            "password": CHOSEN,
            "submission": str(uuid4()),
        },
    )

    assert seat_rules.seats_in_use(Account.objects.get(name="Riverside Physio")) == 0
