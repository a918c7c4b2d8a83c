"""What was joined before the mailbox was proved falls back to invited, and each is named to its person (A57, A73).

An accomplice at Elsewhere copies a link, and Mallory joins there with Nina's address. Then Nina comes by what was
mailed to her: an invitation of Harbour Physio, or a reset link.
"""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.clinic_settings.opening.actions import NewAccount, open_account
from accounts.core.details import MemberDetails
from accounts.core.email_changes import why_no_new_address
from accounts.core.errors import SignInAgain
from accounts.core.origin import Origin
from accounts.core.other_clinics import signs_in_elsewhere
from accounts.core.tokens import InvitationLink
from accounts.identity.two_factor.reset.actions import reset_two_factor
from accounts.invitations.accepting import accept_by_login
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, SecurityEvent, User
from accounts.people.actions import update_member
from accounts.tests.address_changes import confirm, link_to
from accounts.tests.factories import AccountFactory, MemberFactory, UserFactory
from accounts.tests.import_files import bring, csv_file, line
from accounts.tests.links import ACCEPT, CHOSEN, path_in
from accounts.tests.owners import administrator_of, words_of
from accounts.tests.squatters import HERS, NINA, Squatter, copied_link, invite, set_up_an_app, sign_up
from accounts.tests.two_factor import enrolled

pytestmark = pytest.mark.django_db

CLINICS = reverse("accounts:clinics")


def mailed(deliver, clinic: str) -> list[str]:
    """Send what is due; the links in all mails so far that invite Nina to a clinic, the oldest first."""
    return [path_in(each) for each in deliver() if each.to == [NINA] and f"invites you to {clinic}" in each.subject]


def by_invitation(cast, deliver) -> Client:
    """Nina opens what Harbour Physio mailed, and creates a password; her browser."""
    invite(cast.administrator, NINA)
    browser = Client()
    browser.get(mailed(deliver, "Harbour Physio")[-1])
    assert browser.post(ACCEPT, {"password": CHOSEN}).status_code == 302
    return browser


def by_reset(cast, deliver) -> Client:
    """Nina asks for a new password, and signs in with it; her browser."""
    browser = Client()
    done = reset(browser, deliver)
    assert done.status_code == 200
    assert browser.post(reverse("accounts:login"), {"email": NINA, "password": CHOSEN}).status_code == 302
    return browser


def reset(browser: Client, deliver):
    """Choose a new password by mail; the page after it."""
    browser.post(reverse("accounts:password_reset"), {"email": NINA})
    page = browser.get(link_to(deliver, NINA), follow=True)
    return browser.post(page.redirect_chain[-1][0], {"password": CHOSEN}, follow=True)


PROOFS = (by_invitation, by_reset)
each_proof = pytest.mark.parametrize("prove", PROOFS)


@pytest.fixture
def mallory(cast, deliver_mail) -> Squatter:
    """Who has joined Elsewhere with Nina's address, by a link that was copied after the mail had gone to Nina."""
    member = invite(cast.outsider, NINA, role="receptionist", last_name="Anyone")
    deliver_mail()
    browser = Client()
    browser.get(copied_link(member))
    browser.post(ACCEPT, {"password": HERS})
    return Squatter(browser, deliver_mail)


def at_elsewhere(cast) -> Member:
    return Member.objects.select_related("user", "invitation").get(account=cast.other_clinic, user__email=NINA)


@each_proof
def test_the_clinic_that_was_joined_by_a_copied_link_only_invites_her_again(cast, mallory, deliver_mail, prove):
    assert at_elsewhere(cast).has_joined
    old = copied_link(at_elsewhere(cast))
    version = at_elsewhere(cast).version

    nina = prove(cast, deliver_mail)

    member = at_elsewhere(cast)
    assert not member.has_joined and member.is_active and member.version == version + 1
    assert member.invitation.accepted_at is None
    assert nina.get("/elsewhere/").status_code == 404
    assert mallory.browser.get("/elsewhere/").status_code == 302, "Signed out."
    assert Client().get(old, follow=True).status_code == 410


