"""Making somebody inactive says first what it does, in the question for the password (C3 to C5, F-C11)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.access import roles
from accounts.core.signals import member_leaving, member_returned
from accounts.models import Invitation, Member
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.owners import asks, told_on
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db

OUT = "They are signed out of Harbour Physio everywhere at once, and can’t sign in to it."
BACK = "Make them active again at any time: everything is kept."


@pytest.fixture
def change(adam, url):
    """Change somebody's page; without a password unless one is given."""

    def _change(member, browser=adam, **fields):
        address = url("member", member.pk)
        follow = fields.pop("follow", False)
        return browser.post(address, {**typed_on(browser.get(address)), **fields}, follow=follow)

    return _change


@pytest.fixture
def told_first(change):
    """The sentences of the question, for making somebody inactive."""

    def _told_first(member, **more):
        prompt = change(member, **{"is_active": "no", **more})
        assert asks(prompt)
        return sentences(prompt)

    return _told_first


def sentences(prompt):
    listed = BeautifulSoup(prompt.text, "html.parser").select("#reverify-consequences li")
    return [" ".join(each.get_text().split()) for each in listed]


def invite(inviter, first_name, last_name, **fields):
    return PendingMemberFactory(
        account=inviter.account, first_name=first_name, last_name=last_name, invited_by=inviter, **fields
    )


# What is said


def test_other_staff_are_signed_out_and_can_come_back(cast, told_first):
    """C3, C4."""
    assert told_first(cast.receptionist) == [OUT, BACK]


def test_a_practitioner_frees_a_place_of_a_plan_that_stays(cast, told_first):
    """C5: Paul and Ivy hold one each."""
    said = told_first(cast.practitioner)

    assert said[1] == "Their place on the plan is free again: 1 of 5 are taken then. The plan stays as it is."
    assert said[-1] == "Make them active again at any time: everything is kept, their hours too."


def test_somebody_invited_has_a_link_that_stops_working(cast, told_first):
    assert told_first(cast.invited)[0] == "The link in their invitation stops working at once."


def test_a_place_that_an_expired_invitation_let_go_is_not_freed_again(cast, told_first):
    """K6."""
    Invitation.objects.filter(member=cast.invited).update(expires_at=timezone.now())

    assert not [each for each in told_first(cast.invited) if "place on the plan" in each]


def test_invitations_that_stand_by_them_alone_are_named(cast, tess, told_first):
    """F-C11."""
    invite(tess, "Ivo", "Abel")
    invite(tess, "Joe", "Bloggs")

    assert told_first(tess)[1] == (
        "2 invitations that they sent stop working: Ivo Abel and Joe Bloggs. Send them again in your own name."
    )


def test_one_invitation_is_one(cast, tess, told_first):
    invite(tess, "Joe", "Bloggs")

    assert told_first(tess)[1] == (
        "1 invitation that they sent stops working: Joe Bloggs. Send it again in your own name."
    )


def test_of_many_invitations_five_are_named(cast, tess, told_first):
    for number in range(8):
        invite(tess, "Joe", f"Number{number}")

    assert "8 invitations that they sent stop working: Joe Number0, Joe Number1, " in told_first(tess)[1]
    assert "Joe Number4 and 3 more. Send them again" in told_first(tess)[1]


def test_invitations_that_are_dead_already_or_somebody_elses_are_not_named(cast, tess, told_first):
    now = timezone.now()
    joined, expired = invite(tess, "A", "Joined"), invite(tess, "An", "Expired")
    Member.objects.filter(pk=joined.pk).update(joined_at=now)
    Invitation.objects.filter(member=joined).update(accepted_at=now)
    Invitation.objects.filter(member=expired).update(expires_at=now - timedelta(seconds=1))
    cancelled = invite(tess, "A", "Cancelled", is_active=False)
    Invitation.objects.filter(member=cancelled).update(cancelled_at=now)
    invite(cast.administrator, "By", "Adam")

    assert told_first(tess) == [OUT, BACK]


def test_who_is_no_administrator_any_more_takes_no_invitation_along(cast, tess, told_first):
    """Their invitations stopped working when the role went."""
    invite(tess, "Joe", "Bloggs")
    Member.objects.filter(pk=tess.pk).update(role=roles.RECEPTIONIST)

    assert told_first(tess) == [OUT, BACK]


