"""The outbox: what is committed is sent, once, or says why not (R5 to R12, R17)."""

import smtplib
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError, transaction

from accounts import tasks
from accounts.core.details import MemberDetails
from accounts.invitations.actions import cancel_invitation, resend_invitation
from accounts.mail import contents
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, OutboxClock, User
from accounts.outbox import delivery, publish
from accounts.outbox.delivery import deliver
from accounts.outbox.run import RUN_SECONDS
from accounts.people.actions import add_member
from accounts.tests.links import join
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

State = OutboundEmail.State


@pytest.fixture
def row(cast) -> OutboundEmail:
    """Ivy's invitation, sent again and waiting in the outbox."""
    resend_invitation(actor=cast.administrator, target=cast.invited)
    return OutboundEmail.objects.get()


@pytest.fixture
def mail_server(monkeypatch):
    """A mail server that answers with what is put into the list, error by error; when that is used up, it takes all."""
    answers: list[Exception] = []
    take = EmailBackend.send_messages

    def answer(self, messages):
        if answers:
            raise answers.pop(0)
        return take(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", answer)
    return answers


def refused(code: int, words: str) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"ivy@harbour.example": (code, words.encode())})


def now_due(row: OutboundEmail) -> None:
    OutboundEmail.objects.filter(pk=row.pk).update(next_attempt_at=database_now())


# Committed together (R5)


def test_a_person_and_the_mail_that_is_owed_to_them_are_committed_together(cast):
    details = MemberDetails("Nina", "Novak", "nina@harbour.example", "", "receptionist", False)

    nina = add_member(actor=cast.administrator, details=details, submission="b8d3b1c6-6c53-4c53-b1d4-9c3c1f4c8b0e")

    [owed] = OutboundEmail.objects.filter(invitation__member=nina)
    assert (owed.state, owed.attempts, owed.user) == (State.QUEUED, 0, nina.user)


def test_what_is_rolled_back_leaves_no_row_asks_for_nothing_and_sends_nothing(
    cast, mailoutbox, monkeypatch, django_capture_on_commit_callbacks
):
    """R5."""
    asked = []
    monkeypatch.setattr("accounts.outbox.queue.publish", asked.append)

    class Failure(Exception):
        pass

    def resend_and_fail():
        with transaction.atomic():
            resend_invitation(actor=cast.administrator, target=cast.invited)
            assert OutboundEmail.objects.count() == 1
            raise Failure

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Failure):
        resend_and_fail()

    assert not OutboundEmail.objects.exists()
    assert not Activity.objects.exists()
    assert asked == []
    assert mailoutbox == []


def test_celery_is_asked_after_the_commit_and_not_before(cast, monkeypatch, django_capture_on_commit_callbacks):
    asked = []
    monkeypatch.setattr("accounts.outbox.queue.publish", asked.append)

    with django_capture_on_commit_callbacks(execute=True):
        resend_invitation(actor=cast.administrator, target=cast.invited)
        assert asked == []

    assert asked == [OutboundEmail.objects.get().pk]


@pytest.fixture
def broker_away(monkeypatch):
    """A broker that refuses; returns what it was asked. What this process learns of it ends with the test."""
    asked = []

    def away(_name, arguments, **_named):
        asked.extend(arguments)
        raise OSError("Connection refused")

    monkeypatch.setattr(publish, "_broker", publish._Broker())
    monkeypatch.setattr(publish.current_app, "send_task", away)
    return asked


def test_a_broker_that_is_away_fails_nothing(row, broker_away):
    """R1: the row is there, and the sweep finds it."""
    publish.publish(row.pk)

    assert broker_away == [row.pk]
    row.refresh_from_db()
    assert row.state == State.QUEUED


def test_a_request_that_owes_several_mails_waits_once_for_a_broker_that_is_away(broker_away):
    """R2."""
    for outbox_id in range(5):
        publish.publish(outbox_id)

    assert broker_away == [0]