@each_proof
def test_a_new_invitation_is_mailed_and_she_joins_by_it_with_her_password(cast, mallory, deliver_mail, prove):
    nina = prove(cast, deliver_mail)
    first, *_, last = mailed(deliver_mail, "Elsewhere")
    assert first != last and Client().get(first, follow=True).status_code == 410

    nina.get(last)
    assert nina.post(ACCEPT).url == "/elsewhere/"

    assert at_elsewhere(cast).has_joined


@each_proof
def test_the_clinic_sees_why_and_owners_and_whoever_invited_her_are_told(cast, mallory, sign_in, deliver_mail, prove):
    """It may be whoever invited her who handed the link over."""
    administrator_of(cast.other_clinic, "Boss", "Bold", is_owner=True)

    prove(cast, deliver_mail)

    entry = Activity.objects.get(verb=Activity.Verb.JOINING_UNDONE)
    assert (entry.account, entry.subject) == (cast.other_clinic, at_elsewhere(cast))
    page = sign_in(cast.outsider).get(reverse("accounts:member", args=["elsewhere", entry.subject_id]))
    assert "has to accept the invitation again, since their address wasn’t confirmed" in words_of(page)
    told = [each for each in deliver_mail() if "has to accept" in each.subject]
    assert {each.subject for each in told} == {"Nina Anyone has to accept the invitation to Elsewhere again"}
    assert sorted(each.to for each in told) == [["boss@harbour.example"], ["xena@elsewhere.example"]]


def test_after_joining_she_is_told_the_name_and_where_to_decline(cast, mallory, deliver_mail):
    nina = by_invitation(cast, deliver_mail)

    words = words_of(nina.get("/harbour-physio/"))

    assert "Someone joined Elsewhere with your email address before it was confirmed." in words
    assert "You can decline the invitation under Switch clinic." in words


def test_after_a_reset_the_page_says_it_once_and_in_that_browser_only(cast, mallory, deliver_mail):
    browser = Client()

    done = reset(browser, deliver_mail)

    assert "Someone joined Elsewhere with your email address before it was confirmed." in words_of(done)
    for later in (browser, Client()):
        assert "Elsewhere" not in words_of(later.get(reverse("accounts:password_reset_done")))


@each_proof
def test_the_mail_about_the_new_password_names_it_too(cast, mallory, deliver_mail, prove):
    prove(cast, deliver_mail)

    mails = [each for each in deliver_mail() if each.subject == "Your password was replaced"]
    assert [each.to for each in mails] == [[NINA]]
    assert "Someone joined Elsewhere with your email address" in " ".join(mails[0].body.split())


def test_clinics_opened_with_her_address_stay_hers_and_are_named_after_a_reset(cast, deliver_mail):
    """Decision 7."""
    sign_up(NINA, deliver_mail)

    done = reset(Client(), deliver_mail)

    assert "Opened or joined earlier with your email address: Thieves and Sons." in words_of(done)
    assert Member.objects.get(account__name="Thieves and Sons").is_owner


@each_proof
def test_a_clinic_that_others_keep_on_inviting_to_is_one_among_all_that_were_joined(cast, mallory, deliver_mail, prove):
    """Locks are taken in one order, however many there are."""
    for number in range(2):
        invited = invite(administrator_of(AccountFactory(), f"Boss{number}", "Bold"), NINA)
        accept_by_login(link=InvitationLink.of(invited.invitation, by_hand=True), user=mallory.user)

    prove(cast, deliver_mail)

    joined = Member.objects.filter(user__email=NINA, joined_at__isnull=False)
    assert [each.account.name for each in joined] == (["Harbour Physio"] if prove is by_invitation else [])
    assert Activity.objects.filter(verb=Activity.Verb.JOINING_UNDONE).count() == 3


def test_however_many_were_joined_the_mailbox_gets_no_more_than_its_share(cast, mallory, settings, deliver_mail):
    """A51, A62: the rest can be found under Switch clinic, and their clinics can send the link again."""
    settings.INVITATION_CAPS = {**settings.INVITATION_CAPS, "recipient": 3}
    invited = invite(administrator_of(AccountFactory(), "Boss", "Bold"), NINA)
    accept_by_login(link=InvitationLink.of(invited.invitation, by_hand=True), user=mallory.user)

    nina = by_reset(cast, deliver_mail)

    assert OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION, user__email=NINA).count() == 3
    assert len(re.findall(">Decline<", nina.get(CLINICS).text)) == 2


