"""What an administrator had begun ends when they may no longer add and change users, and stays over (A70)."""

from datetime import timedelta
from itertools import product

import pytest
from bs4 import BeautifulSoup

from accounts.access import roles
from accounts.core import seat_rules
from accounts.core.invitation_links import LinkState, link_state
from accounts.core.tokens import EmailChangeLink, InvitationLink, Side
from accounts.models import Account, Activity, EmailChange, Invitation, Member, OutboundEmail, SecurityEvent, User
from accounts.tests.address_changes import AGAIN, CONFIRM, NEW, OLD, address_of, link_to, mail_to, pending_change
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, invitation_of, opened, path_of
from accounts.tests.owners import VERIFIED, asks, words_of
from accounts.tests.pages import typed_on
from accounts.tests.support_desk import REASONED, at
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

Verb = Activity.Verb
SEATS = 5
DISMISSALS = {"another role": {"role": roles.RECEPTIONIST}, "inactive": {"is_active": "no"}}
BACK = {"another role": {"role": roles.ADMINISTRATOR}, "inactive": {"is_active": "yes"}}
every_dismissal = pytest.mark.parametrize("how", DISMISSALS)


@pytest.fixture
def change(olive, url):
    """Change somebody's page as Olive; with her password, unless told."""

    def _change(member, password=PASSWORD, **fields):
        address = url("member", member.pk)
        sent = {**typed_on(olive.get(address)), **fields, **({"reverify_password": password} if password else {})}
        return olive.post(address, sent)

    return _change


@pytest.fixture
def dismiss(cast, change):
    """Olive takes the right to add and change users from Adam."""

    def _dismiss(how="another role"):
        assert change(cast.administrator, **DISMISSALS[how]).status_code == 302

    return _dismiss


def fill(cast) -> None:
    """Let all places of the plan be taken."""
    missing = SEATS - seat_rules.seats_in_use(cast.clinic)
    MemberFactory.create_batch(missing, account=cast.clinic, is_practitioner=True)


def holds_seat(member: Member) -> bool:
    return Member.objects.filter(pk=member.pk).holding_seat().exists()


# Invitations


@every_dismissal
def test_an_invitation_of_theirs_lets_go_of_its_seat_at_once(cast, dismiss, how):
    assert holds_seat(cast.invited)

    dismiss(how)

    assert not holds_seat(cast.invited)
    assert invitation_of(cast.invited).expires_at <= database_now()


@every_dismissal
def test_the_seat_can_be_given_to_somebody_else(cast, dismiss, change, how):
    fill(cast)
    staff = MemberFactory(account=cast.clinic)
    assert change(staff, is_practitioner="yes").status_code == 422

    dismiss(how)

    assert change(staff, is_practitioner="yes").status_code == 302
    assert seat_rules.seats_in_use(cast.clinic) == SEATS


@every_dismissal
def test_made_an_administrator_again_they_bring_no_invitation_back(cast, dismiss, change, how):
    """C9: the seat may be gone by then, and the person's link would take it a second time."""
    browser = opened(cast.invited)
    dismiss(how)
    fill(cast)

    assert change(cast.administrator, **BACK[how]).status_code == 302

    page = browser.post(ACCEPT, {"password": CHOSEN})
    assert page.status_code == 410
    assert "This invitation has expired" in page.text
    assert not Member.objects.get(pk=cast.invited.pk).has_joined
    assert seat_rules.seats_in_use(cast.clinic) == SEATS


def test_nor_do_those_that_were_dead_before_they_ended_with_the_role(cast, change):
    """As an older version left them."""
    Member.objects.filter(pk=cast.administrator.pk).update(role=roles.RECEPTIONIST)

    change(Member.objects.get(pk=cast.administrator.pk), role=roles.ADMINISTRATOR)

    assert not holds_seat(cast.invited)


def test_until_then_whoever_opens_the_link_reads_why(cast, dismiss):
    dismiss()

    page = opened(cast.invited).get(ACCEPT)

    assert "This invitation is no longer valid" in page.text
    assert "The person who sent it can no longer invite people." in page.text
    assert "Ask for a new invitation" in page.text


