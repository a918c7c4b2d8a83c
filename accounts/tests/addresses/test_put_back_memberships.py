"""After an objection nobody at the old address opens what another address was given (A58). See docs/decisions/0017.

Rita's login is at the old address. Somebody takes it to another mailbox, and joins, opens and is granted things there.
Then Rita's old mailbox objects, and the login is hers again.
"""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.core import seat_rules
from accounts.core.details import MemberDetails
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, User
from accounts.ownership.actions import make_owner, relinquish_ownership
from accounts.people.actions import update_member
from accounts.tests.address_changes import NEW, OLD, address_of, ask, choose_password, confirm, link_to, object_to
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.import_files import bring, csv_file, line
from accounts.tests.links import ACCEPT, CHOSEN, path_in
from accounts.tests.owners import administrator_of
from accounts.tests.squatters import MALLORY, invite
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Verb = Activity.Verb
ELSEWHERE = "/elsewhere/"


@pytest.fixture
def browser(cast, sign_in) -> Client:
    """The browser of whoever has Rita's login."""
    return sign_in(cast.receptionist)


@pytest.fixture
def move(cast, browser, deliver_mail) -> Callable[[str], None]:
    """Take the login to another address."""

    def _move(email: str) -> None:
        ask(browser, email)
        confirm(browser, link_to(deliver_mail, email))
        assert address_of(cast.receptionist) == email

    return _move


@pytest.fixture
def put_back(cast, deliver_mail) -> Callable[[], None]:
    """Let the old mailbox object, by the first link that it got."""

    def _put_back(address: str = OLD) -> None:
        sent = [each for each in deliver_mail() if each.to == [address] and "/email/objection/" in each.body]
        answer = object_to(path_in(sent[0]))
        assert (answer.status_code, address_of(cast.receptionist)) == (200, address)

    return _put_back


def invited_and_joined(cast, browser: Client, deliver_mail, email: str, role: str = "administrator") -> Member:
    """Let Elsewhere invite the address, and the one who has it join by the mail."""
    member = invite(cast.outsider, email, role=role)
    return joined(browser, deliver_mail, member)


def joined(browser: Client, deliver_mail, member: Member) -> Member:
    sent = [each for each in deliver_mail() if "invites you to" in each.subject]
    browser.get(path_in(sent[-1]), follow=True)
    browser.post(ACCEPT, {"password": PASSWORD})
    fresh = Member.objects.select_related("user", "account").get(pk=member.pk)
    assert fresh.has_joined
    return fresh


def opened(browser: Client, name: str = "Night Clinic") -> Member:
    """Let the login open a clinic."""
    form = {"clinic_name": name, "first_name": "Mallory", "last_name": "Moor", "submission": str(uuid4())}
    browser.post(reverse("accounts:signup"), {**form, "reverify_password": PASSWORD})
    return Member.objects.select_related("account").get(account__name=name, is_owner=True)


def chooses_a_password(deliver_mail, email: str, password: str = CHOSEN) -> Client:
    """Follow **Forgotten your password?** for the address, and sign in."""
    reader = Client()
    reader.post(reverse("accounts:password_reset"), {"email": email})
    resets = [each for each in deliver_mail() if each.to == [email] and each.subject == "Choose a new password"]
    page = reader.get(path_in(resets[-1]), follow=True)
    reader.post(page.redirect_chain[-1][0], {"password": password})
    reader.post(reverse("accounts:login"), {"email": email, "password": password})
    return reader


def now(member: Member) -> Member:
    return Member.objects.select_related("user", "account").get(pk=member.pk)


def entries(member: Member) -> list[str]:
    """What the clinic's log says of somebody since they joined, the oldest first."""
    found = Activity.objects.filter(subject=member).exclude(verb__in=[Verb.MEMBER_ADDED, Verb.INVITATION_ACCEPTED])
    return [each.verb for each in found.order_by("pk")]


def told(deliver_mail, subject: str) -> dict[str, str]:
    """Who got a mail with this subject: address to body."""
    return {each.to[0]: each.body for each in deliver_mail() if each.subject == subject}


def details_of(member: Member, **changes: object) -> MemberDetails:
    fresh = now(member)
    return MemberDetails(**{**vars(MemberDetails.of(fresh)), **changes})


def change(actor: Member, target: Member, **changes: object) -> None:
    fresh = now(target)
    update_member(actor=actor, target=fresh, details=details_of(target, **changes), expected_version=fresh.version)