def test_after_a_few_seconds_the_broker_is_asked_again(broker_away, monkeypatch):
    publish.publish(1)
    later = publish.time.monotonic() + publish.SECONDS_OF_SILENCE
    monkeypatch.setattr(publish.time, "monotonic", lambda: later)

    publish.publish(2)

    assert broker_away == [1, 2]
    assert publish.SECONDS_OF_SILENCE <= 10


# Sent


def test_a_mail_that_the_server_took_says_so_with_address_and_time(row, mailoutbox):
    before = database_now()

    deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.recipient, row.last_error) == (State.ACCEPTED, 1, "ivy@harbour.example", "")
    assert before <= row.accepted_at <= database_now()
    assert row.lease_until is None
    assert len(mailoutbox) == 1


def test_a_task_that_runs_again_sends_nothing_more(row, mailoutbox):
    """R11, one after the other; tests/faults has them at the same moment."""
    for _ in range(20):
        tasks.send_email(row.pk)

    assert len(mailoutbox) == 1
    row.refresh_from_db()
    assert row.attempts == 1


def test_a_task_for_a_row_that_is_gone_does_nothing(db, mailoutbox):
    deliver(4711)

    assert mailoutbox == []


def test_a_row_that_another_sender_holds_is_left_alone(row, mailoutbox):
    """R11."""
    OutboundEmail.objects.update(state=State.SENDING, lease_until=database_now() + timedelta(seconds=30), attempts=1)

    deliver(row.pk)

    assert mailoutbox == []


def test_a_row_whose_sender_died_is_sent_when_its_lease_has_run_out(row, mailoutbox):
    """R3, R4."""
    OutboundEmail.objects.update(state=State.SENDING, lease_until=database_now() - timedelta(seconds=1), attempts=1)

    deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.ACCEPTED, 2)
    assert len(mailoutbox) == 1


def test_a_sender_holds_a_row_by_the_clock_of_the_database_for_longer_than_a_task_may_run(row, monkeypatch, settings):
    """R15; no task that sends is let run for so long."""
    seen = {}
    monkeypatch.setattr(
        contents, "build", lambda row: seen.update(OutboundEmail.objects.filter(pk=row.pk).values().get())
    )
    before = database_now()

    deliver(row.pk)

    assert seen["state"] == State.SENDING
    lease = timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    assert before + lease <= seen["lease_until"] <= database_now() + lease
    assert tasks.send_email.time_limit < settings.OUTBOX_LEASE_SECONDS
    assert tasks.send_email.time_limit > RUN_SECONDS + settings.MAIL_MESSAGE_SECONDS


def test_a_slow_sender_whose_lease_ran_out_does_not_overwrite_what_the_next_one_wrote(row, monkeypatch):
    send = delivery.Message.send

    def slow(message):
        """While this one sends, its lease runs out and another sender finishes the row."""
        monkeypatch.setattr(delivery.Message, "send", send)
        OutboundEmail.objects.update(lease_until=database_now() - timedelta(seconds=1))
        deliver(row.pk)
        raise smtplib.SMTPServerDisconnected("too late")

    monkeypatch.setattr(delivery.Message, "send", slow)

    deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (State.ACCEPTED, 2, "")


# Refused


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (refused(550, "5.1.1 No such person\r\nat this address"), "550 5.1.1 No such person at this address"),
        (smtplib.SMTPDataError(554, b"5.7.1 Spam"), "554 5.7.1 Spam"),
        (smtplib.SMTPSenderRefused(553, b"5.1.8 Bad sender", "x@y"), "553 5.1.8 Bad sender"),
    ],
)
def test_a_no_for_good_is_tried_once_and_kept_with_the_servers_words(row, mail_server, mailoutbox, error, reason):
    """R9."""
    mail_server.append(error)

    deliver(row.pk)
    deliver(row.pk)
    tasks.send_email(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (State.FAILED, 1, reason)
    assert row.recipient == "ivy@harbour.example"
    assert [message for message in mailoutbox if message.to == ["ivy@harbour.example"]] == []


def test_an_address_that_no_mail_can_be_written_to_is_a_no_for_good(row, mail_server):
    """R9."""
    mail_server.append(UnicodeEncodeError("ascii", "ivy@härbour.example", 5, 6, "ordinal not in range(128)"))

    deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.FAILED, 1)


