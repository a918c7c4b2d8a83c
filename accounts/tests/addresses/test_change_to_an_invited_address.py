"""What waits for an address goes with the person who proves it, and holds it for nobody else (A58, A70)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Activity, Invitation, Member, OutboundEmail, User
from accounts.tests.address_changes import (
    NEW,
    OLD,
    address_of,
    ask,
    confirm,
    link_to,
    mail_to,
    object_to,
    pass_time,
)
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.links import ACCEPT, path_in
from accounts.tests.squatters import invite
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

Verb = Activity.Verb
HARBOUR, ELSEWHERE = "harbour-physio", "elsewhere"


@pytest.fixture
def rita(cast, sign_in) -> Client:
    """Rita's browser."""
    return sign_in(cast.receptionist)


@pytest.fixture
def changes(rita, deliver_mail) -> Callable[[], str]:
    """Let Rita change to the new address; what the page says."""

    def _changes() -> str:
        ask(rita, NEW)
        sent = [each for each in deliver_mail() if each.to == [NEW] and "/email/change/" in each.body]
        return confirm(rita, path_in(sent[-1])).text

    return _changes


def cancel(sign_in, actor: Member, member: Member) -> None:
    sign_in(actor).post(reverse("accounts:member_invitation_cancel", args=[member.account.slug, member.pk]))


def expire(sign_in, actor: Member, member: Member) -> None:
    Invitation.objects.filter(member=member).update(expires_at=database_now())


def let_be(sign_in, actor: Member, member: Member) -> None:
    """It can be accepted."""


def now(member: Member) -> Member:
    return Member.objects.select_related("user", "invitation").get(pk=member.pk)


def entries(member: Member) -> list[tuple[str, list[str]]]:
    """What the log says of an invitation since it was sent: the verb and the addresses."""
    found = Activity.objects.filter(subject=member, actor=None).order_by("pk")
    return [(each.verb, each.addresses) for each in found]


def admits(member: Member) -> bool:
    return now(member).is_active and now(member).invitation.cancelled_at is None


@pytest.mark.parametrize("state", [cancel, expire, let_be])
def test_no_invitation_holds_an_address_whose_reader_proves_it(cast, sign_in, changes, state):
    member = invite(cast.outsider, NEW)
    state(sign_in, cast.outsider, member)
    version = now(member).version

    page = changes()

    assert f"From now on you sign in with {NEW}." in page
    assert address_of(cast.receptionist) == NEW
    assert now(member).user_id == cast.receptionist.user_id
    assert now(member).version > version
    assert entries(member) == [(Verb.INVITATION_MOVED, [NEW, NEW])]
    assert User.objects.filter(email=NEW).count() == 1


def test_its_link_goes_on_working_with_the_login_that_has_the_address_now(cast, rita, changes, deliver_mail):
    member = invite(cast.outsider, NEW)
    [mail] = [each for each in deliver_mail() if "invites you to" in each.subject]

    changes()

    assert len([each for each in deliver_mail() if "invites you to" in each.subject]) == 1
    stranger = Client()
    page = stranger.get(path_in(mail), follow=True)
    assert "Elsewhere" in page.text
    assert stranger.post(ACCEPT, {"password": "a password of somebody new"}).status_code == 422
    rita.get(path_in(mail), follow=True)
    rita.post(ACCEPT)
    assert now(member).has_joined and now(member).user_id == cast.receptionist.user_id
    assert rita.get("/elsewhere/").status_code == 200


def test_a_mail_that_was_still_to_go_goes_to_the_same_mailbox(cast, changes, deliver_mail):
    """The invitation was asked for after the other mails had been sent."""
    invite(cast.outsider, NEW)

    changes()

    [mail] = [each for each in deliver_mail() if "invites you to" in each.subject]
    assert mail.to == [NEW]
    assert not OutboundEmail.objects.filter(state=OutboundEmail.State.DROPPED).exists()


