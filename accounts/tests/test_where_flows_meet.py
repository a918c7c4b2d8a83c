"""Leaving, freeing an address, putting one back, help with two-factor: what each asks for holds beside the others.

Each has a file of its own; here are people to whom two of them happen, in the order that goes wrong most easily.
"""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.addresses.actions import cancel_members_email_change
from accounts.addresses.freeing import free_address
from accounts.addresses.links import confirm_email_change
from accounts.clinic_settings.closing.actions import close_account
from accounts.core.details import MemberDetails
from accounts.core.errors import ActionRefused, SignInAgain
from accounts.core.origin import Origin
from accounts.core.tokens import EmailChangeLink, InvitationLink, Side, reset_tokens
from accounts.identity.password.actions import reset_password
from accounts.identity.two_factor.recovery import actions as two_factor_recovery
from accounts.invitations.accepting import accept_by_login, accept_by_password
from accounts.invitations.actions import cancel_invitation
from accounts.models import Activity, EmailChange, Member, OutboundEmail, User
from accounts.ownership.disputes import file_dispute
from accounts.people import queries
from accounts.people.actions import update_member
from accounts.people.leaving.actions import leave_clinic
from accounts.support.actions import settle_dispute
from accounts.tests.address_changes import NEW, OLD, address_of, ask, confirm, link_to, object_to, pass_time
from accounts.tests.factories import AccountFactory, MemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, path_in
from accounts.tests.owners import VERIFIED, administrator_of
from accounts.tests.squatters import HERS, MALLORY, NINA, copied_link, invite
from accounts.tests.support_desk import REASONED, at, recovery_of
from accounts.tests.two_factor import enrolled

pytestmark = pytest.mark.django_db

Verb = Activity.Verb


def now(member: Member) -> Member:
    return Member.objects.select_related("user", "account").get(pk=member.pk)


def change(actor: Member, target: Member, **changes: object) -> None:
    """What an administrator saves on somebody's page."""
    fresh = now(target)
    details = MemberDetails(**{**vars(MemberDetails.of(fresh)), **changes})
    update_member(actor=actor, target=fresh, details=details, expected_version=fresh.version)


def links(deliver_mail, to: str, subject: str) -> list[str]:
    return [path_in(each) for each in deliver_mail() if each.to == [to] and subject in each.subject]


def objection_of_the_old_address(deliver_mail) -> str:
    return next(path_in(each) for each in deliver_mail() if each.to == [OLD] and "/email/objection/" in each.body)


def move_to(email: str, browser: Client, deliver_mail) -> None:
    ask(browser, email)
    sent = [each for each in deliver_mail() if each.to == [email] and "/email/change/" in each.body]
    confirm(browser, path_in(sent[-1]))


@pytest.fixture
def with_history(cast) -> Member:
    """Rita's address was freed in Harbour, which kept her login, and she was added again: two rows of one login."""
    own = AccountFactory(creator=cast.receptionist.user)
    MemberFactory(account=own, user=cast.receptionist.user, role="administrator", is_owner=True)
    change(cast.administrator, cast.receptionist, is_active=False)
    free_address(actor=cast.administrator, target=now(cast.receptionist))
    again = invite(cast.administrator, OLD, role="receptionist")
    user = User.objects.get(pk=cast.receptionist.user_id)
    accept_by_login(link=InvitationLink.of(again.invitation), user=user)
    return now(again)


# Left, invited back, and an address put back


def test_an_invitation_back_that_a_thief_was_mailed_comes_back_with_the_login(cast, sign_in, deliver_mail, url):
    rita = cast.receptionist
    MemberFactory(account=cast.other_clinic, user=rita.user)
    leave_clinic(actor=now(rita))
    move_to(MALLORY, sign_in(User.objects.get(pk=rita.user_id)), deliver_mail)
    change(cast.administrator, rita, is_active=True)
    [mailed] = links(deliver_mail, MALLORY, "invites you to Harbour")

    object_to(objection_of_the_old_address(deliver_mail))

    thief = Client()
    thief.get(mailed)
    thief.post(ACCEPT, {"password": CHOSEN})
    assert thief.get(url("home")).status_code != 200
    assert now(rita).user.email == OLD