PASSING = [
    refused(450, "4.2.1 Mailbox busy"),
    refused(421, "4.3.2 Shutting down"),
    smtplib.SMTPDataError(451, b"4.3.0 Later"),
    smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
    smtplib.SMTPAuthenticationError(535, b"5.7.8 Bad credentials"),
    smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."),
    ConnectionRefusedError(111, "Connection refused"),
    TimeoutError("timed out"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_may_pass_is_tried_again_later_and_says_why_it_waits(row, mail_server, error):
    """R8; a password of ours that the server refuses is our fault, not the message's."""
    mail_server.append(error)

    deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.lease_until) == (State.QUEUED, 1, None)
    assert row.next_attempt_at > database_now()
    assert row.last_error and "\n" not in row.last_error


def test_until_then_it_is_not_tried(row, mail_server, mailoutbox):
    mail_server.append(PASSING[0])
    deliver(row.pk)
    OutboundEmail.objects.update(next_attempt_at=database_now() + timedelta(seconds=5))

    deliver(row.pk)

    assert mailoutbox == []


def test_once_the_server_is_well_the_mail_goes_under_the_same_message_id_with_the_same_link(
    row, mail_server, mailoutbox, monkeypatch
):
    """R10."""
    tried = []
    build = contents.build
    monkeypatch.setattr(contents, "build", lambda row: tried.append(build(row)) or tried[-1])
    mail_server.extend(PASSING[:3])

    for _ in range(4):
        now_due(row)
        deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (State.ACCEPTED, 4, "")
    assert {message.extra_headers["Message-ID"] for message in tried} == {row.message_id}
    assert len({message.body for message in tried}) == 1
    assert len(mailoutbox) == 1


def test_the_wait_doubles_up_to_an_hour_and_is_spread_at_random():
    """R8: exponential backoff with full jitter."""
    longest = [max(delivery._wait_seconds(attempts) for _ in range(300)) for attempts in range(1, 12)]
    shortest = [min(delivery._wait_seconds(attempts) for _ in range(300)) for attempts in range(1, 12)]

    assert all(earlier < later * 1.2 for earlier, later in pairwise(longest))
    assert longest[0] <= 30 and 3000 < longest[-1] <= 3600
    assert all(low < high / 4 for low, high in zip(shortest, longest, strict=True))
    assert all(low >= 1 for low in shortest)
    assert delivery._wait_seconds(100_000) <= 3600


@pytest.mark.parametrize(("hours", "state"), [(23.9, State.QUEUED), (24.1, State.FAILED)])
def test_after_a_day_it_is_given_up_with_the_reason(row, mail_server, hours, state):
    """R8."""
    OutboundEmail.objects.update(first_refused_at=database_now() - timedelta(hours=hours), attempts=30)
    mail_server.append(PASSING[0])

    deliver(row.pk)

    row.refresh_from_db()
    assert row.state == state
    assert row.last_error == "450 4.2.1 Mailbox busy"


def test_the_day_begins_with_the_first_refusal_and_not_while_an_account_is_locked(row, mail_server):
    """A mail that waited for a week because of us has a day like any other."""
    OutboundEmail.objects.update(created_at=database_now() - timedelta(days=7))
    mail_server.append(PASSING[0])

    deliver(row.pk)

    row.refresh_from_db()
    assert row.state == State.QUEUED
    assert database_now() - row.first_refused_at < timedelta(minutes=1)


def test_the_last_try_is_at_the_end_of_the_day_and_not_an_hour_later(row, mail_server):
    day = timedelta(hours=24)
    OutboundEmail.objects.update(first_refused_at=database_now() - day + timedelta(seconds=2), attempts=30)
    mail_server.append(PASSING[0])

    deliver(row.pk)

    row.refresh_from_db()
    assert row.next_attempt_at <= row.first_refused_at + day


def test_the_page_says_what_the_mail_server_said_and_a_resend_tries_again(
    cast, row, mail_server, sign_in, url, deliver_mail
):
    """R8, R9: the status shown is true, and there is a button."""
    mail_server.append(refused(550, "5.1.1 No such person"))
    deliver(row.pk)
    adam = sign_in(cast.administrator)

    page = adam.get(url("member", cast.invited.pk)).text
    assert "The invitation email could not be sent" in page
    assert "The mail server refused: “<bdi>550 5.1.1 No such person</bdi>”" in page
    assert "Ivy Ito" in adam.get(url("members"), {"status": "failed"}).text

    adam.post(url("member_invitation", cast.invited.pk))
    assert [message.to for message in deliver_mail()] == [["ivy@harbour.example"]]
    assert "Ivy Ito" not in adam.get(url("members"), {"status": "failed"}).text


def test_what_a_mail_server_says_is_inert_on_the_page(cast, row, mail_server, sign_in, url):
    """C16: it is a stranger's text."""
    mail_server.append(refused(550, "<script>alert(1)</script>"))
    deliver(row.pk)

    page = sign_in(cast.administrator).get(url("member", cast.invited.pk)).text

    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# No longer wanted (R12)


def _cancelled(cast):
    cancel_invitation(actor=cast.administrator, target=cast.invited)


def _readdressed(cast):
    Member.objects.filter(pk=cast.invited.pk).update(user=User.objects.create(email="other@mail.example"))


def _replaced(cast):
    Invitation.objects.update(version=2)


def _inactive(cast):
    Member.objects.filter(pk=cast.invited.pk).update(is_active=False)


def _joined(cast):
    join(cast.invited)


@pytest.mark.parametrize("change", [_cancelled, _readdressed, _replaced, _inactive, _joined])
def test_a_mail_that_something_overtook_is_dropped(cast, row, mailoutbox, change):
    """R12."""
    change(cast)

    deliver(row.pk)

    assert mailoutbox == []
    row.refresh_from_db()
    assert (row.state, row.lease_until) == (State.DROPPED, None)


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.ACCEPTED, State.BOUNCED])
def test_of_several_mails_of_one_invitation_the_newest_goes_and_the_others_are_dropped(cast, row, mailoutbox, state):
    """R12: somebody pressed Resend while the mail server was away, or an operator has all sent again that failed."""
    now = database_now()
    OutboundEmail.objects.create(
        kind=row.kind,
        user=row.user,
        invitation=row.invitation,
        version=row.version,
        state=state,
        lease_until=now + AGO,
        next_attempt_at=now,
        created_at=now,
    )

    deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, mailoutbox) == (State.DROPPED, [])


