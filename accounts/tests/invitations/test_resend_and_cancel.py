"""Somebody who has not joined: send again, cancel, copy the link (S16 to S18, A25)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from accounts.access import roles
from accounts.core import seat_rules
from accounts.core.tokens import invitation_url
from accounts.models import Activity, Invitation, Member, OutboundEmail, User
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, invitation_of, opened, path_in, path_of, snapshot, token_of
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def resend(adam, cast, url):
    """Press **Resend invitation email** on Ivy's page; returns the page after it."""
    return lambda: adam.post(url("member_invitation", cast.invited.pk), follow=True)


@pytest.fixture
def cancel(adam, cast, url):
    """Press **Cancel invitation**, and again on the page that asks."""
    return lambda: adam.post(url("member_invitation_cancel", cast.invited.pk), follow=True)


def expire(member: Member) -> None:
    Invitation.objects.filter(member=member).update(expires_at=database_now() - timedelta(minutes=1))


def words_of(page) -> str:
    return " ".join(BeautifulSoup(page.text, "html.parser").get_text().split())


# Resend


def test_resend_stands_at_the_very_top_of_the_page_of_somebody_who_has_not_joined(cast, adam, url):
    """S16."""
    page = adam.get(url("member", cast.invited.pk)).text

    top, _, form = page.partition('<form class="form"')
    assert "Resend invitation email" in top
    assert "Resend invitation email" not in form
    assert "spam and junk folders" in top


def test_after_resending_the_page_says_when_to_expect_it_where_and_to_check_spam_and_junk(cast, resend, url):
    """S17, S18."""
    page = resend()

    assert page.redirect_chain == [(url("member", cast.invited.pk), 302)]
    assert (
        "Another invitation email to ivy@harbour.example is on its way and should arrive within a few minutes. If it "
        "does not, ask Ivy to check their spam and junk folders."
    ) in words_of(page)


def test_another_mail_goes_out_and_says_the_same(resend, deliver_mail):
    """S17."""
    resend()
    deliver_mail()
    resend()
    first, second = deliver_mail()

    assert first.to == second.to == ["ivy@harbour.example"]
    assert path_in(first) == path_in(second)


def test_the_link_of_the_first_mail_goes_on_working_after_a_resend(cast, resend):
    """A second email must not kill the first."""
    browser = opened(cast.invited)

    resend()

    assert browser.post(ACCEPT, {"password": CHOSEN}).status_code == 302


def test_a_resend_gives_the_full_time_again(cast, resend):
    Invitation.objects.update(expires_at=database_now() + timedelta(hours=1))

    resend()

    assert invitation_of(cast.invited).expires_at > database_now() + timedelta(days=6, hours=23)


def test_a_resend_revives_an_expired_invitation_with_its_old_link(cast, resend):
    old = path_of(cast.invited)
    expire(cast.invited)
    browser = Client()
    assert browser.get(old, follow=True).status_code == 410

    resend()

    assert browser.get(old, follow=True).status_code == 200
    assert browser.post(ACCEPT, {"password": CHOSEN}).status_code == 302


def test_a_double_click_sends_one_mail(resend, deliver_mail):
    for _ in range(3):
        page = resend()

    assert "is on its way" in page.text
    assert len(deliver_mail()) == 1


def test_once_the_mail_has_gone_out_a_resend_sends_another(resend, deliver_mail):
    resend()
    deliver_mail()

    resend()

    assert len(deliver_mail()) == 2


def test_the_mail_goes_to_the_address_on_file_when_it_is_sent(cast, adam, resend, url, deliver_mail):
    """S17, R12: corrected while the first mail was waiting, one mail goes out, to the new address."""
    resend()
    form = {
        "first_name": "Ivy",
        "last_name": "Ito",
        "email": "ivy.ito@harbour.example",
        "mobile": "",
        "role": "practitioner",
        "is_practitioner": "yes",
        "is_active": "yes",
        "version": str(Member.objects.get(pk=cast.invited.pk).version),
    }
    adam.post(url("member", cast.invited.pk), {**form, "reverify_password": PASSWORD})

    messages = deliver_mail()

    assert [message.to for message in messages] == [["ivy.ito@harbour.example"]]


def test_whoever_resends_stands_behind_the_invitation_from_then_on(cast, sign_in, url, deliver_mail):
    sign_in(cast.owner).post(url("member_invitation", cast.invited.pk))

    [message] = deliver_mail()
    assert "Olive Owens has invited you" in message.body
    assert invitation_of(cast.invited).invited_by == cast.owner