# Clinics that never knew the old address


def test_a_clinic_joined_at_another_address_is_not_opened_by_the_old_one(cast, browser, move, put_back, deliver_mail):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY)

    put_back()

    rita = chooses_a_password(deliver_mail, OLD)
    assert rita.get("/harbour-physio/").status_code == 200
    assert rita.get(ELSEWHERE).status_code == 404
    assert "Elsewhere" not in rita.get(reverse("accounts:clinics"), follow=True).text
    assert now(member).user.email == MALLORY


def test_it_is_suspended_at_the_other_address_until_that_clinic_makes_it_active_again(
    cast, browser, move, put_back, deliver_mail
):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY)
    put_back()
    reader = chooses_a_password(deliver_mail, MALLORY)
    assert reader.get(ELSEWHERE).status_code == 302, "Not signed in."

    change(cast.outsider, member, is_active=True)
    reader.post(reverse("accounts:login"), {"email": MALLORY, "password": CHOSEN})

    assert reader.get(ELSEWHERE).status_code == 200


def test_its_log_and_its_administrators_are_told_who_to_ask_and_never_the_old_address(
    cast, browser, move, put_back, deliver_mail, sign_in
):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY)
    version = now(member).version

    put_back()

    assert entries(member) == [Verb.MEMBER_SUSPENDED]
    assert now(member).version > version
    mails = told(deliver_mail, "Confirm that Nina Nowak belongs to Elsewhere")
    assert set(mails) == {"xena@elsewhere.example"}
    body = mails["xena@elsewhere.example"]
    assert f"Ask Nina Nowak in person or by phone whether {MALLORY} is theirs." in body
    page = sign_in(cast.outsider).get(reverse("accounts:member", args=["elsewhere", member.pk])).text
    assert "A change of email address that was undone suspended" in page
    assert "someone reported that the login they used was changed to that address without permission" in page
    assert OLD not in body and OLD not in page


def test_both_mailboxes_are_told_what_became_of_it(cast, browser, move, put_back, deliver_mail):
    move(MALLORY)
    invited_and_joined(cast, browser, deliver_mail, MALLORY)

    put_back()

    [other] = told(deliver_mail, "Your old email address was put back").values()
    [old] = told(deliver_mail, "Your email address was put back").values()
    assert f"Clinics that you joined or opened with {MALLORY} stay with it. It now has a login of its own" in other
    assert "Invitations to" not in other
    assert "A clinic that you had joined has to make you active again before you can open it" in other
    assert "Clinics that were joined with another address in the meantime are no longer part of your login." in old
    assert "Elsewhere" not in old


def test_without_any_such_clinic_nobody_is_told_of_one(cast, move, put_back, deliver_mail):
    move(MALLORY)

    put_back()

    sent = "".join(each.body for each in deliver_mail() if "was put back" in each.subject)
    assert "login of its own" not in sent and "meantime" not in sent


def test_after_a_hop_it_stays_with_the_address_that_the_clinic_typed(cast, browser, move, put_back, deliver_mail):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY)
    move("mallory2@thief.example")

    put_back()

    assert now(member).user.email == MALLORY
    assert not now(member).is_active
    assert set(told(deliver_mail, "Your old email address was put back")) == {MALLORY, "mallory2@thief.example"}


def test_two_objections_one_after_the_other_leave_each_clinic_with_its_own_address(
    cast, browser, move, put_back, deliver_mail, sign_in
):
    """The login goes on from the new address to a third; first the new one objects, then the old one."""
    move(NEW)
    first = invited_and_joined(cast, browser, deliver_mail, NEW)
    move(MALLORY)
    second = opened(browser)

    put_back(NEW)

    assert (now(first).user_id, now(first).is_active) == (cast.receptionist.user_id, True)
    assert now(second).user.email == MALLORY
    third = opened(sign_in(choose_password(cast.receptionist)), "Third Clinic")

    put_back(OLD)

    assert (now(first).user.email, now(first).is_active) == (NEW, False)
    assert now(second).user.email == MALLORY
    assert now(third).user.email == NEW


def test_a_clinic_that_was_brought_over_with_the_other_address_since_is_not_the_old_ones(
    cast, move, put_back, tmp_path
):
    """The file says that they joined years ago."""
    move(MALLORY)
    bring(csv_file(tmp_path, line("Nina", email=MALLORY)))
    member = Member.objects.get(account__import_reference="A17")
    assert member.user_id == cast.receptionist.user_id

    put_back()

    assert now(member).user.email == MALLORY
    assert address_of(cast.receptionist) == OLD