def test_a_password_reset_that_nobody_waits_for_any_more_is_dropped(cast, mailoutbox):
    """As when an operator has all sent again that failed."""
    long_ago = database_now() - timedelta(days=2)
    reset = OutboundEmail.objects.create(
        kind=OutboundEmail.Kind.PASSWORD_RESET,
        user=cast.owner.user,
        created_at=long_ago,
        next_attempt_at=long_ago,
    )

    deliver(reset.pk)

    reset.refresh_from_db()
    assert (reset.state, mailoutbox) == (State.DROPPED, [])


@pytest.mark.parametrize("column", ["locked_at", "closed_at"])
def test_an_invitation_waits_while_the_account_is_locked_or_closed_and_goes_out_after(cast, row, deliver_mail, column):
    """S37: nothing is sent meanwhile, and nobody has to remember to send it again."""
    now = database_now()
    shut = {column: now} | ({"erase_at": now + timedelta(days=30)} if column == "closed_at" else {})
    Account.objects.filter(pk=cast.clinic.pk).update(**shut)

    deliver(row.pk)

    row.refresh_from_db()
    assert deliver_mail() == []
    assert (row.state, row.lease_until) == (State.QUEUED, None)
    assert row.next_attempt_at > now

    Account.objects.filter(pk=cast.clinic.pk).update(locked_at=None, closed_at=None, erase_at=None)
    OutboundEmail.objects.filter(pk=row.pk).update(next_attempt_at=now)
    assert len(deliver_mail()) == 1


# A poison row (R17)


