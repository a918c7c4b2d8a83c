"""**Waiting invitations**: whoever is signed in sees what they were invited to, and can decline it (A70, A73)."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import roles
from accounts.core.details import MemberDetails
from accounts.core.errors import TooSoon
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, User
from accounts.people.actions import add_member, update_member
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.links import alike, opened
from accounts.tests.owners import links_on, section_of, told_on, words_of
from accounts.tests.support_desk import close_row, lock_row
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CLINICS = reverse("accounts:clinics")
LOGIN = reverse("accounts:login")


@pytest.fixture
def invited(cast) -> Member:
    """Rita of Harbour Physio, invited to Elsewhere by Xena, as a practitioner."""
    return PendingMemberFactory(
        account=cast.other_clinic,
        user=cast.receptionist.user,
        first_name="Rita",
        last_name="Reyes",
        role=roles.PRACTITIONER,
        is_practitioner=True,
        invited_by=cast.outsider,
    )


@pytest.fixture
def rita(cast, sign_in) -> Client:
    return sign_in(cast.receptionist)


def address_of(member: Member) -> str:
    return reverse("accounts:invitation_decline", args=[member.invitation.pk])


def decline(browser: Client, member: Member):
    return browser.post(address_of(member), follow=True)


def waiting(browser: Client) -> str:
    return section_of(browser.get(CLINICS), "invitations")


def is_invited(member: Member) -> bool:
    return Member.objects.invited().filter(pk=member.pk).exists()


# The list


def test_it_says_which_clinic_who_invited_them_as_what_and_until_when(invited, rita):
    words = waiting(rita)

    until = invited.invitation.expires_at
    assert "Elsewhere Invited by Xena Xu, as practitioner. The link works until" in words
    assert f"{until.day} {until:%B %Y}" in words
    assert "Decline the invitation to Elsewhere" in words


def test_it_leads_to_from_every_page_of_the_clinic(invited, rita, url):
    assert f'href="{CLINICS}"' in rita.get(url("home")).text


def test_without_any_the_page_is_as_it_was(rita):
    assert "invitation" not in rita.get(CLINICS).text


@pytest.mark.parametrize("state", ["expired", "locked", "closed"])
def test_what_can_not_be_joined_now_says_so_and_can_be_declined(invited, rita, state):
    if state == "expired":
        Invitation.objects.filter(member=invited).update(expires_at=database_now() - timedelta(minutes=1))
    else:
        {"locked": lock_row, "closed": close_row}[state](invited.account)

    words = waiting(rita)
    decline(rita, invited)

    said = {"expired": "The link has expired.", "locked": "locked by support.", "closed": "The clinic is closed."}
    assert said[state] in words and "works until" not in words
    assert not is_invited(invited)


def test_others_and_what_was_answered_or_taken_back_is_not_in_it(cast, invited, rita, sign_in):
    assert waiting(sign_in(cast.practitioner)) == ""

    Invitation.objects.filter(member=invited).update(cancelled_at=database_now())
    assert waiting(rita) == ""


def test_a_login_that_has_not_proved_its_address_learns_of_none_and_declines_none(cast, invited, rita):
    """A58: it may be a stranger's."""
    User.objects.filter(pk=invited.user_id).update(email_confirmed_at=None)

    assert waiting(rita) == ""
    assert decline(rita, invited).status_code == 404
    assert is_invited(invited)


def test_names_that_strangers_chose_are_inert(invited, rita):
    """C16, A64."""
    Account.objects.filter(pk=invited.account_id).update(name="<b>Win</b> " + "x" * 80)

    page = rita.get(CLINICS).text

    assert "&lt;b&gt;Win&lt;/b&gt;" in page and "<b>Win" not in page


def test_it_takes_as_many_queries_for_one_as_for_four(cast, invited, rita):
    rita.get(CLINICS)
    with CaptureQueriesContext(connection) as one:
        assert rita.get(CLINICS).text.count(">Decline<") == 1
    for _ in range(3):
        clinic = AccountFactory()
        boss = MemberFactory(account=clinic, role=roles.ADMINISTRATOR)
        PendingMemberFactory(account=clinic, user=cast.receptionist.user, invited_by=boss)

    with CaptureQueriesContext(connection) as four:
        assert rita.get(CLINICS).text.count(">Decline<") == 4
    assert len(one) == len(four)


# Declining


def test_declining_ends_the_invitation_and_frees_the_seat(invited, rita):
    browser = opened(invited)

    page = decline(rita, invited)

    assert told_on(page) == (
        "You declined the invitation to Elsewhere. They’ve been told, and its link no longer works."
    )
    member = Member.objects.select_related("invitation").get(pk=invited.pk)
    assert not member.is_active and not member.has_joined and member.deactivated_at
    assert member.invitation.cancelled_at and member.version == invited.version + 1
    assert not Member.objects.holding_seat().filter(pk=invited.pk).exists()
    dead = browser.get(reverse("accounts:invitation_accept"))
    assert dead.status_code == 410 and "or it was declined" in dead.text
    assert waiting(rita) == ""


def test_the_clinic_sees_who_declined_and_whoever_invited_them_is_told(cast, invited, rita, sign_in, deliver_mail):
    decline(rita, invited)

    entry = Activity.objects.get(verb=Activity.Verb.INVITATION_DECLINED)
    assert (entry.account, entry.subject) == (cast.other_clinic, invited)
    page = sign_in(cast.outsider).get(reverse("accounts:member", args=["elsewhere", invited.pk]))
    assert "Rita Reyes declined the invitation" in words_of(page)
    [mail] = deliver_mail()
    assert (mail.to, mail.subject) == (
        ["xena@elsewhere.example"],
        "Rita Reyes declined the invitation to Elsewhere",
    )