def test_the_page_and_the_list_say_that_it_is_over_and_another_sends_it_again(cast, dismiss, olive, url, deliver_mail):
    dismiss()
    page = words_of(olive.get(url("member", cast.invited.pk)))
    assert "The invitation is no longer valid Adam Adler, who sent it, can no longer invite people" in page
    assert "Copy invitation link" not in page
    assert "Invitation expired" in words_of(olive.get(url("members"), {"status": "expired"}))

    olive.post(url("member_invitation", cast.invited.pk))

    assert ["ivy@harbour.example"] in [message.to for message in deliver_mail()]
    assert holds_seat(cast.invited)
    assert opened(cast.invited).post(ACCEPT, {"password": CHOSEN}).status_code == 302


def test_sent_again_it_needs_a_seat_that_is_left(cast, dismiss, olive, url):
    dismiss()
    fill(cast)
    assert "Every practitioner place on your plan is taken." in olive.get(url("member", cast.invited.pk)).text

    page = olive.post(url("member_invitation", cast.invited.pk), follow=True)

    assert "has room for 5 practitioners and all of them are taken." in page.text
    assert seat_rules.seats_in_use(cast.clinic) == SEATS


@every_dismissal
def test_each_invitation_that_ended_is_in_the_activity_of_its_person(cast, dismiss, olive, url, how):
    dismiss(how)

    entry = Activity.objects.get(verb=Verb.INVITATION_ENDED)
    assert (entry.account, entry.actor, entry.subject) == (cast.clinic, cast.owner, cast.invited)
    words = words_of(olive.get(url("member", cast.invited.pk)))
    assert "Olive Owens ended the invitation of Ivy, which Adam Adler had sent" in words


def test_what_is_over_or_somebody_elses_already_is_left_alone(cast, dismiss):
    now = database_now()
    people = [PendingMemberFactory(account=cast.clinic, invited_by=cast.administrator) for _ in range(3)]
    joined, expired, cancelled = people
    Member.objects.filter(pk=joined.pk).update(joined_at=now)
    Invitation.objects.filter(member=joined).update(accepted_at=now)
    Invitation.objects.filter(member=expired).update(expires_at=now - timedelta(days=1))
    Member.objects.filter(pk=cancelled.pk).update(is_active=False)
    Invitation.objects.filter(member=cancelled).update(cancelled_at=now)
    people.append(PendingMemberFactory(account=cast.clinic, invited_by=cast.owner))
    before = [invitation_of(each).expires_at for each in people]

    dismiss()

    assert [invitation_of(each).expires_at for each in people] == before
    assert Activity.objects.get(verb=Verb.INVITATION_ENDED).subject == cast.invited


def test_in_another_clinic_they_go_on(cast, dismiss):
    elsewhere = MemberFactory(
        account=cast.other_clinic, user=cast.administrator.user, role=roles.ADMINISTRATOR, first_name="Adam"
    )
    there = PendingMemberFactory(account=cast.other_clinic, invited_by=elsewhere, is_practitioner=True)

    dismiss()

    assert holds_seat(there)


def test_a_change_that_leaves_the_role_alone_ends_nothing(cast, change):
    change(cast.administrator, first_name="Adan", is_practitioner="yes")

    assert holds_seat(cast.invited)
    assert not Activity.objects.filter(verb=Verb.INVITATION_ENDED).exists()


# A login that was switched off, which no page does


def test_an_invitation_of_somebody_whose_login_was_switched_off_is_dead_and_holds_no_seat(cast, olive, url):
    browser = opened(cast.invited)
    User.objects.filter(pk=cast.administrator.user_id).update(is_active=False)

    page = browser.post(ACCEPT, {"password": CHOSEN})

    assert (page.status_code, "This invitation is no longer valid" in page.text) == (410, True)
    assert not holds_seat(cast.invited)
    assert "The invitation is no longer valid" in olive.get(url("member", cast.invited.pk)).text


@pytest.mark.parametrize("whose", ["administrator", "invited"])
def test_switched_on_again_it_brings_no_invitation_back_to_a_seat_that_was_given_away(cast, change, whose):
    fill(cast)
    staff = MemberFactory(account=cast.clinic)
    login = User.objects.filter(pk=getattr(cast, whose).user_id)
    login.update(is_active=False)
    assert change(staff, is_practitioner="yes").status_code == 302

    login.update(is_active=True)

    assert opened(cast.invited).post(ACCEPT, {"password": CHOSEN}).status_code == 410
    assert seat_rules.seats_in_use(cast.clinic) == SEATS


