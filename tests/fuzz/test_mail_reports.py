"""Whatever a mail provider reports, rightly signed, is noted or refused; it may well quote a stranger's words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import OutboundEmail, User
from clinic.clock import database_now
from clinic.configuration import MailEvents
from clinic.tests.test_mail_events import KEY, report
from tests.fuzz.budget import BOUNDED
from tests.fuzz.inputs import ODD
from tests.fuzz.requests import Sent
from tests.fuzz.sending import Tries
from tests.fuzz.visitors import Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("exceptions_are_seen")]

NAMES = ("event", "severity", "recipient", "timestamp", "reason", "delivery-status", "message", "id", "tags", "url")
WORDS = st.sampled_from([*ODD, "\ud800", "ivy@harbour.example", "failed", "bounced"]) | st.text(max_size=20)
THINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["headers", "message-id", "code"]), inner)
    ),
    max_leaves=4,
)


def accepted_mail(user: User) -> OutboundEmail:
    """An invitation that the mail server has taken."""
    now = database_now()
    facts = {"state": OutboundEmail.State.ACCEPTED, "accepted_at": now, "next_attempt_at": now, "created_at": now}
    kind = OutboundEmail.Kind.INVITATION
    return OutboundEmail.objects.create(kind=kind, user=user, recipient=user.email, message_id="<x@y>", **facts)


def test_a_report_is_answered_whatever_is_in_it(town: Town, settings, figures):
    settings.MAIL_EVENTS = MailEvents("mailgun", KEY)
    tries, row = Tries(town.visitor("a stranger")), accepted_mail(town.invited.user)

    @BOUNDED
    @given(
        st.dictionaries(st.sampled_from(NAMES), THINGS, max_size=4), st.sampled_from(["", "signature", "event-data"])
    )
    def answers(event: dict[str, object], left_out: str) -> None:
        said = {name: value for name, value in report(row, **event).items() if name != left_out}
        tries.send(Sent("POST", "/webhooks/mail/", "application/json", json.dumps(said).encode()))
        tries.require_answers()

    answers()
    figures.tried("fuzz: requests", tries.count)