@each_proof
def test_where_she_was_made_inactive_she_has_not_joined_either_and_nothing_is_mailed(
    cast, mallory, deliver_mail, prove
):
    """Otherwise coming back would let her in as whoever joined, and other clinics could not help her (A35)."""
    Member.objects.filter(pk=at_elsewhere(cast).pk).update(is_active=False)
    deliver_mail()

    if prove is by_reset:
        reset(Client(), deliver_mail)
    else:
        prove(cast, deliver_mail)

    member = at_elsewhere(cast)
    assert not member.has_joined and not member.is_active
    assert len(mailed(deliver_mail, "Elsewhere")) == 1

    details = MemberDetails.of(member)
    back = MemberDetails(**{**vars(details), "is_active": True})
    update_member(actor=cast.outsider, target=member, details=back, expected_version=member.version)
    assert len(mailed(deliver_mail, "Elsewhere")) == 2


@each_proof
def test_where_whoever_invited_her_has_left_another_administrator_invites_her(cast, mallory, deliver_mail, prove):
    boss = administrator_of(cast.other_clinic, "Boss", "Bold")
    Member.objects.filter(pk=cast.outsider.pk).update(is_active=False)

    prove(cast, deliver_mail)

    assert at_elsewhere(cast).invitation.invited_by == boss
    assert Client().get(mailed(deliver_mail, "Elsewhere")[-1], follow=True).status_code == 200


@each_proof
def test_a_clinic_that_no_one_else_can_manage_is_not_left_but_named(cast, mallory, deliver_mail, prove):
    """A70."""
    Member.objects.filter(pk=at_elsewhere(cast).pk).update(role=roles.ADMINISTRATOR)
    MemberFactory(account=cast.other_clinic, user=UserFactory(password=None), role=roles.ADMINISTRATOR)
    Member.objects.filter(pk=cast.outsider.pk).update(is_active=False)

    prove(cast, deliver_mail)

    assert at_elsewhere(cast).has_joined
    [mail] = [each for each in deliver_mail() if each.subject == "Your password was replaced"]
    assert "Opened or joined earlier with your email address: Elsewhere." in " ".join(mail.body.split())


def test_what_the_operator_brought_over_stays(cast, tmp_path, deliver_mail):
    bring(csv_file(tmp_path, line("Nina", email=NINA)))

    nina = by_reset(cast, deliver_mail)

    [member] = Member.objects.filter(user__email=NINA)
    assert member.has_joined
    assert nina.get(f"/{member.account.slug}/").status_code == 200
    assert not Activity.objects.filter(verb=Activity.Verb.JOINING_UNDONE).exists()


def test_who_confirms_with_the_password_that_joined_keeps_what_they_joined(cast, mallory, deliver_mail):
    """Mailbox and password are one person's: someone honest who was handed the link."""
    link = [path_in(each) for each in deliver_mail() if each.subject == "Confirm your email address"][-1]
    mallory.browser.get(link)
    mallory.browser.post(reverse("accounts:email_confirm"))

    assert User.objects.get(email=NINA).email_confirmed_at is not None
    assert at_elsewhere(cast).has_joined


def test_nina_cannot_be_made_to_confirm_a_password_that_is_not_hers(cast, mallory, deliver_mail):
    """The confirmation goes to her; opening it without that password leads to the sign-in page."""
    link = [path_in(each) for each in deliver_mail() if each.subject == "Confirm your email address"][-1]
    nina = Client()
    nina.get(link)

    assert nina.post(reverse("accounts:email_confirm")).url.startswith(reverse("accounts:login"))
    assert User.objects.get(email=NINA).email_confirmed_at is None


def test_a_reset_of_a_proved_login_leaves_every_clinic(cast, deliver_mail):
    member = MemberFactory(account=cast.other_clinic, user=UserFactory(email=NINA))
    Invitation.objects.create(
        member=member, invited_by=cast.outsider, sent_at=member.joined_at, expires_at=member.joined_at
    )

    done = reset(Client(), deliver_mail)

    member.refresh_from_db()
    assert member.has_joined
    assert "notice" not in words_of(done) and "Elsewhere" not in words_of(done)
    assert SecurityEvent.objects.get(kind=SecurityEvent.Kind.PASSWORD_RESET).details == {}


