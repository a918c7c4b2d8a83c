"""What a person's page and Home say of an invitation's mail: the truth, and what to do."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.invitations.actions import resend_invitation
from accounts.models import Invitation, Member, OutboundEmail
from accounts.outbox.failed_invitations import MOST_TOLD_A_DAY, tell_inviter
from accounts.tests.factories import PendingMemberFactory
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

Kind, State = OutboundEmail.Kind, OutboundEmail.State
REFUSED = "550 5.1.1 No such person"


@pytest.fixture
def row(cast) -> OutboundEmail:
    """Ivy's invitation, which waits."""
    resend_invitation(actor=cast.administrator, target=cast.invited)
    return OutboundEmail.objects.get()


@pytest.fixture
def page(cast, sign_in, url):
    """The words on Ivy's page."""

    def _page() -> str:
        text = sign_in(cast.administrator).get(url("member", cast.invited.pk)).text
        return " ".join(re.sub(r"<[^>]+>", "", text).split())

    return _page


@pytest.fixture
def home(cast, sign_in, url):
    """The words on Adam's Home."""

    def _home() -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", sign_in(cast.administrator).get(url("home")).text).split())

    return _home


def become(row: OutboundEmail, **values: object) -> None:
    OutboundEmail.objects.filter(pk=row.pk).update(**values)


# A person's page


def test_before_it_is_sent_it_says_so(row, page):
    assert "Email: waiting to send." in page()
    assert "Waiting to send" in page()


def test_after_a_refusal_for_now_it_says_what_was_answered_and_when_it_is_tried_again(row, page):
    become(row, attempts=1, last_error="451 4.3.0 Later", next_attempt_at=database_now() + timedelta(minutes=5))

    assert re.search(
        r"waiting to send; the last try was answered “451 4\.3\.0 Later”, the next one is (at \d\d:\d\d|on )", page()
    )


@pytest.mark.parametrize(("ago", "form"), [(0, "at %H:%M"), (30, "on %-d %B %Y at %H:%M")], ids=["today", "before"])
def test_once_accepted_it_says_when_by_the_clinics_clock(cast, row, page, ago, form):
    cast.clinic.time_zone = "Australia/Sydney"
    cast.clinic.save()
    moment = database_now() - timedelta(hours=ago)
    become(row, state=State.ACCEPTED, accepted_at=moment, recipient="ivy@harbour.example")

    when = moment.astimezone(ZoneInfo("Australia/Sydney")).strftime(form)
    assert f"Email: accepted by the mail server {when}, for ivy@harbour.example." in page()


def test_refused_for_good_it_says_what_the_mail_server_said_and_to_try_the_address_again(row, page):
    become(row, state=State.FAILED, attempts=1, last_error=REFUSED)

    assert "The invitation email could not be sent" in page()
    assert (
        f"The mail server refused: “{REFUSED}”. Check the address, correct it below if need be, or try it again."
        in page()
    )


def test_what_no_mail_server_said_is_not_put_into_its_mouth(row, page):
    become(row, state=State.FAILED, attempts=1, last_error="The message could not be built (KeyError).")

    assert "What happened: “The message could not be built (KeyError).”" in page()
    assert "refused" not in page()


def test_where_the_link_has_run_out_as_well_it_says_so_and_offers_none_to_copy(row, page):
    become(row, state=State.FAILED, attempts=1, last_error=REFUSED)
    Invitation.objects.update(expires_at=database_now() - timedelta(days=1))

    assert "The link expired on" in page()
    assert "Copy invitation link" not in page()


def test_given_up_after_a_day_it_says_how_often_it_was_tried_and_the_last_answer(row, page):
    since = database_now() - timedelta(hours=24)
    become(row, state=State.FAILED, attempts=41, first_refused_at=since, last_error="Connection refused")

    assert "It was tried 41 times since" in page()
    assert "The last answer: “Connection refused”." in page()


def test_of_an_expired_link_it_says_since_when(row, page):
    become(row, state=State.ACCEPTED, accepted_at=database_now(), recipient="ivy@harbour.example")
    Invitation.objects.update(expires_at=datetime(2026, 6, 3, 4, 2, tzinfo=UTC))

    assert "The link expired on 3 June 2026" in page()


def test_each_of_them_has_the_button_that_sends_it_again(row, page):
    for state in State.values:
        become(row, state=state, accepted_at=database_now())

        assert "Resend invitation email" in page()


# Home


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.QUEUED, "1 invitation email is waiting to send"),
        (State.FAILED, "1 invitation email could not be sent"),
        (State.BOUNCED, "Email to 1 person came back"),
        (State.ACCEPTED, "1 person has yet to accept their invitation"),
    ],
)
def test_home_says_what_needs_a_hand_and_leads_there(cast, row, home, sign_in, url, state, words):
    become(row, state=state, accepted_at=database_now())

    assert words in home()
    found = re.search(r'href="([^"]+\?status=[a-z]+)"', sign_in(cast.administrator).get(url("home")).text)
    assert "Ivy Ito" in sign_in(cast.administrator).get(found[1]).text


def test_owners_see_it_too_and_others_do_not(cast, row, sign_in, url):
    become(row, state=State.FAILED)

    assert "could not be sent" in sign_in(cast.owner).get(url("home")).text
    assert "could not be sent" not in sign_in(cast.receptionist).get(url("home")).text


# The inviter is told


def told(mails) -> list[str]:
    return [message.to[0] for message in mails if "did not arrive" in message.subject]


def fail(row: OutboundEmail) -> None:
    become(row, state=State.FAILED, last_error=REFUSED)
    tell_inviter(OutboundEmail.objects.get(pk=row.pk), REFUSED)


def test_whoever_invited_somebody_is_told_that_the_mail_failed(cast, row, deliver_mail):
    fail(row)

    assert told(deliver_mail()) == ["adam@harbour.example"]


def test_nobody_is_told_of_other_mail(cast, deliver_mail):
    now = database_now()
    reset = OutboundEmail.objects.create(
        kind=Kind.PASSWORD_RESET, user=cast.owner.user, created_at=now, next_attempt_at=now
    )
    fail(reset)

    assert told(deliver_mail()) == []


@pytest.mark.parametrize("change", ["joined", "cancelled", "sent again", "weaker"])
def test_nobody_is_told_of_what_is_settled_by_then(cast, row, deliver_mail, change):
    fail(row)
    if change == "joined":
        Member.objects.filter(pk=cast.invited.pk).update(joined_at=database_now())
    if change == "cancelled":
        Member.objects.filter(pk=cast.invited.pk).update(is_active=False)
    if change == "sent again":
        resend_invitation(actor=cast.administrator, target=cast.invited)
    if change == "weaker":
        Member.objects.filter(pk=cast.administrator.pk).update(role="receptionist")

    assert told(deliver_mail()) == []


def test_a_mail_server_that_refuses_everything_fills_nobodys_mailbox(cast, row):
    for number in range(MOST_TOLD_A_DAY + 5):
        member = PendingMemberFactory(account=cast.clinic, invited_by=cast.administrator, first_name=f"N{number}")
        now = database_now()
        lost = OutboundEmail.objects.create(
            kind=Kind.INVITATION,
            user=member.user,
            invitation=member.invitation,
            version=1,
            created_at=now,
            next_attempt_at=now,
        )
        tell_inviter(lost, REFUSED)

    assert OutboundEmail.objects.filter(kind=Kind.INVITATION_FAILED).count() == MOST_TOLD_A_DAY