def test_a_resend_is_recorded(cast, resend):
    resend()

    entry = Activity.objects.get(verb=Activity.Verb.INVITATION_RESENT)
    assert (entry.actor, entry.subject) == (cast.administrator, cast.invited)


def test_resending_an_expired_invitation_needs_a_seat_where_it_has_been_taken_since(cast, resend, deliver_mail):
    """S20, K6: an expired invitation holds none."""
    expire(cast.invited)
    MemberFactory.create_batch(4, account=cast.clinic, role=roles.PRACTITIONER, is_practitioner=True)

    page = resend()

    assert "has room for 5 practitioners" in page.text
    assert "Every practitioner place on your plan is taken. Change the plan first." in words_of(page)
    assert deliver_mail() == []
    assert invitation_of(cast.invited).expires_at < database_now()


# Cancel


def test_cancelling_asks_first_and_says_what_it_does(cast, adam, url):
    page = adam.get(url("member_invitation_cancel", cast.invited.pk))

    words = words_of(page)
    assert "Cancel the invitation of Ivy Ito?" in words
    assert "The link in their email stops working at once" in words
    assert "their practitioner place is free again" in words
    assert "they move to the inactive users" in words
    assert not Activity.objects.filter(verb=Activity.Verb.INVITATION_CANCELLED).exists()


def test_cancelling_kills_the_link_and_makes_the_person_inactive(cast, cancel):
    browser = opened(cast.invited)

    page = cancel()

    assert "The invitation of Ivy Ito is cancelled. Its link no longer works." in words_of(page)
    assert browser.post(ACCEPT, {"password": CHOSEN}).status_code == 410
    cast.invited.refresh_from_db()
    assert not cast.invited.is_active
    assert not cast.invited.has_joined


def test_cancelling_frees_the_seat(cast, cancel):
    before = seat_rules.seats_in_use(cast.clinic)

    cancel()

    assert seat_rules.seats_in_use(cast.clinic) == before - 1


def test_cancelling_is_recorded(cast, cancel):
    cancel()

    entry = Activity.objects.get(verb=Activity.Verb.INVITATION_CANCELLED)
    assert (entry.actor, entry.subject) == (cast.administrator, cast.invited)


def test_a_mail_that_was_still_waiting_when_the_invitation_was_cancelled_is_not_sent(resend, cancel, deliver_mail):
    """R12."""
    resend()
    cancel()

    assert deliver_mail() == []
    assert OutboundEmail.objects.get().state == OutboundEmail.State.DROPPED


def test_the_page_of_somebody_whose_invitation_was_cancelled_says_how_to_invite_them_again(cancel):
    words = words_of(cancel())

    assert "The invitation of Ivy no longer works: it was cancelled on" in words
    assert "To invite them again, choose Yes under “Active user” and update." in words
    assert "Resend invitation email" not in words


def test_somebody_whose_invitation_was_cancelled_is_invited_again_by_making_them_active(
    cast, adam, cancel, url, deliver_mail
):
    old = opened(cast.invited)
    cancel()
    form = {
        "first_name": "Ivy",
        "last_name": "Ito",
        "email": "ivy@harbour.example",
        "mobile": "",
        "role": "practitioner",
        "is_practitioner": "yes",
        "is_active": "yes",
        "version": str(Member.objects.get(pk=cast.invited.pk).version),
    }

    adam.post(url("member", cast.invited.pk), {**form, "reverify_password": PASSWORD})

    [message] = deliver_mail()
    fresh = Client()
    fresh.get(path_in(message))
    assert old.post(ACCEPT, {"password": CHOSEN}).status_code == 410
    assert fresh.post(ACCEPT, {"password": CHOSEN}).status_code == 302


def test_cancelling_twice_is_refused_in_words_and_changes_nothing(cast, cancel):
    cancel()
    before = snapshot()

    page = cancel()

    assert "Nothing was changed." in words_of(page)
    assert {**snapshot(), "accounts.Activity": None} == {**before, "accounts.Activity": None}


# Copy invitation link


def copied_link(member):
    """The link that works now, marked as handed over (test_invitation_by_hand.py says why)."""
    return invitation_url(invitation_of(member), by_hand=True)


def test_the_link_is_shown_on_a_page_to_copy_it_from(cast, adam, url):
    page = adam.post(url("member_invitation_link", cast.invited.pk), {"reverify_password": PASSWORD})

    field = BeautifulSoup(page.text, "html.parser").find("input", id="invitation-link")
    assert field["value"] == copied_link(cast.invited)
    assert "share it only with them" in page.text
    assert "no-store" in page["Cache-Control"]


