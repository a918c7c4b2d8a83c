"""An address that nobody has proved gets what helps to prove it, and nothing else (A62)."""

from datetime import timedelta

import pytest

from accounts.clinic_settings.closing.erasure import erase
from accounts.core.acting import record
from accounts.core.origin import Origin
from accounts.identity.users import record_event
from accounts.mail import contents
from accounts.models import Account, Activity, Invitation, OutboundEmail, SecurityEvent, User
from accounts.outbox.notices import queue_notices
from accounts.outbox.queue import queue_email, tell
from accounts.tests.links import CHOSEN, opened, path_in
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

Kind = OutboundEmail.Kind


@pytest.fixture
def rita(cast) -> User:
    """Rita, who signed up with an address that is not hers for all we know."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    cast.receptionist.user.refresh_from_db()
    return cast.receptionist.user


def granted(cast) -> Activity:
    return record(Activity.Verb.OWNERSHIP_GRANTED, account=cast.clinic, actor=cast.owner, subject=cast.receptionist)


@pytest.mark.parametrize("kind", Kind)
def test_only_invitations_confirmations_and_resets_are_queued_and_sent(cast, rita, kind):
    is_for_any_address = kind in {Kind.INVITATION, Kind.EMAIL_CONFIRMATION, Kind.PASSWORD_RESET}

    assert (queue_email(kind, user=rita, invitation=cast.invited.invitation) is not None) == is_for_any_address


@pytest.mark.parametrize("kind", [kind for kind in SecurityEvent.Kind if not kind.startswith("email_")])
def test_no_event_of_the_login_is_mailed_but_all_stand_on_its_page(rita, kind):
    record_event(kind, user=rita, origin=Origin())

    assert not OutboundEmail.objects.exists()
    assert SecurityEvent.objects.filter(user=rita, kind=kind).exists()


def test_no_notice_of_a_clinic_is_mailed_there_and_the_others_get_theirs(cast, rita):
    tell([cast.receptionist, cast.owner], of=granted(cast))

    assert [row.user for row in OutboundEmail.objects.all()] == [cast.owner.user]


def test_what_an_older_release_queued_is_dropped_when_it_is_built(cast, rita):
    now = database_now()
    row = OutboundEmail.objects.create(
        kind=Kind.NOTICE, user=rita, activity=granted(cast), created_at=now, next_attempt_at=now
    )

    assert contents.build(row) is None


def test_who_was_brought_over_has_no_password_and_is_vouched_for_by_the_operator(cast, rita):
    rita.set_unusable_password()
    rita.save()

    queue_notices([rita], of=granted(cast))

    assert OutboundEmail.objects.get().user == rita


def test_an_unproved_owner_gets_no_receipt(cast):
    now = database_now()
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)
    Account.objects.filter(pk=cast.clinic.pk).update(closed_at=now - timedelta(days=31), erase_at=now)

    assert erase(cast.clinic.pk)

    assert not OutboundEmail.objects.exists()


def test_an_unproved_inviter_is_not_asked_for_a_new_invitation(cast, client):
    User.objects.filter(pk=cast.administrator.user_id).update(email_confirmed_at=None)
    Invitation.objects.update(expires_at=database_now() - timedelta(minutes=1))

    answer = opened(cast.invited, client).post("/invitations/request/")

    assert answer.status_code == 302
    assert not OutboundEmail.objects.exists()


def test_once_it_is_proved_by_a_reset_it_is_told_again(cast, rita, client, deliver_mail):
    client.post("/password/reset/", {"email": rita.email})
    [message] = deliver_mail()
    page = client.get(path_in(message), follow=True)

    client.post(page.request["PATH_INFO"], {"password": CHOSEN})

    assert [each.subject for each in deliver_mail()] == ["Choose a new password", "Your password was replaced"]