def test_switched_on_again_it_brings_none_back_to_a_plan_that_has_become_smaller(cast, olive, url):
    Account.objects.filter(pk=cast.clinic.pk).update(plan="medium")
    MemberFactory.create_batch(4, account=cast.clinic, is_practitioner=True)
    assert seat_rules.seats_in_use(cast.clinic) == SEATS + 1
    User.objects.filter(pk=cast.administrator.user_id).update(is_active=False)
    assert olive.post(url("subscription"), {"plan": "small", **VERIFIED}).status_code == 302

    User.objects.filter(pk=cast.administrator.user_id).update(is_active=True)

    assert opened(cast.invited).post(ACCEPT, {"password": CHOSEN}).status_code == 410
    assert seat_rules.seats_in_use(cast.clinic) == SEATS


# Seats and links say the same


def test_a_practitioner_holds_a_seat_just_when_they_joined_or_their_link_lets_them_in(cast):
    """Every state of the invited person, the invitation and whoever sent it; a shut account keeps its seats (S37)."""
    now = database_now()
    ivy, adam = cast.invited, cast.administrator
    yes_no = (True, False)
    times = (now + timedelta(days=1), now - timedelta(seconds=1))
    inviters = list(product((roles.ADMINISTRATOR, roles.POWER_RECEPTIONIST), yes_no, yes_no, yes_no))
    states = list(product(yes_no, yes_no, yes_no, times, yes_no, inviters))
    wrong = []
    for is_active, has_joined, has_login, expires_at, is_cancelled, (role, inviter_is_active, came, logs_in) in states:
        if has_joined and is_cancelled:
            continue
        Member.objects.filter(pk=ivy.pk).update(is_active=is_active, joined_at=now if has_joined else None)
        User.objects.filter(pk=ivy.user_id).update(is_active=has_login)
        Invitation.objects.filter(member=ivy).update(
            expires_at=expires_at,
            cancelled_at=now if is_cancelled else None,
            accepted_at=now if has_joined else None,
        )
        Member.objects.filter(pk=adam.pk).update(
            role=role, is_active=inviter_is_active, joined_at=now if came else None
        )
        User.objects.filter(pk=adam.user_id).update(is_active=logs_in)
        invitation = Invitation.objects.get(member=ivy)
        opens = link_state(invitation, InvitationLink.of(invitation), now=now) is LinkState.VALID
        if holds_seat(ivy) != ((has_joined and is_active) or opens):
            wrong.append((is_active, has_joined, has_login, expires_at, is_cancelled, role, inviter_is_active, came))
    assert wrong == []


def test_only_administrators_may_invite_whatever_is_restricted():
    """What counts the seats goes by the role."""
    for is_restricted in (True, False):
        toggles = dict.fromkeys(roles.Toggle, is_restricted)
        scopes = {role: roles.scope(role, "settings.users", toggles) for role in roles.ROLES}
        assert {role for role, scope in scopes.items() if scope is not roles.Scope.NONE} == {roles.ADMINISTRATOR}


# Changes of address that they asked for


@every_dismissal
def test_a_change_of_address_that_they_asked_for_ends_and_its_person_is_told(cast, dismiss, deliver_mail, how):
    asked = pending_change(cast.receptionist, asked_by=cast.administrator)

    dismiss(how)

    asked.refresh_from_db()
    assert not asked.is_open
    entry = Activity.objects.get(verb=Verb.EMAIL_CHANGE_CANCELLED)
    assert (entry.account, entry.actor, entry.subject) == (cast.clinic, cast.owner, cast.receptionist)
    event = SecurityEvent.objects.get(kind=SecurityEvent.Kind.EMAIL_CHANGE_ENDED)
    assert (event.user_id, event.by) == (cast.receptionist.user_id, cast.owner)
    told = mail_to(deliver_mail, OLD)
    assert "Olive Owens of Harbour Physio cancelled the change to rita@new.example." in told.body


def test_what_somebody_asked_for_themselves_or_another_administrator_did_goes_on(cast, tess, dismiss):
    own = pending_change(cast.practitioner, new_email="paul@new.example")
    other = pending_change(cast.receptionist, asked_by=cast.owner)

    dismiss()

    assert {own.pk, other.pk} <= set(EmailChange.objects.waiting().values_list("pk", flat=True))
    assert not EmailChange.objects.get(user=tess.user_id).is_open