def test_whoever_invited_them_has_left_so_that_the_administrators_are_told(cast, invited, rita, deliver_mail):
    boss = MemberFactory(account=cast.other_clinic, role=roles.ADMINISTRATOR)
    Member.objects.filter(pk=cast.outsider.pk).update(role=roles.RECEPTIONIST)

    decline(rita, invited)

    assert [mail.to for mail in deliver_mail()] == [[boss.user.email]]


def test_twice_is_calm(invited, rita, deliver_mail):
    decline(rita, invited)
    again = decline(rita, invited)

    assert again.status_code == 200 and "You declined the invitation to Elsewhere." in told_on(again)
    assert Activity.objects.filter(verb=Activity.Verb.INVITATION_DECLINED).count() == 1
    assert len(deliver_mail()) == 1


def test_an_invitation_that_is_another_persons_is_not_there(cast, invited, sign_in):
    """A38."""
    for other in (cast.practitioner, cast.outsider, cast.owner):
        assert decline(sign_in(other), invited).status_code == 404
    assert sign_in(cast.owner).post(reverse("accounts:invitation_decline", args=[10**9])).status_code == 404
    assert is_invited(invited)


def test_what_was_joined_meanwhile_is_not_declined(invited, rita):
    Member.objects.filter(pk=invited.pk).update(joined_at=database_now())

    page = decline(rita, invited)

    assert told_on(page) == "You have joined Elsewhere, so there is no invitation to decline."
    assert Member.objects.get(pk=invited.pk).is_present


def test_opening_the_address_declines_nothing(invited, rita):
    assert rita.get(address_of(invited)).url == CLINICS
    assert is_invited(invited)


def test_a_page_elsewhere_cannot_decline_for_them(cast, invited):
    """A43."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(invited.user, backend="accounts.authentication.MemberBackend")

    assert browser.post(address_of(invited)).status_code == 403
    assert is_invited(invited)


# Who belongs to no clinic


def test_who_only_has_invitations_signs_in_sees_them_and_what_to_do(cast, invited, client):
    """A70: they fell back to invited, or their last clinic made them inactive."""
    Member.objects.filter(pk=cast.receptionist.pk).update(is_active=False)

    page = client.post(LOGIN, {"email": invited.user.email, "password": PASSWORD}, follow=True)

    assert page.redirect_chain == [(CLINICS, 302)]
    assert "You’re invited" in words_of(page) and "To join, open the link in the clinic’s email." in words_of(page)
    assert links_on(page)["Open another clinic"] == reverse("accounts:signup")
    assert client.get("/harbour-physio/").status_code == client.get("/elsewhere/").status_code == 404


def test_who_declines_the_last_one_is_signed_out_and_told(cast, invited, client):
    Member.objects.filter(pk=cast.receptionist.pk).update(is_active=False)
    client.post(LOGIN, {"email": invited.user.email, "password": PASSWORD})

    page = decline(client, invited)

    assert page.redirect_chain[-1][0].startswith(LOGIN)
    assert "You declined the invitation to Elsewhere." in told_on(page)
    assert "_auth_user_id" not in client.session


def test_an_invitation_lets_nobody_in_who_has_not_proved_the_address(cast, invited, client):
    Member.objects.filter(pk=cast.receptionist.pk).update(is_active=False)
    User.objects.filter(pk=invited.user_id).update(email_confirmed_at=None)

    assert client.post(LOGIN, {"email": invited.user.email, "password": PASSWORD}).status_code == 422


def test_the_page_that_refuses_is_the_same_for_someone_invited_with_a_wrong_password(cast, invited):
    """A9."""
    answers = []
    for email in (invited.user.email, "nobody@harbour.example"):
        page = Client().post(LOGIN, {"email": email, "password": "wrong"})
        answers.append((page.status_code, alike(page.text).replace(email, "")))

    assert answers[0] == answers[1]


# Invited again, and again


def invite_again(member: Member) -> None:
    """Make someone who declined active again, which sends a new invitation."""
    member = Member.objects.select_related("user", "invitation").get(pk=member.pk)
    back = replace(MemberDetails.of(member), is_active=True)
    inviter = Member.objects.get(pk=member.invitation.invited_by_id)
    update_member(actor=inviter, target=member, details=back, expected_version=member.version)


def test_who_declines_is_invited_again_five_times_a_day_at_most(cast, sign_in):
    """A51, A62: by all clinics together, however often one makes them active again."""
    user = UserFactory(email="nina@victim.example")
    details = MemberDetails("Nina", "Nowak", user.email, "", roles.RECEPTIONIST, is_practitioner=False)
    member = add_member(actor=cast.outsider, details=details, submission=uuid4())
    for sent in range(1, 6):
        assert OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION).count() == sent
        decline(sign_in(user), member)
        assert not is_invited(member)
        if sent < 5:
            invite_again(member)

    with pytest.raises(TooSoon, match="as many invitations within a day as one address may get"):
        invite_again(member)
    with pytest.raises(TooSoon):
        add_member(actor=cast.administrator, details=details, submission=uuid4())
    OutboundEmail.objects.update(created_at=F("created_at") - timedelta(days=1))
    assert add_member(actor=cast.administrator, details=details, submission=uuid4())