def test_a_row_whose_senders_all_die_ends_failed_after_a_day_and_its_inviter_is_told(row, mailoutbox):
    """R17: it may be the row that kills them."""
    lapsed = database_now() - timedelta(seconds=1)
    day = timedelta(hours=24)
    OutboundEmail.objects.update(state=State.SENDING, lease_until=lapsed, first_refused_at=lapsed - day, attempts=900)

    deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.last_error) == (State.FAILED, "Whoever was sending it was stopped each time.")
    assert OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION_FAILED).count() == 1
    assert mailoutbox == []


def test_that_day_begins_with_the_first_sender_that_died_and_the_row_stands_behind_the_others_from_then_on(
    row, monkeypatch
):
    past = database_now() - timedelta(hours=2)
    lapsed = database_now() - timedelta(seconds=1)
    OutboundEmail.objects.update(state=State.SENDING, lease_until=lapsed, next_attempt_at=past, attempts=1)
    monkeypatch.setattr(delivery, "_build", lambda _row: None)

    deliver(row.pk)

    row.refresh_from_db()
    assert database_now() - row.first_refused_at < timedelta(minutes=1)
    assert database_now() - row.next_attempt_at < timedelta(minutes=1)


def test_one_that_waited_for_a_worker_for_days_is_tried_once_more(row, mailoutbox):
    long_ago = database_now() - timedelta(days=3)
    OutboundEmail.objects.update(first_refused_at=long_ago, next_attempt_at=long_ago, attempts=5)

    deliver(row.pk)

    assert len(mailoutbox) == 1


def test_a_row_that_cannot_be_built_ends_failed_and_the_others_go(cast, row, deliver_mail, monkeypatch):
    """R17."""
    poison = OutboundEmail.objects.create(
        kind=OutboundEmail.Kind.INVITATION,
        user=cast.receptionist.user,
        invitation=None,
        next_attempt_at=row.next_attempt_at - timedelta(minutes=1),
        created_at=row.created_at,
    )

    messages = deliver_mail()

    assert [message.to for message in messages] == [["ivy@harbour.example"]]
    poison.refresh_from_db()
    assert (poison.state, poison.attempts) == (State.FAILED, 1)
    assert poison.last_error == "The message could not be built (AssertionError)."


@pytest.mark.parametrize(("hours", "state"), [(0, State.QUEUED), (24.1, State.FAILED)])
def test_a_row_of_a_kind_that_is_not_known_waits_a_day_for_code_that_knows_it(row, hours, state):
    """Newer code may have asked for it, in the minute in which both run; after that it is poison too."""
    OutboundEmail.objects.update(kind="carrier_pigeon", first_refused_at=database_now() - timedelta(hours=hours))

    deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.last_error) == (state, "Mail of the kind carrier_pigeon is not known here.")


# The sweep (R4, R6)


@pytest.fixture
def swept(monkeypatch):
    """Run the sweep; returns the ids that it asked Celery for."""

    def _swept() -> list[int]:
        asked: list[int] = []
        monkeypatch.setattr(tasks.send_email, "delay", asked.append)
        tasks.sweep_outbox()
        return asked

    return _swept


AGO, SOON = timedelta(seconds=30), timedelta(seconds=30)


@pytest.mark.parametrize(
    ("state", "next_attempt", "lease", "is_swept"),
    [
        pytest.param(State.QUEUED, -AGO, None, True, id="overdue"),
        pytest.param(State.QUEUED, -timedelta(seconds=1), None, False, id="just asked for, and on its way"),
        pytest.param(State.QUEUED, SOON, None, False, id="to be tried later"),
        pytest.param(State.SENDING, -AGO, SOON, False, id="being sent"),
        pytest.param(State.SENDING, -AGO, -AGO, True, id="its sender died"),
        pytest.param(State.ACCEPTED, -AGO, None, False, id="done"),
        pytest.param(State.FAILED, -AGO, None, False, id="given up"),
        pytest.param(State.DROPPED, -AGO, None, False, id="no longer wanted"),
    ],
)
def test_the_sweep_asks_for_what_is_overdue_and_for_nothing_else(row, swept, state, next_attempt, lease, is_swept):
    now = database_now()
    OutboundEmail.objects.update(
        state=state, next_attempt_at=now + next_attempt, lease_until=now + lease if lease else None
    )

    assert swept() == ([row.pk] if is_swept else [])