def test_one_whose_time_was_over_is_told_to_nobody(cast, dismiss):
    pending_change(cast.receptionist, asked_by=cast.administrator)
    EmailChange.objects.update(expires_at=database_now() - timedelta(seconds=1))

    dismiss()

    assert not SecurityEvent.objects.filter(kind=SecurityEvent.Kind.EMAIL_CHANGE_ENDED).exists()


def _becomes_receptionist(cast):
    Member.objects.filter(pk=cast.administrator.pk).update(role=roles.RECEPTIONIST)


def _becomes_inactive(cast):
    Member.objects.filter(pk=cast.administrator.pk).update(is_active=False)


def _login_is_switched_off(cast):
    User.objects.filter(pk=cast.administrator.user_id).update(is_active=False)


def _clinic_is_locked(cast):
    Account.objects.filter(pk=cast.clinic.pk).update(locked_at=database_now())


def _person_becomes_owner(cast):
    Member.objects.filter(pk=cast.receptionist.pk).update(is_owner=True, role=roles.ADMINISTRATOR)


def _person_joins_elsewhere(cast):
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)


def _person_is_of_support(cast):
    User.objects.filter(pk=cast.receptionist.user_id).update(is_staff=True)


SINCE = [
    *(_becomes_receptionist, _becomes_inactive, _login_is_switched_off, _clinic_is_locked),
    *(_person_becomes_owner, _person_joins_elsewhere, _person_is_of_support),
]


@pytest.mark.parametrize("happens", SINCE, ids=lambda each: each.__name__.strip("_"))
def test_it_is_not_confirmed_once_whoever_asked_may_not(cast, change, sign_in, deliver_mail, adam, url, happens):
    """By whatever road that came about."""
    address = url("member", cast.receptionist.pk)
    adam.post(address, {**typed_on(adam.get(address)), "email": NEW, **VERIFIED})
    rita, link = sign_in(cast.receptionist), link_to(deliver_mail, NEW)
    happens(cast)
    rita.get(link)

    before, page = rita.get(CONFIRM), rita.post(CONFIRM, VERIFIED)

    for each in (before, page):
        assert "Adam Adler of Harbour Physio, who asked for this, can’t change your email address any more" in each.text
        assert "You can change it yourself under Sign-in and security." in each.text
        assert '<button class="button button--primary">Confirm' not in each.text
    assert page.status_code == 422
    assert address_of(cast.receptionist) == OLD


def test_the_action_holds_it_under_the_lock(cast, sign_in, monkeypatch):
    asked = pending_change(cast.receptionist, asked_by=cast.administrator)
    rita = sign_in(cast.receptionist)
    rita.get(f"/email/change/{EmailChangeLink.of(asked, Side.NEW).token()}/")
    monkeypatch.setattr("accounts.addresses.link_views.why_asker_may_not", lambda _change: "")
    _becomes_receptionist(cast)

    page = rita.post(CONFIRM, VERIFIED)

    assert (page.status_code, "who asked for this, can’t change" in page.text) == (422, True)
    assert address_of(cast.receptionist) == OLD


def test_nor_is_its_mail_sent_again(cast, sign_in, deliver_mail):
    pending_change(cast.receptionist, asked_by=cast.administrator)
    _becomes_receptionist(cast)

    page = sign_in(cast.receptionist).post(AGAIN, follow=True)

    assert "who asked for this, can’t change your email address any more" in page.text
    assert deliver_mail() == []


def test_a_mail_that_waited_to_ask_the_new_address_is_not_sent(cast, adam, url, deliver_mail):
    """R12."""
    address = url("member", cast.receptionist.pk)
    adam.post(address, {**typed_on(adam.get(address)), "email": NEW, **VERIFIED})
    _person_joins_elsewhere(cast)

    assert NEW not in [each.to[0] for each in deliver_mail()]


# Somebody is made an owner


def test_made_an_owner_they_are_asked_for_no_other_address_any_more(cast, tess, olive, url, deliver_mail):
    """A40: nobody else changes an owner; the change that Adam asked for would."""
    olive.post(url("member_ownership", tess.pk), VERIFIED)

    assert Member.objects.get(pk=tess.pk).is_owner
    assert not EmailChange.objects.get(user=tess.user_id).is_open
    entry = Activity.objects.get(verb=Verb.EMAIL_CHANGE_CANCELLED)
    assert (entry.actor, entry.subject) == (cast.owner, tess)
    bodies = [each.body for each in deliver_mail() if each.to == ["tess@harbour.example"]]
    assert any("Olive Owens of Harbour Physio cancelled the change" in body for body in bodies)