def test_one_that_was_brought_over_before_is_kept(cast, move, put_back, tmp_path):
    bring(csv_file(tmp_path, line("Rita", email=OLD)))
    member = Member.objects.get(account__import_reference="A17")
    move(MALLORY)

    put_back()

    assert now(member).user_id == cast.receptionist.user_id


def test_a_clinic_that_invited_the_old_address_is_kept_though_it_was_joined_at_another(
    cast, browser, move, put_back, deliver_mail
):
    member = invite(cast.outsider, OLD)
    move(MALLORY)
    deliver_mail()
    joined(browser, deliver_mail, member)

    put_back()

    assert (now(member).user_id, now(member).is_active) == (cast.receptionist.user_id, True)


def test_clinics_from_before_are_kept(cast, browser, move, put_back, deliver_mail):
    before = invited_and_joined(cast, browser, deliver_mail, OLD)
    own = opened(browser)
    move(MALLORY)

    put_back()

    for member in (before, own, cast.receptionist):
        assert (now(member).user_id, now(member).is_active) == (cast.receptionist.user_id, True)
    assert now(own).is_owner


def test_someone_whom_that_clinic_made_inactive_is_no_longer_the_old_address_either(
    cast, browser, move, put_back, deliver_mail
):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY)
    change(cast.outsider, member, is_active=False)

    put_back()

    assert now(member).user.email == MALLORY
    assert entries(member) == [Verb.MEMBER_DEACTIVATED, Verb.MEMBERSHIP_MOVED]
    assert set(told(deliver_mail, "Nina Nowak has another login in Elsewhere")) == {"xena@elsewhere.example"}


def test_a_practitioner_who_is_suspended_holds_no_place(cast, browser, move, put_back, deliver_mail):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY, role="practitioner")
    change(cast.outsider, member, is_practitioner=True)
    before = seat_rules.seats_in_use(member.account)

    put_back()

    assert seat_rules.seats_in_use(member.account) == before - 1
    assert now(member).deactivated_at is not None


@pytest.mark.parametrize("state", ["locked_at", "closed_at"])
def test_a_locked_or_closed_clinic_makes_no_difference(cast, browser, move, put_back, deliver_mail, state):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY)
    moment = database_now()
    facts = {"erase_at": moment} if state == "closed_at" else {}
    Account.objects.filter(pk=cast.other_clinic.pk).update(**{state: moment}, **facts)

    put_back()

    assert (now(member).user.email, now(member).is_active) == (MALLORY, False)


def test_what_was_about_to_be_mailed_of_that_clinic_goes_to_the_other_mailbox(
    cast, browser, move, put_back, deliver_mail
):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY, role="receptionist")
    change(cast.outsider, member, role="administrator")

    put_back()

    [message] = [each for each in deliver_mail() if each.subject == "Your role in Elsewhere is now Administrator"]
    assert message.to == [MALLORY]


@pytest.fixture
def taken(cast, browser, move, deliver_mail) -> Callable[[], None]:
    """Let the login go on to a third address, and another login get the second: it is no one's who proved it."""

    def _taken() -> None:
        move("mallory2@thief.example")
        UserFactory(email=MALLORY, email_confirmed_at=None)

    return _taken


def test_whoever_signed_up_with_the_address_and_never_proved_it_gets_nothing(
    cast, browser, move, put_back, deliver_mail, taken
):
    """The database would allow it, whatever keeps them from signing up: it is suspended where it is."""
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY)
    taken()

    put_back()

    assert (now(member).user_id, now(member).is_active) == (cast.receptionist.user_id, False)
    assert set(told(deliver_mail, "Confirm that Nina Nowak belongs to Elsewhere")) == {"xena@elsewhere.example"}


def test_if_nothing_can_be_done_about_a_clinic_opened_there_support_is_told(
    cast, browser, move, put_back, deliver_mail, taken, settings
):
    move(MALLORY)
    owner = opened(browser)
    taken()

    put_back()

    assert (now(owner).user_id, now(owner).is_owner) == (cast.receptionist.user_id, True)
    assert settings.SUPPORT_EMAIL in told(deliver_mail, "Check what Mallory Moor may do in Night Clinic")


