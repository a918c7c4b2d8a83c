"""What a mail provider reports of mail that came back: signed reports are noted, others change nothing."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from accounts.invitations.actions import resend_invitation
from accounts.models import OutboundEmail
from accounts.tests.links import join
from clinic import configuration
from clinic.clock import database_now
from clinic.configuration import MailEvents
from clinic.mail_events import READERS

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEY = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"
WORDS = "550 5.1.1 The email account that you tried to reach does not exist"
ADDRESS = "/webhooks/mail/"

State = OutboundEmail.State


@pytest.fixture(autouse=True)
def mailgun(settings):
    """Mailgun reports here, unless a test says otherwise."""
    settings.MAIL_EVENTS = MailEvents("mailgun", KEY)


@pytest.fixture
def row(cast, deliver_mail) -> OutboundEmail:
    """Ivy's invitation, which the mail server has taken."""
    resend_invitation(actor=cast.administrator, target=cast.invited)
    deliver_mail()
    return OutboundEmail.objects.get()


def report(row: OutboundEmail, **event: object) -> dict[str, object]:
    """What Mailgun says of a message that came back, signed as it signs."""
    token, timestamp = "c5b7a2", "1795000000"
    data = {
        "event": "failed",
        "severity": "permanent",
        "recipient": row.recipient,
        "timestamp": 1795000000.5,
        "reason": "bounce",
        "delivery-status": {"code": 550, "message": WORDS},
        "message": {"headers": {"message-id": row.message_id.strip("<>")}},
        **event,
    }
    signature = hmac.new(KEY.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"signature": {"token": token, "timestamp": timestamp, "signature": signature}, "event-data": data}


def send(body: object, **headers: str):
    return Client().post(ADDRESS, body, content_type="application/json", **headers)


# What is noted


def test_mail_that_came_back_is_marked_with_what_was_said(row):
    answer = send(report(row))

    assert (answer.status_code, answer.json()) == (200, {"noted": 1})
    row.refresh_from_db()
    assert (row.state, row.last_error) == (State.BOUNCED, WORDS)


def test_the_same_report_again_is_no_news(row):
    send(report(row))

    assert send(report(row)).json() == {"noted": 0}


@pytest.mark.parametrize("event", [{"event": "delivered"}, {"event": "opened"}, {"severity": "temporary"}])
def test_what_is_no_return_changes_nothing(row, event):
    assert send(report(row, **event)).json() == {"noted": 0}

    row.refresh_from_db()
    assert row.state == State.ACCEPTED


def test_a_report_of_mail_that_was_never_ours_changes_nothing(row):
    assert send(report(row, recipient="stranger@mail.example")).json() == {"noted": 0}


def test_a_report_of_a_message_that_somebody_else_sent_to_the_same_address_changes_nothing(row):
    """Mailgun names our own ids, so that an unknown one is not ours."""
    other = {"headers": {"message-id": "news@marketing.example"}}

    assert send(report(row, message=other)).json() == {"noted": 0}
    row.refresh_from_db()
    assert row.state == State.ACCEPTED


def test_a_report_that_is_here_before_the_sender_has_noted_the_answer_is_asked_for_again(row):
    OutboundEmail.objects.update(state=State.SENDING, lease_until=database_now() + timedelta(seconds=30))

    assert send(report(row)).status_code == 503

    OutboundEmail.objects.update(state=State.ACCEPTED)
    assert send(report(row)).json() == {"noted": 1}


# What is seen of it


def test_the_inviter_is_told_once(cast, row, deliver_mail):
    send(report(row))
    send(report(row))

    told = [message for message in deliver_mail() if message.to == ["adam@harbour.example"]]
    assert len(told) == 1
    assert WORDS in told[0].body


def test_the_persons_page_the_list_and_home_say_so(cast, row, sign_in, url):
    send(report(row))
    adam = sign_in(cast.administrator)

    page = adam.get(url("member", cast.invited.pk)).text
    assert "The invitation email came back" in page and WORDS in page
    assert "Email came back" in adam.get(url("members"), {"status": "bounced"}).text
    assert "Email to 1 person came back" in adam.get(url("home")).text


def test_somebody_who_has_joined_learns_it_on_their_own_home_and_others_on_their_page(cast, row, sign_in, url):
    ivy = join(cast.invited)
    send(report(row))

    assert "Email to you came back" in ivy.get(url("home")).text
    adam = sign_in(cast.administrator)
    assert "Email to <bdi>Ivy</bdi> came back" in adam.get(url("member", cast.invited.pk)).text
    assert "Ivy Ito" in adam.get(url("members"), {"status": "bounced"}).text


def test_once_a_later_mail_is_accepted_nothing_is_said_any_more(cast, row, sign_in, url, deliver_mail):
    send(report(row))
    adam = sign_in(cast.administrator)
    adam.post(url("member_invitation", cast.invited.pk))
    deliver_mail()

    assert "came back" not in adam.get(url("member", cast.invited.pk)).text
    assert "Ivy Ito" not in adam.get(url("members"), {"status": "bounced"}).text


def test_what_the_provider_says_is_inert(cast, row, sign_in, url):
    """C16."""
    send(report(row, **{"delivery-status": {"message": "<b>550</b>\r\n\u202etxt"}}))

    row.refresh_from_db()
    assert row.last_error == "<b>550</b> txt"
    assert "<b>550</b>" not in sign_in(cast.administrator).get(url("member", cast.invited.pk)).text


# What is refused


