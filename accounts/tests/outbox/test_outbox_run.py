"""One go at the outbox: one connection, whatever is due, at the pace that is set; and what an operator can do."""

import smtplib
from datetime import timedelta

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command

from accounts import tasks
from accounts.models import Activity, OutboundEmail, OutboxClock
from accounts.outbox import pace, run
from accounts.outbox.queue import queue_email
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Kind, State = OutboundEmail.Kind, OutboundEmail.State


def reset_of(member) -> OutboundEmail:
    return queue_email(Kind.PASSWORD_RESET, user=member.user)


@pytest.fixture
def rows(cast) -> list[OutboundEmail]:
    """A reset link for each of three."""
    return [reset_of(member) for member in (cast.receptionist, cast.administrator, cast.owner)]


def states() -> list[str]:
    return list(OutboundEmail.objects.order_by("pk").values_list("state", flat=True))


# One go


def test_a_task_goes_on_with_what_else_is_due(rows, mailoutbox):
    tasks.send_email(rows[1].pk)

    assert [message.to for message in mailoutbox] == [
        ["adam@harbour.example"],
        ["rita@harbour.example"],
        ["olive@harbour.example"],
    ]
    assert states() == [State.ACCEPTED] * 3


def test_it_leaves_alone_what_is_not_due(rows, mailoutbox):
    OutboundEmail.objects.filter(pk=rows[0].pk).update(next_attempt_at=database_now() + timedelta(minutes=1))

    tasks.send_email(rows[1].pk)

    assert len(mailoutbox) == 2


def test_one_that_is_refused_holds_up_no_other_and_is_tried_once_in_a_go(rows, mailoutbox, monkeypatch):
    take = EmailBackend.send_messages

    def refuse_rita(self, messages):
        if messages[0].to == ["rita@harbour.example"]:
            raise smtplib.SMTPRecipientsRefused({"rita@harbour.example": (451, b"Later")})
        return take(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse_rita)

    tasks.send_email(rows[0].pk)

    assert len(mailoutbox) == 2
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].attempts) == (State.QUEUED, 1)


def test_it_begins_no_further_row_once_its_time_is_up(rows, mailoutbox, monkeypatch):
    monkeypatch.setattr(run, "RUN_SECONDS", 0)

    tasks.send_email(rows[0].pk)

    assert mailoutbox == []
    assert states() == [State.QUEUED] * 3


def test_a_go_opens_one_connection(rows, monkeypatch):
    backends = set()
    take = EmailBackend.send_messages
    monkeypatch.setattr(EmailBackend, "send_messages", lambda self, mails: backends.add(self) or take(self, mails))

    tasks.send_email(rows[0].pk)

    assert len(backends) == 1


# The pace


def test_without_the_setting_mail_goes_as_fast_as_it_can(rows, mailoutbox):
    tasks.send_email(rows[0].pk)

    assert len(mailoutbox) == 3
    assert not OutboxClock.objects.exclude(next_at=None).exists()


def test_turns_lie_as_far_apart_as_the_setting_asks(settings, db):
    settings.MAIL_PER_MINUTE = 6

    assert pace.seconds_until_turn() == 0
    assert 9 < pace.seconds_until_turn() <= 10


def test_a_turn_that_has_come_is_taken_once(settings, db):
    settings.MAIL_PER_MINUTE = 6
    pace.seconds_until_turn()
    OutboxClock.objects.update(next_at=database_now() - timedelta(minutes=1))

    assert [pace.seconds_until_turn() == 0 for _ in range(3)] == [True, False, False]


def test_a_turn_in_the_far_future_is_from_before_the_clock_was_put_back(settings, db):
    settings.MAIL_PER_MINUTE = 6
    OutboxClock.objects.create(pk=OutboxClock.ONLY, next_at=database_now() + timedelta(hours=1))

    assert pace.seconds_until_turn() == 0


def test_a_message_without_an_address_is_not_taken_for_sent(cast):
    """As where SUPPORT_EMAIL is set to nothing."""
    row = queue_email(Kind.ERASURE_RECEIPT, user=None, recipient="")
    row.facts = {
        "clinic": "X",
        "time_zone": "UTC",
        "people": 1,
        "closed_at": "2026-10-01T10:00:00+00:00",
        "erased_at": "2026-10-31T10:00:00+00:00",
    }
    row.save()

    tasks.send_email(row.pk)

    row.refresh_from_db()
    assert (row.state, row.last_error) == (State.FAILED, "There is no address to send it to.")


def test_a_go_that_would_have_to_wait_for_too_long_leaves_the_rest_for_the_sweep(settings, rows, mailoutbox):
    settings.MAIL_PER_MINUTE = 1

    tasks.send_email(rows[0].pk)

    assert len(mailoutbox) == 1
    assert sorted(states()) == sorted([State.ACCEPTED, State.QUEUED, State.QUEUED])