# Clinics opened there


def test_a_clinic_that_was_opened_there_belongs_to_that_mailbox_and_goes_on(
    cast, browser, move, put_back, deliver_mail
):
    """Nobody else could confirm its only owner."""
    move(MALLORY)
    owner = opened(browser)

    put_back()

    kept = now(owner)
    assert (kept.user.email, kept.is_active, kept.is_owner) == (MALLORY, True, True)
    assert kept.account.creator_id == kept.user_id
    assert entries(owner) == [Verb.MEMBERSHIP_MOVED]
    assert set(told(deliver_mail, "Choose a password to go on using Night Clinic")) == {MALLORY}
    home = reverse("accounts:home", args=[kept.account.slug])
    assert chooses_a_password(deliver_mail, OLD).get(home).status_code == 404
    assert chooses_a_password(deliver_mail, MALLORY).get(home).status_code == 200


def test_with_another_owner_there_its_first_one_is_suspended_and_the_other_decides(
    cast, browser, move, put_back, deliver_mail
):
    move(MALLORY)
    owner = opened(browser)
    otto = administrator_of(owner.account, "Otto", "Oh")
    make_owner(actor=owner, target=otto)

    put_back()

    kept = now(owner)
    assert (kept.user.email, kept.is_active, kept.is_owner) == (MALLORY, False, False)
    assert entries(owner) == [Verb.OWNERSHIP_REMOVED, Verb.MEMBER_SUSPENDED]
    [body] = told(deliver_mail, "Confirm that Mallory Moor belongs to Night Clinic").values()
    assert "Mallory Moor was an owner. An owner can make them one again once they are active." in body


def test_an_owner_who_has_no_password_is_not_left_to_decide(cast, browser, move, put_back, deliver_mail):
    move(MALLORY)
    owner = opened(browser)
    otto = administrator_of(owner.account, "Otto", "Oh")
    make_owner(actor=owner, target=otto)
    User.objects.filter(pk=otto.user_id).update(password="!")

    put_back()

    assert (now(owner).is_active, now(owner).is_owner) == (True, True)


def test_the_only_administrator_of_a_clinic_without_owners_stays_active(cast, browser, move, put_back, deliver_mail):
    move(MALLORY)
    member = invited_and_joined(cast, browser, deliver_mail, MALLORY)
    change(member, cast.outsider, role="receptionist")

    put_back()

    assert (now(member).user.email, now(member).is_active) == (MALLORY, True)


# Clinics that knew the old address


def mail_of_grants(deliver_mail) -> dict[str, str]:
    return told(deliver_mail, "Check what Rita Reyes may do in Harbour Physio")


def test_a_role_that_was_raised_since_is_the_one_of_before(cast, move, put_back, deliver_mail):
    move(MALLORY)
    change(cast.administrator, cast.receptionist, role="administrator")

    put_back()

    rita = now(cast.receptionist)
    assert (rita.role, rita.is_active) == ("receptionist", True)
    assert entries(rita)[-1] == Verb.GRANT_SUSPENDED
    mails = mail_of_grants(deliver_mail)
    assert set(mails) == {"olive@harbour.example"}
    assert "the security role Administrator. It has been taken back." in mails["olive@harbour.example"]
    [old] = told(deliver_mail, "Your email address was put back").values()
    assert "What your clinics granted in the meantime" in old


def test_a_role_that_was_lowered_since_stays_so(cast, move, put_back, deliver_mail):
    move(MALLORY)
    change(cast.administrator, cast.receptionist, role="scheduler")

    put_back()

    assert now(cast.receptionist).role == "scheduler"
    assert mail_of_grants(deliver_mail) == {}


def test_a_role_that_is_more_and_less_makes_inactive_as_neither_may_be_kept(cast, move, put_back, deliver_mail):
    move(MALLORY)
    change(cast.administrator, cast.receptionist, role="bookkeeper")

    put_back()

    rita = now(cast.receptionist)
    assert (rita.role, rita.is_active) == ("bookkeeper", False)


def test_ownership_that_was_given_since_is_taken_back(cast, move, put_back, deliver_mail):
    move(MALLORY)
    change(cast.administrator, cast.receptionist, role="administrator")
    make_owner(actor=cast.owner, target=now(cast.receptionist))

    put_back()

    rita = now(cast.receptionist)
    assert (rita.is_owner, rita.role) == (False, "receptionist")
    assert entries(rita)[-2:] == [Verb.OWNERSHIP_REMOVED, Verb.GRANT_SUSPENDED]
    [body] = mail_of_grants(deliver_mail).values()
    assert "ownership, the security role Administrator. It has been taken back." in body


