"""Mail that can't be written fails at once, over a real conversation with a mail server (A64, R9, R17)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.invitations.actions import resend_invitation
from accounts.models import OutboundEmail, User
from accounts.outbox.answers import is_permanent, reason
from accounts.outbox.delivery import deliver
from accounts.outbox.queue import queue_email
from accounts.outbox.sweep import begin_sweep
from clinic.clock import database_now
from clinic.postman import Unwritable
from tests.faults.mail_servers import MailServer

pytestmark = pytest.mark.django_db

State = OutboundEmail.State
# Addresses that were taken once: the library can't write the first into a header, others no header or envelope holds.
UNWRITABLE = [
    '"x\x0by:z"@x.example',
    "lee\r\n@x.example",
    "x <lee@x.example> y",
    "l\ud800ee@x.example",
    "lee@x..example\n",
]


@pytest.fixture
def server(settings):
    """A mail server that takes everything, spoken to as in production."""
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "clinic.postman.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    server.stop()


def reset_for(member, email: str) -> OutboundEmail:
    """A mail that is owed to somebody whose address has come to be this one."""
    User.objects.filter(pk=member.user_id).update(email=email)
    return queue_email(OutboundEmail.Kind.PASSWORD_RESET, user=User.objects.get(pk=member.user_id))


@pytest.mark.parametrize("email", [each for each in UNWRITABLE if each.isascii()])
def test_what_cannot_be_written_is_given_up_at_the_first_attempt_with_a_reason_and_the_next_one_goes(
    cast, server, email
):
    row = reset_for(cast.receptionist, email)
    other = reset_for(cast.owner, "olive@harbour.example")

    deliver(row.pk)
    deliver(other.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.first_refused_at) == (State.FAILED, 1, None)
    assert row.last_error.startswith("The message could not be built (")
    assert [message["To"] for message in server.received] == ["olive@harbour.example"]


def test_the_mail_server_is_not_spoken_to_about_it(cast, server):
    deliver(reset_for(cast.receptionist, UNWRITABLE[0]).pk)

    assert server.connections == 0


def test_whoever_invited_is_told_at_once(cast, server):
    User.objects.filter(pk=cast.invited.user_id).update(email=UNWRITABLE[0])
    resend_invitation(actor=cast.administrator, target=cast.invited)

    deliver(OutboundEmail.objects.get(kind=OutboundEmail.Kind.INVITATION).pk)

    told = OutboundEmail.objects.get(kind=OutboundEmail.Kind.INVITATION_FAILED)
    deliver(told.pk)
    [message] = server.received
    assert message["To"] == "adam@harbour.example"
    assert "The message could not be built" in message.get_body(["plain"]).get_content()


def test_it_turns_nothing_red_however_long_nothing_else_is_sent(cast, server):
    row = reset_for(cast.receptionist, UNWRITABLE[0])
    deliver(row.pk)
    OutboundEmail.objects.update(created_at=database_now() - timedelta(days=3))
    begin_sweep()

    assert Client().get("/healthz/ready").status_code == 200


def test_a_mail_server_that_says_no_to_one_address_turns_nothing_red_and_one_that_is_away_does(cast, server):
    server.answer = "450 4.2.1 Mailbox busy"
    row = reset_for(cast.receptionist, "rita@harbour.example")
    deliver(row.pk)
    OutboundEmail.objects.update(first_refused_at=database_now() - timedelta(hours=2))
    begin_sweep()
    assert Client().get("/healthz/ready").status_code == 200

    server.stop()
    OutboundEmail.objects.update(next_attempt_at=database_now())
    deliver(row.pk)
    row.refresh_from_db()
    assert row.state == State.QUEUED and row.is_held_up
    assert Client().get("/healthz/ready").status_code == 503


@pytest.mark.parametrize("error", [UnicodeError("x"), LookupError("x"), IndexError("x")])
def test_whatever_the_library_calls_it_is_for_good(error):
    unwritable = Unwritable(str(error))
    unwritable.__cause__ = error

    assert is_permanent(unwritable)
    assert reason(unwritable) == f"The message could not be built ({type(error).__name__})."