def test_so_does_one_that_the_thief_has_accepted(cast, sign_in, deliver_mail):
    rita = cast.receptionist
    MemberFactory(account=cast.other_clinic, user=rita.user)
    leave_clinic(actor=now(rita))
    browser = sign_in(User.objects.get(pk=rita.user_id))
    move_to(MALLORY, browser, deliver_mail)
    change(cast.administrator, rita, is_active=True)
    browser.get(links(deliver_mail, MALLORY, "invites you to Harbour")[-1])
    browser.post(ACCEPT)
    assert now(rita).is_present

    object_to(objection_of_the_old_address(deliver_mail))

    assert now(rita).user.email == OLD


def test_a_row_with_history_stays_its_persons_where_another_address_was_invited_too(cast, sign_in, deliver_mail):
    rita = cast.receptionist
    MemberFactory(account=cast.other_clinic, user=rita.user)
    leave_clinic(actor=now(rita))
    change(cast.administrator, rita, is_active=True)
    cancel_invitation(actor=cast.administrator, target=now(rita))
    invited = invite(cast.administrator, NEW, role="receptionist")

    move_to(NEW, sign_in(User.objects.get(pk=rita.user_id)), deliver_mail)

    assert now(rita).released_at is None
    assert now(invited).released_at is not None


# Freed by one clinic, while another has a part in the login


def test_freeing_takes_no_login_from_a_clinic_that_has_invited_its_person_back(cast, deliver_mail):
    """Whoever reads that mailbox would come in there as they, past their two-factor authentication."""
    rita = cast.receptionist
    there = MemberFactory(account=cast.other_clinic, user=rita.user, role="administrator")
    enrolled(rita)
    leave_clinic(actor=now(there))
    change(cast.outsider, there, is_active=True)
    [mailed] = links(deliver_mail, OLD, "invites you to Elsewhere")

    change(cast.administrator, rita, is_active=False)
    free_address(actor=cast.administrator, target=now(rita))

    assert now(there).user_id == rita.user_id
    boss = Client()
    boss.get(mailed)
    boss.post(ACCEPT, {"password": CHOSEN})
    assert boss.get("/elsewhere/").status_code != 200


def test_the_address_of_somebody_who_disputes_ownership_is_not_freed(cast, sam, deliver_mail):
    """A72: they hear of closing and of how it ended, and support can still appoint them."""
    robin = administrator_of(cast.clinic, "Robin", "Rightful")
    dispute = file_dispute(actor=robin, story="It is mine.", rightful_owner="Robin", phone="")
    change(cast.administrator, robin, is_active=False)

    with pytest.raises(ActionRefused, match="open request"):
        free_address(actor=cast.administrator, target=now(robin))

    close_account(actor=now(cast.owner))
    settle_dispute(staff=sam, dispute=dispute, reason="We have looked at the contract.")
    assert len([each for each in deliver_mail() if each.to == [robin.user.email]]) >= 2


# Rows that only keep history, beside the one that counts


def test_a_change_of_address_of_somebody_with_history_is_about_who_they_are_today(cast, with_history, deliver_mail):
    change(cast.administrator, with_history, email=NEW)
    asked = EmailChange.objects.get()
    deliver_mail()

    assert [each.pk for each in queries.people_asked_to_change_address(cast.administrator)] == [with_history.pk]
    assert OutboundEmail.objects.get(email_change=asked).state == OutboundEmail.State.ACCEPTED
    confirm_email_change(user=with_history.user, link=EmailChangeLink.of(asked, Side.NEW), origin=Origin(), keep=None)
    assert address_of(with_history) == NEW


def test_cancelling_it_is_written_of_who_they_are_today(cast, with_history):
    change(cast.administrator, with_history, email=NEW)

    cancel_members_email_change(actor=cast.administrator, target=with_history, origin=Origin())

    assert Activity.objects.get(verb=Verb.EMAIL_CHANGE_CANCELLED).subject_id == with_history.pk