def test_what_was_granted_before_is_kept(cast, browser, move, put_back, deliver_mail):
    change(cast.administrator, cast.receptionist, role="administrator")
    make_owner(actor=cast.owner, target=now(cast.receptionist))
    move(MALLORY)

    put_back()

    rita = now(cast.receptionist)
    assert (rita.is_owner, rita.role) == (True, "administrator")
    assert mail_of_grants(deliver_mail) == {}


def test_who_was_inactive_and_was_let_back_in_since_is_inactive_again(cast, browser, move, put_back, deliver_mail):
    member = invited_and_joined(cast, browser, deliver_mail, OLD)
    change(cast.outsider, member, is_active=False)
    move(MALLORY)
    change(cast.outsider, member, is_active=True)

    put_back()

    assert (now(member).user_id, now(member).is_active) == (cast.receptionist.user_id, False)
    [body] = told(deliver_mail, "Check what Nina Nowak may do in Elsewhere").values()
    assert "access as an active user. It has been taken back." in body


def test_a_clinic_keeps_its_only_owner_and_support_is_told(cast, move, put_back, deliver_mail, settings):
    move(MALLORY)
    change(cast.administrator, cast.receptionist, role="administrator")
    make_owner(actor=cast.owner, target=now(cast.receptionist))
    relinquish_ownership(actor=now(cast.owner))

    put_back()

    rita = now(cast.receptionist)
    assert (rita.is_owner, rita.role) == (True, "administrator")
    assert entries(rita)[-1] == Verb.GRANT_KEPT
    mails = mail_of_grants(deliver_mail)
    assert set(mails) == {OLD, settings.SUPPORT_EMAIL}
    assert "no one else can act for the clinic" in mails[settings.SUPPORT_EMAIL]
    assert f"/support/accounts/{cast.clinic.pk}/" in mails[settings.SUPPORT_EMAIL]


# Invitations


def test_an_invitation_that_stays_with_its_address_is_an_entry_and_its_owners_are_told(
    cast, move, put_back, deliver_mail
):
    move(MALLORY)
    member = invite(cast.outsider, MALLORY)
    version = now(member).version

    put_back()

    entry = Activity.objects.get(verb=Verb.INVITATION_MOVED, subject=member)
    assert entry.details == {"because": "address_put_back", "email": [MALLORY, MALLORY]}
    assert now(member).version > version
    [body] = told(deliver_mail, "The invitation of Nina Nowak stays where it is").values()
    assert "its link still works" in body and OLD not in body
    [other] = told(deliver_mail, "Your old email address was put back").values()
    assert f"Invitations to {MALLORY} stay with it. Use the link in the clinic’s newest email to join." in other
    assert "login of its own" not in other and "/password/reset/" not in other, "It has none before they join."


def test_an_invitation_that_comes_back_is_an_entry_and_its_owners_are_told(cast, move, put_back, deliver_mail):
    member = invite(cast.outsider, OLD)
    move(MALLORY)

    put_back()

    moved = Activity.objects.filter(verb=Verb.INVITATION_MOVED, subject=member).order_by("pk")
    assert [each.details["email"] for each in moved] == [[OLD, MALLORY], [MALLORY, OLD]]
    [body] = told(deliver_mail, "The invitation of Nina Nowak has moved").values()
    assert f"has moved from {MALLORY} to {OLD}" in body


def test_confirming_a_change_tells_no_owner_and_is_an_entry(cast, move, deliver_mail):
    member = invite(cast.outsider, OLD)
    deliver_mail()

    move(NEW)

    assert entries(member) == [Verb.INVITATION_MOVED]
    assert not OutboundEmail.objects.filter(kind=OutboundEmail.Kind.NOTICE).exists()


def test_a_role_of_an_invitation_that_was_raised_since_is_the_one_of_before(cast, move, put_back, deliver_mail):
    member = invite(cast.outsider, OLD, role="receptionist")
    move(MALLORY)
    change(cast.outsider, member, role="administrator")

    put_back()

    assert now(member).role == roles.RECEPTIONIST
    assert Invitation.objects.get(member=member).cancelled_at is None