def test_what_they_asked_for_themselves_goes_on(cast, olive, url):
    own = pending_change(cast.administrator, new_email="adam@new.example")

    olive.post(url("member_ownership", cast.administrator.pk), VERIFIED)

    own.refresh_from_db()
    assert own.is_open


def test_appointed_by_support_as_well_and_nobodys_browser_is_told(cast, tess, desk, sign_in, deliver_mail):
    desk.post(at("owner_appoint", cast.clinic.pk, tess.pk), REASONED)

    assert not EmailChange.objects.get(user=tess.user_id).is_open
    entry = Activity.objects.get(verb=Verb.EMAIL_CHANGE_CANCELLED)
    assert (entry.actor, entry.staff is not None, entry.subject) == (None, True, tess)
    bodies = [each.body for each in deliver_mail() if each.to == ["tess@harbour.example"]]
    [body] = [each for each in bodies if "was cancelled. You’ll keep signing in with" in each]
    assert "Browser" not in body
    events = sign_in(tess).get("/me/security/").text
    assert "Change of email address stopped" in events


def test_a_change_that_an_administrator_asked_for_can_be_cancelled_by_whoever_sees_it(cast, tess, adam, olive, url):
    """An owner's, as an older version left it, is shown to the owner alone."""
    Member.objects.filter(pk=tess.pk).update(is_owner=True)
    waits = "A new email address waits to be confirmed"
    assert waits not in adam.get(url("member", tess.pk)).text

    Member.objects.filter(pk=tess.pk).update(is_owner=False)
    assert waits in adam.get(url("member", tess.pk)).text
    # A login that was switched off is no reason to leave it there.
    User.objects.filter(pk=tess.user_id).update(is_active=False)
    page = adam.post(url("member_email_cancel", tess.pk), follow=True)

    assert "The change was cancelled." in page.text
    assert not EmailChange.objects.get(user=tess.user_id).is_open


# Said before


def sentences(prompt):
    listed = BeautifulSoup(prompt.text, "html.parser").select("#reverify-consequences li")
    return [" ".join(each.get_text().split()) for each in listed]


def test_taking_the_role_says_first_what_ends_with_it(cast, change):
    pending_change(cast.receptionist, asked_by=cast.administrator)

    prompt = change(cast.administrator, password=None, role=roles.RECEPTIONIST)

    assert asks(prompt)
    assert sentences(prompt) == [
        "1 place on the plan is free again: 1 of 5 are taken then. The plan stays as it is.",
        "1 invitation that they sent stops working: Ivy Ito. Send it again in your own name.",
        "1 change of email address that they asked for is cancelled: Rita Reyes.",
    ]


def test_it_is_said_within_the_operators_window_too(with_grace, cast, change):
    change(cast.receptionist, role="scheduler")

    assert asks(change(cast.administrator, password=None, role=roles.RECEPTIONIST))


def test_making_them_inactive_counts_their_own_place_with_those_of_whom_they_invited(cast, change):
    Member.objects.filter(pk=cast.administrator.pk).update(is_practitioner=True)
    assert seat_rules.seats_in_use(cast.clinic) == 3

    prompt = change(cast.administrator, password=None, is_active="no")

    assert "2 places on the plan are free again: 1 of 5 are taken then. The plan stays as it is." in sentences(prompt)
    change(cast.administrator, is_active="no")
    assert seat_rules.seats_in_use(cast.clinic) == 1


def test_an_administrator_who_began_nothing_is_given_another_role_without_a_list(cast, change, otto):
    Invitation.objects.all().delete()

    prompt = change(cast.administrator, password=None, role=roles.RECEPTIONIST)

    assert asks(prompt)
    assert sentences(prompt) == []


def test_no_mail_of_theirs_that_waited_goes_out(cast, adam, url, dismiss, deliver_mail):
    adam.post(url("member_invitation", cast.invited.pk))
    dismiss()

    assert ["ivy@harbour.example"] not in [each.to for each in deliver_mail()]
    assert OutboundEmail.objects.get(kind=OutboundEmail.Kind.INVITATION).state == OutboundEmail.State.DROPPED


def test_the_path_of_the_link_is_the_same_when_it_is_sent_again(cast, dismiss, olive, url):
    before = path_of(cast.invited)
    dismiss()
    olive.post(url("member_invitation", cast.invited.pk))

    assert path_of(cast.invited) == before
