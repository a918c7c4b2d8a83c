"""A dead link says in which way it is dead, tells a stranger nothing, and offers to ask for a new invitation."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.access import roles
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail
from accounts.tests.links import ACCEPT, alike, html_of, invitation_of, join, path_in, path_of, snapshot
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

ASK = "/invitations/request/"


def _used(cast):
    join(cast.invited)


def _expired(cast):
    Invitation.objects.filter(member=cast.invited).update(expires_at=database_now() - timedelta(seconds=1))


def _replaced(cast):
    Invitation.objects.filter(member=cast.invited).update(version=2)


def _cancelled(cast):
    Member.objects.filter(pk=cast.invited.pk).update(is_active=False)
    Invitation.objects.filter(member=cast.invited).update(version=2, cancelled_at=database_now())


def _not_backed(cast):
    Member.objects.filter(pk=cast.administrator.pk).update(role=roles.SCHEDULER)


def _locked(cast):
    Account.objects.filter(pk=cast.clinic.pk).update(locked_at=database_now())


WAYS = {
    "used": (_used, "This invitation has been used", "Sign in with the password you created."),
    "expired": (_expired, "This invitation has expired", "Invitations work for a limited time"),
    "replaced": (_replaced, "This link has been replaced", "Look for a newer email from the clinic."),
    "cancelled": (_cancelled, "This invitation was cancelled", "The clinic took it back, or it was declined."),
    "not backed": (_not_backed, "This invitation is no longer valid", "Someone else in the clinic can."),
    "locked": (_locked, "This clinic is locked", "Please ask the clinic."),
}
CAN_ASK = {"expired", "replaced", "cancelled", "not backed"}


def opened_dead(cast, way: str) -> Client:
    """A stranger's browser in which Ivy's link was opened after it had died."""
    path = path_of(cast.invited)
    WAYS[way][0](cast)
    browser = Client()
    browser.get(path)
    return browser


@pytest.mark.parametrize("way", WAYS)
def test_a_dead_link_says_in_which_way_it_is_dead(cast, way):
    page = opened_dead(cast, way).get(ACCEPT)

    _, heading, words = WAYS[way]
    assert page.status_code == 410
    assert heading in page.text
    assert words in page.text


def test_a_link_that_lost_a_part_says_so(cast):
    browser = Client()
    browser.get(path_of(cast.invited)[:-3] + "/")

    page = browser.get(ACCEPT)

    assert page.status_code == 404
    assert "This link is not complete" in page.text
    assert "copy the whole address" in page.text


@pytest.mark.parametrize("way", WAYS)
def test_a_dead_link_tells_a_stranger_neither_name_nor_clinic_nor_address(cast, way):
    page = opened_dead(cast, way).get(ACCEPT).text

    for known in ("Ivy", "Ito", "Adam", "Adler", "Harbour", "harbour", "Olive"):
        assert known not in page


@pytest.mark.parametrize("way", WAYS)
def test_only_where_a_new_invitation_makes_sense_one_can_be_asked_for(cast, way):
    page = opened_dead(cast, way).get(ACCEPT).text

    assert ("Ask for a new invitation" in page) == (way in CAN_ASK)
    assert 'href="/login/"' in page


def test_a_used_link_leads_to_signing_in_and_to_a_forgotten_password(cast):
    page = opened_dead(cast, "used").get(ACCEPT).text

    assert 'href="/login/"' in page
    assert 'href="/password/reset/"' in page


# Asking for a new one


def test_asking_tells_the_inviter_and_leads_to_the_persons_page(cast, url, deliver_mail):
    opened_dead(cast, "expired").post(ASK)

    [message] = deliver_mail()
    assert message.to == ["adam@harbour.example"]
    assert message.subject == "Ivy Ito asks for a new invitation to Harbour Physio"
    assert path_in(message) == url("member", cast.invited.pk)
    assert "ivy@harbour.example" in message.body and "ivy@harbour.example" in html_of(message)


def test_the_inviter_sends_a_new_one_and_ivy_is_in(cast, sign_in, url, deliver_mail):
    opened_dead(cast, "expired").post(ASK)
    [request] = deliver_mail()
    adam = sign_in(cast.administrator)
    assert "Resend invitation email" in adam.get(path_in(request)).text

    adam.post(url("member_invitation", cast.invited.pk))

    _, invitation = deliver_mail()
    assert invitation.to == ["ivy@harbour.example"]
    join(cast.invited)


def test_asking_again_within_twelve_hours_sends_nothing_more(cast):
    browser = opened_dead(cast, "expired")

    for _ in range(3):
        browser.post(ASK)
    Client().post(ASK)

    assert OutboundEmail.objects.count() == 1


def test_after_twelve_hours_asking_sends_another_mail(cast):
    browser = opened_dead(cast, "expired")
    browser.post(ASK)
    asked_at = invitation_of(cast.invited).requested_at
    Invitation.objects.update(requested_at=asked_at - timedelta(hours=11, minutes=59))
    browser.post(ASK)
    assert OutboundEmail.objects.count() == 1

    Invitation.objects.update(requested_at=asked_at - timedelta(hours=12, seconds=1))
    browser.post(ASK)

    assert OutboundEmail.objects.count() == 2


def test_where_the_inviter_can_no_longer_invite_every_other_administrator_is_told(cast, deliver_mail):
    opened_dead(cast, "not backed").post(ASK)

    [message] = deliver_mail()
    assert message.to == ["olive@harbour.example"]


def test_what_was_asked_for_is_in_the_activity_as_somebody_with_an_old_link(cast, sign_in, url):
    opened_dead(cast, "expired").post(ASK)

    entry = Activity.objects.get(verb=Activity.Verb.INVITATION_REQUESTED)
    assert (entry.account, entry.actor, entry.subject) == (cast.clinic, None, cast.invited)
    assert "Someone with an old link asked for a new invitation" in " ".join(
        sign_in(cast.administrator).get(url("member", cast.invited.pk)).text.split()
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_answer_is_the_same_for_everybody(cast, way):
    known, stranger = opened_dead(cast, way), Client()

    pages = [browser.post(ASK, follow=True) for browser in (known, stranger)]

    assert [page.redirect_chain for page in pages] == [[(ASK, 302)]] * 2
    assert alike(pages[0].text) == alike(pages[1].text)
    assert "the clinic has been told that you asked" in pages[0].text


@pytest.mark.parametrize("way", ["used", "locked"])
def test_where_a_new_invitation_makes_no_sense_asking_changes_nothing(cast, way):
    browser = opened_dead(cast, way)
    before = snapshot()

    browser.post(ASK)

    assert snapshot() == before


def test_asking_with_a_link_that_works_or_none_at_all_changes_nothing(cast):
    working = Client()
    working.get(path_of(cast.invited))
    before = snapshot()

    working.post(ASK)
    Client().post(ASK)

    assert snapshot() == before


def test_asking_needs_the_form_of_our_own_page(cast):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = opened_dead(cast, "expired").cookies

    assert browser.post(ASK).status_code == 403
    assert not OutboundEmail.objects.exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_page_of_the_answer_asks_for_nothing(cast, method):
    """A26."""
    browser = opened_dead(cast, "expired")
    before = snapshot()

    getattr(browser, method)(ASK)

    assert snapshot() == before


def test_a_request_that_was_answered_by_a_new_invitation_or_by_joining_is_not_mailed_any_more(cast, deliver_mail):
    """R12: the mail would be about something that is done."""
    opened_dead(cast, "expired").post(ASK)
    Invitation.objects.filter(member=cast.invited).update(expires_at=database_now() + timedelta(days=1))
    join(cast.invited)

    assert deliver_mail() == []
    assert OutboundEmail.objects.get().state == OutboundEmail.State.DROPPED