def test_the_prompt_names_whom_the_link_lets_in_and_holds_no_link(cast, adam, url):
    prompt = adam.post(url("member_invitation_link", cast.invited.pk))

    assert "Anyone who has it can join Harbour Physio as Ivy Ito (Practitioner)." in words_of(prompt)
    assert token_of(cast.invited) not in prompt.text
    assert not Activity.objects.exists()


def test_cancel_at_the_prompt_goes_back_to_the_person(cast, adam, url):
    fields = {"reverify_password": PASSWORD, "reverify_cancel": "1"}

    answer = adam.post(url("member_invitation_link", cast.invited.pk), fields)

    assert answer.url == url("member", cast.invited.pk)
    assert not Activity.objects.exists()


def test_it_asks_within_the_operators_window_too(with_grace, cast, adam, url):
    adam.post(url("member_invitation_link", cast.invited.pk), {"reverify_password": PASSWORD})

    assert token_of(cast.invited) not in adam.post(url("member_invitation_link", cast.invited.pk)).text


def test_copying_is_recorded_each_time_without_the_link(cast, adam, url):
    for _ in range(2):
        adam.post(url("member_invitation_link", cast.invited.pk), {"reverify_password": PASSWORD})

    entries = Activity.objects.filter(verb=Activity.Verb.INVITATION_LINK_COPIED)
    assert [(entry.actor, entry.subject, entry.details) for entry in entries] == [
        (cast.administrator, cast.invited, {})
    ] * 2


def test_an_expired_link_is_not_handed_over(cast, adam, url):
    expire(cast.invited)

    page = adam.post(url("member_invitation_link", cast.invited.pk), follow=True)

    assert "This invitation has expired. Choose Resend invitation email first." in page.text
    assert token_of(cast.invited) not in page.text
    assert not Activity.objects.filter(verb=Activity.Verb.INVITATION_LINK_COPIED).exists()


def test_the_button_is_not_there_once_the_invitation_has_expired(cast, adam, url):
    assert "Copy invitation link" in adam.get(url("member", cast.invited.pk)).text

    expire(cast.invited)

    assert "Copy invitation link" not in adam.get(url("member", cast.invited.pk)).text


# To whom, and by whom

ACTS = ["member_invitation", "member_invitation_cancel", "member_invitation_link"]


@pytest.mark.parametrize("act", ACTS)
def test_nothing_of_this_is_done_to_somebody_who_has_joined(cast, adam, url, act):
    before = snapshot()

    page = adam.post(url(act, cast.receptionist.pk), follow=True)

    assert "Nothing was changed." in page.text
    assert "/invitations/" not in page.text
    assert snapshot() == before


@pytest.mark.parametrize("act", ACTS)
def test_nothing_of_this_is_done_to_somebody_inactive(cast, adam, url, act):
    Member.objects.filter(pk=cast.invited.pk).update(is_active=False)
    before = snapshot()

    page = adam.post(url(act, cast.invited.pk), follow=True)

    assert "Nothing was changed." in page.text
    assert snapshot() == before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["receptionist", "practitioner"])
def test_only_administrators_do_this(cast, sign_in, url, act, who):
    """C1."""
    client = sign_in(getattr(cast, who))
    before = snapshot()

    assert client.post(url(act, cast.invited.pk)).status_code == 403
    assert snapshot() == before


@pytest.mark.parametrize("act", ACTS)
def test_for_somebody_of_another_clinic_there_is_no_such_page(cast, sign_in, url, act):
    """A38: neither from outside, nor with the id of somebody of another clinic."""
    xena, adam = sign_in(cast.outsider), sign_in(cast.administrator)
    before = snapshot()

    assert xena.post(url(act, cast.invited.pk)).status_code == 404
    assert adam.post(url(act, cast.outsider.pk)).status_code == 404
    assert snapshot() == before


@pytest.mark.parametrize("act", ACTS)
def test_each_is_a_form_of_our_own_page(cast, url, act):
    """A43."""
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(cast.administrator.user, backend="accounts.authentication.MemberBackend")

    assert forger.post(url(act, cast.invited.pk)).status_code == 403


@pytest.mark.parametrize("act", ["member_invitation", "member_invitation_link"])
def test_opening_the_address_does_nothing(cast, adam, url, act):
    """A26: these act on a form only; by address one lands on the page that has it."""
    before = snapshot()

    assert adam.get(url(act, cast.invited.pk)).url == url("member", cast.invited.pk)
    assert snapshot() == before


def test_a_pending_person_cannot_sign_in_however_often_they_were_invited(cast, resend):
    resend()

    for password in ("", "!", PASSWORD):
        assert Client().post("/login/", {"email": "ivy@harbour.example", "password": password}).status_code == 422
    assert not User.objects.get(email="ivy@harbour.example").has_usable_password()