def test_the_sweep_asks_for_the_longest_overdue_first(row, swept):
    now = database_now()
    others = [
        OutboundEmail.objects.create(
            kind=row.kind, user=row.user, invitation=row.invitation, created_at=now, next_attempt_at=now - AGO * age
        )
        for age in (1, 3, 2)
    ]
    OutboundEmail.objects.filter(pk=row.pk).update(next_attempt_at=now)

    assert swept() == [others[1].pk, others[2].pk, others[0].pk]


def test_the_sweep_asks_for_a_bounded_number_at_once(row, swept, monkeypatch):
    now_due(row)
    monkeypatch.setattr(tasks, "MOST_ASKED_AT_ONCE", 2)
    past = database_now() - AGO
    for _ in range(3):
        OutboundEmail.objects.create(
            kind=row.kind, user=row.user, invitation=row.invitation, created_at=past, next_attempt_at=past
        )

    assert len(swept()) == 2


def test_many_sweeps_that_waited_in_the_brokers_queue_are_one(row, swept):
    """As after a night without workers."""
    OutboundEmail.objects.update(next_attempt_at=database_now() - AGO)

    assert [swept() for _ in range(3)] == [[row.pk], [], []]


def test_the_next_sweep_is_one_again(row, swept):
    OutboundEmail.objects.update(next_attempt_at=database_now() - AGO)
    swept()
    OutboxClock.objects.update(swept_at=database_now() - timedelta(seconds=15))

    assert swept() == [row.pk]


def test_a_sweep_of_the_future_holds_none_up(row, swept):
    """The database's clock was put back."""
    OutboundEmail.objects.update(next_attempt_at=database_now() - AGO)
    OutboxClock.objects.create(pk=OutboxClock.ONLY, swept_at=database_now() + timedelta(hours=1))

    assert swept() == [row.pk]


def test_the_sweep_runs_several_times_a_minute(settings):
    """R4 allows two minutes."""
    entry = settings.CELERY_BEAT_SCHEDULE["send-mail-that-is-due"]

    assert entry["task"] == tasks.sweep_outbox.name
    assert entry["schedule"] <= 30


# How Celery is set up


def test_a_task_that_a_killed_worker_held_is_given_to_another(settings):
    """R3."""
    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST


def test_tasks_are_json_and_nothing_else_is_taken(settings):
    """C28: a pickle from a broker is code."""
    assert settings.CELERY_TASK_SERIALIZER == "json"
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]


def test_a_mail_server_is_waited_for_ten_seconds_at_most(settings):
    """R7."""
    assert settings.EMAIL_TIMEOUT == 10
    assert settings.MAIL_MESSAGE_SECONDS == 30


def test_a_database_that_went_away_does_not_make_a_row_poison(row, monkeypatch):
    """R17: the row is well; whoever comes once the lease has run out sends it."""

    def gone(_row):
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(contents, "build", gone)

    with pytest.raises(OperationalError):
        deliver(row.pk)

    row.refresh_from_db()
    assert row.state == State.SENDING and row.lease_until is not None


def test_the_sweep_asks_for_welcomes_of_an_import_after_everything_else(cast, monkeypatch):
    """They come in thousands, and a reset link must not wait behind them."""
    entry = Activity.objects.create(
        account=cast.clinic, actor=None, subject=cast.receptionist, verb=Activity.Verb.MEMBER_IMPORTED
    )
    now = database_now()
    welcome = OutboundEmail.objects.create(
        kind=OutboundEmail.Kind.NOTICE,
        user=cast.receptionist.user,
        activity=entry,
        next_attempt_at=now - timedelta(hours=1),
        created_at=now,
    )
    reset = OutboundEmail.objects.create(
        kind=OutboundEmail.Kind.PASSWORD_RESET,
        user=cast.owner.user,
        next_attempt_at=now - timedelta(minutes=1),
        created_at=now,
    )
    asked = []
    monkeypatch.setattr(tasks.send_email, "delay", asked.append)

    tasks.sweep_outbox()

    assert asked == [reset.pk, welcome.pk]