def test_whoever_leaves_by_their_own_hand_is_not_told_to_send_anything(cast, told_first):
    invite(cast.administrator, "Joe", "Bloggs")

    assert told_first(cast.administrator)[2] == "2 invitations that they sent stop working: Joe Bloggs and Ivy Ito."


def test_what_is_told_is_inert(cast, tess, change):
    """C16."""
    invite(tess, "<img src=x>", "Bloggs")

    assert "<img" not in change(tess, is_active="no").text


def test_other_apps_add_sentences_between(cast, told_first):
    def _say(member, **_kwargs):
        return [f"{member.first_name} has a parrot.", "It stays."]

    member_leaving.connect(_say)
    try:
        assert told_first(cast.receptionist) == [OUT, "Rita has a parrot.", "It stays.", BACK]
    finally:
        member_leaving.disconnect(_say)


# When it is said


def test_nothing_has_happened_by_then(cast, change):
    change(cast.practitioner, is_active="no")

    cast.practitioner.refresh_from_db()
    assert cast.practitioner.is_active


def test_after_a_wrong_password_it_is_still_said_and_read_out_with_the_field(cast, change):
    page = change(cast.practitioner, is_active="no", reverify_password="wrong")

    assert sentences(page)[0] == OUT
    field = BeautifulSoup(page.text, "html.parser").find(id="id_reverify_password")
    assert field["aria-describedby"].split() == ["reverify-error", "reverify-consequences"]


@pytest.mark.parametrize("fields", [{"role": "scheduler"}, {"is_practitioner": "yes", "role": "scheduler"}])
def test_another_change_asks_without_a_list(cast, change, fields):
    page = change(cast.receptionist, **fields)

    assert asks(page)
    assert sentences(page) == []
    assert "What happens" not in page.text


def test_making_somebody_active_again_says_that_their_old_password_opens_the_clinic(cast, change):
    """A70: at an address that somebody else reads by now, it may not be who the clinic means."""
    left = MemberFactory(account=cast.clinic, user__email="reception@harbour.example", is_active=False)

    page = change(left, is_active="yes")

    assert asks(page)
    assert sentences(page) == [
        "They sign in as before: with reception@harbour.example and the password that they had.",
        "If someone else has reception@harbour.example now, cancel, and free the address on this page instead.",
    ]


def test_within_the_operators_window_it_is_asked_all_the_same(with_grace, cast, change):
    """A21: the question is where it is said, so it is never left out."""
    change(cast.receptionist, role="scheduler", reverify_password=PASSWORD)
    assert change(cast.receptionist, role="bookkeeper").status_code == 302, "the window is open"

    prompt = change(cast.receptionist, is_active="no")

    assert asks(prompt)
    assert sentences(prompt) == [OUT, BACK]


def test_coming_back_is_within_the_operators_window(with_grace, cast, change):
    left = MemberFactory(account=cast.clinic, is_active=False)
    change(cast.receptionist, role="scheduler", reverify_password=PASSWORD)

    assert change(left, is_active="yes").status_code == 302


@pytest.mark.database
def test_it_takes_as_many_queries_however_many_they_invited(cast, tess, change):
    def _count():
        with CaptureQueriesContext(connection) as queries:
            assert len(sentences(change(tess, is_active="no"))) == 4
        return len(queries)

    invite(tess, "Joe", "Bloggs", is_practitioner=True)
    _count()
    few = _count()
    for number in range(40):
        invite(tess, "Joe", f"Number{number}", is_practitioner=True)

    assert _count() == few


# Afterwards


def test_somebody_of_the_staff_is_active_again_and_no_more_is_said(cast, change):
    left = MemberFactory(account=cast.clinic, first_name="Lea", last_name="Left", is_active=False)

    page = change(left, is_active="yes", reverify_password=PASSWORD, follow=True)

    assert told_on(page) == "Lea Left is active again and can sign in."


def test_what_other_apps_have_back_is_said_then(cast, change):
    left = MemberFactory(account=cast.clinic, first_name="Lea", last_name="Left", is_active=False)

    def _say(member, **_kwargs):
        return [f"{member.first_name} has the parrot again."]

    member_returned.connect(_say)
    try:
        page = change(left, is_active="yes", reverify_password=PASSWORD, follow=True)
    finally:
        member_returned.disconnect(_say)
    assert told_on(page) == "Lea Left is active again and can sign in. Lea has the parrot again."