# manage.py outbox


def outbox(*arguments: str, capsys) -> str:
    call_command("outbox", *arguments)
    return capsys.readouterr().out


def fail(row: OutboundEmail) -> None:
    OutboundEmail.objects.filter(pk=row.pk).update(
        state=State.FAILED,
        attempts=7,
        last_error="451 Later",
        first_refused_at=database_now() - timedelta(hours=24),
        recipient=row.user.email,
    )


def test_the_list_has_what_waits_and_what_failed_with_the_reason(rows, capsys):
    fail(rows[0])
    OutboundEmail.objects.filter(pk=rows[1].pk).update(state=State.ACCEPTED)

    said = outbox(capsys=capsys)

    assert f"{rows[0].pk}\tfailed\tpassword_reset\trita@harbour.example" in said
    assert "tries 7" in said and "451 Later" in said
    assert f"{rows[2].pk}\tqueued" in said
    assert f"{rows[1].pk}\t" not in said
    assert "2 in all." in said


def test_the_list_can_be_of_one_state(rows, capsys):
    fail(rows[0])

    assert "1 in all." in outbox("list", "--state", "failed", capsys=capsys)


def test_a_retry_gives_what_failed_a_whole_new_day(rows, capsys, mailoutbox):
    fail(rows[0])

    assert f"Sent again: {rows[0].pk}." in outbox("retry", "--all-failed", capsys=capsys)

    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].attempts, rows[0].first_refused_at) == (State.QUEUED, 0, None)
    tasks.send_email(rows[0].pk)
    assert ["rita@harbour.example"] in [message.to for message in mailoutbox]


@pytest.mark.parametrize("state", [State.SENDING, State.ACCEPTED, State.BOUNCED])
def test_what_is_being_sent_or_was_sent_is_not_sent_again(rows, state, capsys):
    OutboundEmail.objects.filter(pk=rows[0].pk).update(state=state)

    with pytest.raises(CommandError, match=f"Not sent again.*{rows[0].pk}"):
        outbox("retry", str(rows[0].pk), capsys=capsys)

    rows[0].refresh_from_db()
    assert rows[0].state == state


def test_what_is_dropped_is_never_sent_and_keeps_the_reason(rows, capsys, mailoutbox):
    outbox("drop", str(rows[0].pk), "--reason", "a wrong import\nof yesterday", capsys=capsys)

    tasks.send_email(rows[0].pk)
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].last_error) == (
        State.DROPPED,
        "Taken out by the operator: a wrong import of yesterday",
    )
    assert ["rita@harbour.example"] not in [message.to for message in mailoutbox]


def test_an_invitation_that_is_dropped_shows_it_on_the_persons_page_and_its_inviter_is_told(
    cast, sign_in, url, capsys, deliver_mail
):
    sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk))
    row = OutboundEmail.objects.get()

    outbox("drop", str(row.pk), "--reason", "the address is a spam trap", capsys=capsys)

    page = sign_in(cast.administrator).get(url("member", cast.invited.pk)).text
    assert "The invitation email was not sent" in page
    assert "Taken out by the operator: the address is a spam trap" in page
    [told] = deliver_mail()
    assert told.to == ["adam@harbour.example"]
    assert "Taken out by the operator: the address is a spam trap" in told.body


@pytest.mark.parametrize("state", [State.SENDING, State.ACCEPTED, State.DROPPED])
def test_what_is_being_sent_or_done_cannot_be_dropped(rows, state, capsys):
    OutboundEmail.objects.filter(pk=rows[0].pk).update(state=state)

    with pytest.raises(CommandError, match="can't be dropped"):
        outbox("drop", str(rows[0].pk), "--reason", "x", capsys=capsys)


def test_a_reason_has_to_say_something(rows, capsys):
    with pytest.raises(CommandError, match="Give a reason"):
        outbox("drop", str(rows[0].pk), "--reason", "  ", capsys=capsys)


def test_welcomes_of_an_import_go_last(cast, mailoutbox):
    entry = Activity.objects.create(
        account=cast.clinic, actor=None, subject=cast.receptionist, verb=Activity.Verb.MEMBER_IMPORTED
    )
    welcome = queue_email(Kind.NOTICE, user=cast.receptionist.user, activity=entry)
    OutboundEmail.objects.filter(pk=welcome.pk).update(next_attempt_at=database_now() - timedelta(hours=1))
    reset_of(cast.owner)

    tasks.send_email(0)

    assert [message.to for message in mailoutbox] == [["olive@harbour.example"], ["rita@harbour.example"]]