def test_the_clinic_can_invite_again_who_went_along_cancelled(cast, sign_in, changes, deliver_mail):
    member = invite(cast.outsider, NEW, role="receptionist")
    deliver_mail()
    cancel(sign_in, cast.outsider, member)
    changes()
    page = reverse("accounts:member", args=[ELSEWHERE, member.pk])
    administrator = sign_in(cast.outsider)
    assert "A change of email address moved the invitation of Nina to another login, still for" in (
        administrator.get(page).text.replace("<bdi>", "").replace("</bdi>", "")
    )
    form = {"first_name": "Nina", "last_name": "Nowak", "email": NEW, "role": "receptionist", "is_practitioner": "no"}

    administrator.post(
        page, {**form, "is_active": "yes", "version": now(member).version, "reverify_password": PASSWORD}
    )

    assert admits(member)
    assert [each.to for each in deliver_mail() if "invites you to" in each.subject] == [[NEW], [NEW]]


def test_an_objection_leaves_it_with_the_mailbox_that_was_invited(cast, changes, deliver_mail):
    """It came along to the new address, and is not the old one's when that is put back (A58)."""
    member = invite(cast.outsider, NEW)
    changes()

    object_to(link_to(deliver_mail, OLD))

    assert address_of(cast.receptionist) == OLD
    assert now(member).user.email == NEW and admits(member)


# Who is in that clinic already


def is_released(member: Member) -> bool:
    fresh = now(member)
    is_over = not fresh.is_active and fresh.invitation.cancelled_at is not None
    assert is_over == (fresh.released_at is not None)
    return is_over


@pytest.mark.parametrize("state", [cancel, expire, let_be])
def test_the_invitation_of_someone_who_is_there_already_only_keeps_its_history(cast, sign_in, changes, state):
    member = invite(cast.administrator, NEW)
    state(sign_in, cast.administrator, member)

    changes()

    assert address_of(cast.receptionist) == NEW
    assert is_released(member)
    assert now(cast.receptionist).is_active and now(cast.receptionist).role == "receptionist"
    assert entries(member) == [(Verb.INVITATION_CANCELLED, [NEW, NEW])]


def test_so_does_that_of_someone_whom_the_clinic_made_inactive(cast, sign_in, changes):
    """Else they would be back by an invitation to their other address (C13)."""
    left = MemberFactory(account=cast.other_clinic, user=cast.receptionist.user, is_active=False)
    member = invite(cast.outsider, NEW)

    changes()

    assert is_released(member)
    assert not Member.objects.get(pk=left.pk).is_active


def test_of_two_invitations_the_one_that_can_be_accepted_is_kept(cast, sign_in, changes, deliver_mail):
    over, open_one = invite(cast.outsider, OLD), invite(cast.outsider, NEW)
    cancel(sign_in, cast.outsider, over)

    changes()

    assert is_released(over)
    assert admits(open_one) and now(open_one).user_id == cast.receptionist.user_id
    assert entries(over) == [(Verb.INVITATION_CANCELLED, [OLD, NEW])]


def test_of_two_that_can_be_accepted_the_one_of_the_login_is_kept(cast, changes, deliver_mail):
    own, other = invite(cast.outsider, OLD), invite(cast.outsider, NEW)
    deliver_mail()

    changes()

    assert is_released(other)
    assert admits(own)
    assert [each.to for each in deliver_mail() if "invites you to" in each.subject][-1] == [NEW]


def test_what_only_keeps_history_cant_be_brought_back_and_says_so(cast, sign_in, changes, adam, url):
    member = invite(cast.administrator, NEW, role="receptionist")
    changes()
    form = {"first_name": "Nina", "last_name": "Nowak", "email": NEW, "role": "receptionist", "is_practitioner": "no"}

    page = adam.post(
        url("member", member.pk),
        {**form, "is_active": "yes", "version": now(member).version, "reverify_password": PASSWORD},
    )

    assert page.status_code == 403
    text = page.text.replace("<bdi>", "").replace("</bdi>", "")
    assert f"{NEW} has another entry in this clinic, and this one only keeps its history." in text
    assert "Update user" not in text and "is an owner" not in text
    assert is_released(member)


def test_its_address_names_the_entry_that_counts(cast, changes, adam, url):
    invite(cast.administrator, NEW)
    changes()
    form = {"first_name": "Rita", "last_name": "Again", "email": NEW, "role": "receptionist", "is_practitioner": "no"}

    page = adam.post(url("member_new"), {**form, "reverify_password": PASSWORD})

    assert "Rita Reyes already has this email address in Harbour Physio." in page.text