# What it was in the way of


@each_proof
def test_her_clinic_can_help_her_with_her_second_factor_and_her_address(cast, mallory, deliver_mail, prove):
    """A35, C2: a clinic that she never joined has no say."""
    prove(cast, deliver_mail)
    if prove is by_reset:
        invited = invite(cast.administrator, NINA)
        user = User.objects.get(email=NINA)
        accept_by_login(link=InvitationLink.of(invited.invitation), user=user)
    nina = enrolled(Member.objects.select_related("user").get(account=cast.clinic, user__email=NINA))

    assert why_no_new_address(nina, actor=cast.administrator) == ""
    assert not signs_in_elsewhere(nina)
    reset_two_factor(actor=cast.administrator, target=nina, origin=Origin())
    assert not nina.user.has_two_factor


# Two at once


def test_what_was_shown_before_she_proved_her_mailbox_joins_nothing_after_it(cast, mallory, deliver_mail):
    """Mallory's request had begun, with a copied link, and waited for the lock."""
    as_of_before = mallory.user
    invited = invite(administrator_of(AccountFactory(), "Boss", "Bold"), NINA)
    link = InvitationLink.of(invited.invitation, by_hand=True)

    by_reset(cast, deliver_mail)

    with pytest.raises(SignInAgain):
        accept_by_login(link=link, user=as_of_before)
    invited.refresh_from_db()
    assert not invited.has_joined


def test_nor_does_it_open_a_clinic(cast, mallory, deliver_mail):
    as_of_before = mallory.user
    by_reset(cast, deliver_mail)

    with pytest.raises(SignInAgain):
        open_account(user=as_of_before, new=NewAccount("Late", "Mal", "Lory", "UTC", uuid4()), origin=Origin())

    assert not Account.objects.filter(name="Late").exists()


# What else was dropped (A57)


def test_a_second_factor_that_an_invitation_removes_is_told_of(cast, mallory, deliver_mail):
    set_up_an_app(mallory)

    nina = by_invitation(cast, deliver_mail)

    assert "Two-factor authentication had been set up before" in words_of(nina.get("/harbour-physio/"))
    event = SecurityEvent.objects.get(kind=SecurityEvent.Kind.PASSWORD_REPLACED)
    assert event.details["two_factor"] and event.details["clinic"] == "Harbour Physio"
    log = words_of(nina.get(reverse("accounts:security")))
    assert "Password replaced by an invitation sent by email, and two-factor authentication removed" in log
    [mail] = [each for each in deliver_mail() if each.subject == "Your password was replaced"]
    words = " ".join(mail.body.split())
    assert f"An invitation to Harbour Physio that was sent to {NINA} was used to choose a new password." in words
    assert "Two-factor authentication had been set up before your email address was confirmed" in words


def test_a_second_factor_that_a_reset_removes_is_told_of(cast, mallory, deliver_mail):
    set_up_an_app(mallory)
    browser = Client()

    done = reset(browser, deliver_mail)
    browser.post(reverse("accounts:login"), {"email": NINA, "password": CHOSEN})

    assert "Two-factor authentication had been set up before" in words_of(done)
    log = words_of(browser.get(reverse("accounts:security")))
    assert "Password replaced by a link sent by email, and two-factor authentication removed" in log
    [mail] = [each for each in deliver_mail() if each.subject == "Your password was replaced"]
    assert "so it was removed" in " ".join(mail.body.split())


def test_the_first_password_of_an_address_that_nobody_used_is_no_event(cast, deliver_mail):
    by_invitation(cast, deliver_mail)

    assert not SecurityEvent.objects.exclude(kind=SecurityEvent.Kind.SIGNED_IN).exists()
    assert [each.subject for each in deliver_mail() if each.to == [NINA]] == [
        "Adam Adler invites you to Harbour Physio"
    ]


def test_the_old_password_and_the_wish_for_another_address_are_gone(cast, mallory, deliver_mail):
    mallory.ask_for_address()

    by_invitation(cast, deliver_mail)

    confirm(mallory.browser, link_to(deliver_mail, "mallory@thief.example"))
    user = User.objects.get(email=NINA)
    assert not user.check_password(HERS) and user.check_password(CHOSEN)