def test_a_clinic_stops_a_reset_of_somebody_with_history(cast, olive, sign_in, deliver_mail, sam, url):
    rita = cast.receptionist
    invite(cast.administrator, NEW, role="receptionist")
    move_to(NEW, sign_in(rita), deliver_mail)
    enrolled(rita)
    recovery = recovery_of(User.objects.get(pk=rita.user_id), sam)

    [path] = re.findall(r'action="(/[^"]+recovery/stop/)"', olive.get(url("ownership")).text)
    olive.post(path)

    recovery.refresh_from_db()
    assert recovery.ended_at is not None


def test_history_falls_back_to_nothing(cast):
    """A73: it was freed before the mailbox was proved."""
    member = invite(cast.outsider, NINA, role="receptionist", last_name="Anyone")
    squatter = Client()
    squatter.get(copied_link(member))
    squatter.post(ACCEPT, {"password": HERS})
    MemberFactory(account=AccountFactory(), user=now(member).user)
    change(cast.outsider, member, is_active=False)
    free_address(actor=cast.outsider, target=now(member))
    user = now(member).user

    reset_password(user=user, token=reset_tokens.make_token(user), password=CHOSEN, origin=Origin())

    assert now(member).joined_at is not None
    assert not Activity.objects.filter(verb=Verb.JOINING_UNDONE, subject=member).exists()


def test_history_keeps_the_address_that_it_had(cast, adam, url, sign_in, deliver_mail):
    rita = cast.receptionist
    invited = invite(cast.administrator, NEW, role="receptionist")
    move_to(NEW, sign_in(rita), deliver_mail)
    pass_time(days=30)
    change(cast.administrator, rita, is_active=False)
    free_address(actor=cast.administrator, target=now(rita))

    assert now(invited).email == NEW
    assert "@invalid" not in adam.get(url("members") + "?inactive=1").text
    assert "@invalid" not in adam.get(url("member", invited.pk)).text


# What an objection has given to another mailbox


def test_a_membership_that_stayed_with_a_proved_mailbox_is_not_undone_by_joining_elsewhere(cast, sign_in, deliver_mail):
    rita = cast.receptionist
    browser = sign_in(rita)
    ask(browser, MALLORY)
    confirm(browser, link_to(deliver_mail, MALLORY))
    member = invite(cast.outsider, MALLORY, role="receptionist")
    accept_by_login(link=InvitationLink.of(member.invitation), user=User.objects.get(pk=rita.user_id))
    object_to(objection_of_the_old_address(deliver_mail))
    change(cast.outsider, member, is_active=True)
    other = invite(administrator_of(AccountFactory(), "Boss", "Bold"), MALLORY, role="receptionist")

    accept_by_password(link=InvitationLink.of(other.invitation), password=CHOSEN, origin=Origin())

    assert now(member).is_present


# Whoever acts for somebody else stays signed in


def test_support_stays_signed_in_where_the_login_it_acts_for_was_erased(cast, desk, sam, monkeypatch):
    enrolled(cast.owner)
    recovery = recovery_of(cast.owner.user, sam)

    def gone(_user):
        raise SignInAgain

    monkeypatch.setattr(two_factor_recovery, "changing_user_and_clinics", gone)
    answer = desk.post(at("recovery_withdraw", cast.owner.user_id, recovery.pk), REASONED, follow=True)

    assert "erased in the meantime" in answer.text
    assert "_auth_user_id" in desk.session


def test_who_leaves_their_only_clinic_and_is_invited_to_another_stays_signed_in(cast, sign_in, url):
    invite(cast.outsider, cast.receptionist.user.email, role="receptionist")
    browser = sign_in(cast.receptionist)

    browser.post(url("my_leaving"), VERIFIED)

    page = browser.get(reverse("accounts:clinics"))
    assert (page.status_code, "Elsewhere" in page.text) == (200, True)