def test_an_address_that_is_proved_twice_takes_what_keeps_history_along(cast, sign_in, changes, rita, deliver_mail):
    """Rita leaves the address again, and somebody else gets it."""
    member = invite(cast.administrator, NEW)
    changes()
    pass_time(days=4)
    ask(rita, OLD)
    confirm(rita, link_to(deliver_mail, OLD))
    pass_time(days=4)

    again = invite(cast.administrator, NEW)

    assert now(member).user_id == cast.receptionist.user_id and is_released(member)
    assert now(again).user.email == NEW and admits(again)


# An administrator who asks for it


def test_an_administrator_can_ask_for_an_address_whose_invitation_was_cancelled(cast, sign_in, adam, url, deliver_mail):
    member = invite(cast.administrator, NEW)
    cancel(sign_in, cast.administrator, member)
    rita = now_of(cast.receptionist)
    form = {"first_name": "Rita", "last_name": "Reyes", "email": NEW, "role": "receptionist", "is_practitioner": "no"}

    adam.post(
        url("member", rita.pk), {**form, "is_active": "yes", "version": rita.version, "reverify_password": PASSWORD}
    )
    browser = sign_in(cast.receptionist)
    browser.get(link_to(deliver_mail, NEW))
    browser.post(reverse("accounts:email_change_confirm"), {"reverify_password": PASSWORD})

    assert address_of(cast.receptionist) == NEW
    assert is_released(member)


def now_of(member: Member) -> Member:
    return Member.objects.select_related("user").get(pk=member.pk)


def test_while_the_invitation_is_open_the_administrator_cancels_it_first(cast, adam, url):
    invite(cast.administrator, NEW)
    rita = now_of(cast.receptionist)
    form = {"first_name": "Rita", "last_name": "Reyes", "email": NEW, "role": "receptionist", "is_practitioner": "no"}

    page = adam.post(
        url("member", rita.pk), {**form, "is_active": "yes", "version": rita.version, "reverify_password": PASSWORD}
    )

    assert page.status_code == 422
    assert "Nina Nowak already has this email address in Harbour Physio." in page.text


# What is somebody's


def brought_over(cast) -> Member:
    user = UserFactory(email=NEW, password=None, email_confirmed_at=None)
    return MemberFactory(account=cast.other_clinic, user=user)


def test_someone_brought_over_is_not_taken_over_and_the_page_says_what_to_do(cast, rita, deliver_mail):
    ask(rita, NEW)
    link = link_to(deliver_mail, NEW)
    theirs = brought_over(cast)

    page = confirm(rita, link).text

    assert f"{NEW} already has a login, which has no password yet, so this one can’t use it." in page
    assert f"sign out, choose “Forgotten your password?” and enter {NEW}." in page
    assert address_of(cast.receptionist) == OLD
    assert Member.objects.get(pk=theirs.pk).user_id == theirs.user_id


def test_of_someone_brought_over_who_is_inactive_the_page_says_whom_to_ask(cast, rita, deliver_mail):
    """A password of theirs would open nothing."""
    ask(rita, NEW)
    link = link_to(deliver_mail, NEW)
    theirs = brought_over(cast)
    Member.objects.filter(pk=theirs.pk).update(is_active=False)

    page = confirm(rita, link).text

    assert "If that’s you, ask that clinic to make you active again, or write to support@" in page
    assert address_of(cast.receptionist) == OLD


def test_nor_does_the_mail_send_them_to_a_password_that_there_is_not(cast, rita, deliver_mail):
    brought_over(cast)

    ask(rita, NEW)

    mail = mail_to(deliver_mail, NEW)
    assert "that login has no password yet. Choose “Forgotten your password?” on the page below" in mail.body
    assert "Forgotten your password?" in Client().get(path_in(mail)).text


def test_an_address_that_may_be_put_back_says_until_when(cast, sign_in, changes, deliver_mail):
    paul = sign_in(cast.practitioner)
    ask(paul, NEW)
    confirm(paul, link_to(deliver_mail, NEW))
    ask(paul, "paul@new.example")
    confirm(paul, link_to(deliver_mail, "paul@new.example"))
    pass_time(hours=2)

    page = changes()

    assert "This address can’t be used at the moment. Try again later, or use another." in page
    assert address_of(cast.receptionist) == OLD