def wrongly_signed(row):
    return {**report(row), "signature": {"token": "c5b7a2", "timestamp": "1795000000", "signature": "0" * 64}}


@pytest.mark.parametrize(
    "body",
    [
        wrongly_signed,
        lambda row: {"event-data": report(row)["event-data"]},
        lambda _row: "{",
        lambda _row: "[" * 50_000,
        lambda _row: [],
        lambda _row: None,
        lambda row: {**report(row), "event-data": None},
        lambda row: {**report(row), "event-data": {"event": ["x"]}},
        lambda row: {**report(row), "event-data": {"timestamp": "x", "event": "failed"}},
    ],
)
def test_what_is_not_signed_or_makes_no_sense_is_refused_in_words_and_changes_nothing(row, body):
    answer = send(body(row))

    assert answer.status_code == 400
    assert answer.json()["problem"]
    row.refresh_from_db()
    assert row.state == State.ACCEPTED


@pytest.mark.parametrize(
    "address", [["a"], {"a": 1}, 7, None, "", "a\x00b@c.example", "x" * 100_000, "other@harbour.example"]
)
def test_an_odd_address_in_a_signed_report_is_nobodys(row, address):
    assert send(report(row, recipient=address)).status_code in {200, 400}

    row.refresh_from_db()
    assert row.state == State.ACCEPTED


def test_where_no_provider_is_set_there_is_nothing_here(settings, row):
    settings.MAIL_EVENTS = MailEvents()

    assert send(report(row)).status_code == 404


def test_it_is_for_sending_only(row):
    assert Client().get(ADDRESS).status_code == 405
    assert Client().head(ADDRESS).status_code == 200


def test_it_makes_no_session(row):
    assert not send(report(row)).cookies


# The others


def test_mailersend_signs_the_body(settings, row):
    settings.MAIL_EVENTS = MailEvents("mailersend", KEY)

    assert send("{}", HTTP_SIGNATURE="0" * 64).status_code == 400
    assert mailersend(row).json() == {"noted": 1}


def mailersend(row, **data: object):
    """MailerSend's report of a return, signed: its ids are its own."""
    said = {
        "type": "hard_bounced",
        "email": {"message": {"id": "1"}, "recipient": {"email": row.recipient}},
        "morph": {"object": "recipient_bounce", "reason": WORDS},
    }
    at = datetime.now(UTC).isoformat()
    body = json.dumps({"type": "activity.hard_bounced", "created_at": at, "data": {**said, **data}})
    return send(body, HTTP_SIGNATURE=hmac.new(KEY.encode(), body.encode(), hashlib.sha256).hexdigest())


def test_where_ids_are_the_providers_own_it_is_the_newest_mail_before_the_report(settings, row):
    settings.MAIL_EVENTS = MailEvents("mailersend", KEY)
    OutboundEmail.objects.update(accepted_at=database_now() + timedelta(hours=1))
    assert mailersend(row).json() == {"noted": 0}, "mail that was accepted after the report"

    OutboundEmail.objects.update(accepted_at=database_now() - timedelta(days=8))
    assert mailersend(row).json() == {"noted": 0}, "mail of last week"

    OutboundEmail.objects.update(accepted_at=database_now() - timedelta(minutes=5))
    assert mailersend(row).json() == {"noted": 1}


def test_mandrill_signs_the_configured_address_and_the_form(settings, row):
    settings.MAIL_EVENTS = MailEvents("mandrill", KEY)
    message = {"email": row.recipient, "_id": "1", "diag": WORDS, "bounce_description": "bad_mailbox"}
    events = json.dumps([{"event": "hard_bounce", "ts": time.time(), "msg": message}])
    signed = f"http://testserver{ADDRESS}mandrill_events{events}"
    signature = base64.b64encode(hmac.new(KEY.encode(), signed.encode(), hashlib.sha1).digest()).decode()

    def post(signature):
        return Client().post(ADDRESS, {"mandrill_events": events}, HTTP_X_MANDRILL_SIGNATURE=signature)

    assert post("AAAA").status_code == 400
    assert post(signature).json() == {"noted": 1}
    row.refresh_from_db()
    assert row.last_error == WORDS


def test_postal_signs_with_a_key_pair(settings, row):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shapes = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    public = "".join(private.public_key().public_bytes(*shapes).decode().splitlines()[1:-1])
    settings.MAIL_EVENTS = MailEvents("postal", public)
    message = {"id": 7, "to": row.recipient, "direction": "outgoing"}
    body = json.dumps(
        {"event": "MessageBounced", "timestamp": time.time(), "payload": {"original_message": message, "bounce": {}}}
    )
    signature = base64.b64encode(private.sign(body.encode(), padding.PKCS1v15(), hashes.SHA1())).decode()

    assert send(body, HTTP_X_POSTAL_SIGNATURE=base64.b64encode(b"no").decode()).status_code == 400
    assert send(body, HTTP_X_POSTAL_SIGNATURE=signature).json() == {"noted": 1}


# The settings


def test_each_provider_that_can_be_named_has_a_reader():
    assert READERS.keys() == set(configuration.MAIL_PROVIDERS)


@pytest.mark.parametrize(("provider", "key"), [("mailgun", ""), ("", KEY), ("pigeon", KEY), ("mailgun", "schlüssel")])
def test_one_without_the_other_or_an_unknown_provider_stops_the_start(provider, key):
    with pytest.raises(ImproperlyConfigured, match="MAIL_EVENTS_FROM"):
        configuration.mail_events(provider, key)


def test_neither_is_fine():
    assert configuration.mail_events("", "") == MailEvents()
