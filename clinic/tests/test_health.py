"""/healthz: is the site alive? Plainly, without a session, without secrets (R14)."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import Activity, OutboundEmail, OutboxClock
from accounts.outbox.sweep import begin_sweep
from clinic.celery import app
from clinic.clock import database_now

pytestmark = pytest.mark.database


@pytest.mark.django_db
def test_it_is_well_where_the_database_answers():
    response = Client().get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_is_not_where_the_database_does_not_and_says_nothing_of_where_that_is(monkeypatch):
    def away(*_args, **_named):
        raise OperationalError("connection to server at 10.1.2.3, user clinic, password hunter2 failed")

    monkeypatch.setattr(connection, "cursor", away)

    response = Client().get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"status": "the database does not answer"}


@pytest.mark.django_db
def test_it_makes_no_session_and_sets_no_cookie():
    assert not Client().get("/healthz").cookies


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "status"), [("head", 200), ("post", 405), ("put", 405)])
def test_it_is_to_be_read_only(method, status):
    assert getattr(Client(), method)("/healthz").status_code == status


@pytest.mark.django_db
def test_it_asks_the_database_one_thing(django_assert_num_queries):
    with django_assert_num_queries(1):
        Client().get("/healthz")


@pytest.mark.django_db
def test_it_answers_a_probe_on_plain_http_behind_a_site_on_https(settings):
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get("/healthz").status_code == 200
    assert Client().get("/login/").status_code == 301


# /healthz/ready: does mail go out? (R14)

READY = "/healthz/ready"


@pytest.fixture
def swept(db):
    """A sweep a moment ago."""
    begin_sweep()


def owe(member, *, ago: timedelta, due: timedelta | None = None) -> OutboundEmail:
    """Mail that was asked for so long ago, and is due since then or as said."""
    now = database_now()
    return OutboundEmail.objects.create(
        kind=OutboundEmail.Kind.PASSWORD_RESET,
        user=member.user,
        created_at=now - ago,
        next_attempt_at=now - (ago if due is None else due),
    )


def test_all_is_well_where_the_sweep_runs_and_the_broker_answers(swept):
    answer = Client().get(READY)

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": {"ok": True},
        "sweep": {"ok": True, "last_seconds_ago": 0},
        "mail": {"ok": True, "waiting": 0, "refused_so_far": 0, "oldest_seconds": None, "overdue_seconds": None},
        "broker": {"ok": True},
    }


def test_before_the_first_sweep_it_is_red(db):
    answer = Client().get(READY)

    assert answer.status_code == 503
    assert answer.json()["sweep"] == {"ok": False, "last_seconds_ago": None}


@pytest.mark.parametrize(("seconds", "status"), [(290, 200), (301, 503)])
def test_it_turns_red_after_five_minutes_without_a_sweep(swept, seconds, status):
    OutboxClock.objects.update(swept_at=database_now() - timedelta(seconds=seconds))

    answer = Client().get(READY)

    assert answer.status_code == status
    assert seconds <= answer.json()["sweep"]["last_seconds_ago"] < seconds + 5


def test_mail_that_is_due_and_does_not_go_turns_it_red_and_the_oldest_is_named(cast, swept):
    owe(cast.owner, ago=timedelta(seconds=301))
    owe(cast.receptionist, ago=timedelta(seconds=10))

    answer = Client().get(READY)

    assert answer.status_code == 503
    assert answer.json()["mail"]["ok"] is False
    assert answer.json()["mail"]["waiting"] == 2
    assert 301 <= answer.json()["mail"]["oldest_seconds"] < 306


def refused(member, *, ago: timedelta, is_held_up: bool = False) -> OutboundEmail:
    """Mail that was first refused so long ago, and is tried again in ten minutes."""
    row = owe(member, ago=ago, due=timedelta(minutes=-10))
    facts = {"first_refused_at": row.created_at, "recipient": member.user.email, "is_held_up": is_held_up}
    OutboundEmail.objects.filter(pk=row.pk).update(**facts)
    return row


def test_mail_that_one_mail_server_refuses_for_hours_while_other_mail_goes_is_counted_and_is_no_alarm(cast, swept):
    refused(cast.owner, ago=timedelta(hours=3))
    other = owe(cast.receptionist, ago=timedelta(hours=1))
    OutboundEmail.objects.filter(pk=other.pk).update(state="accepted", accepted_at=database_now())

    answer = Client().get(READY)

    assert answer.status_code == 200
    assert answer.json()["mail"]["refused_so_far"] == 1
    assert answer.json()["mail"]["overdue_seconds"] is None


@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (6, 503)])
def test_it_turns_red_after_five_minutes_in_which_the_mail_server_is_away(cast, swept, minutes, status):
    refused(cast.owner, ago=timedelta(minutes=minutes), is_held_up=True)

    assert Client().get(READY).status_code == status


def test_a_mail_server_that_is_away_shows_also_if_older_mail_waits_for_a_reason_of_its_own(cast, swept):
    refused(cast.receptionist, ago=timedelta(hours=3))
    went = owe(cast.administrator, ago=timedelta(hours=1))
    OutboundEmail.objects.filter(pk=went.pk).update(state="accepted", accepted_at=went.created_at)
    refused(cast.owner, ago=timedelta(minutes=6), is_held_up=True)

    assert Client().get(READY).status_code == 503


@pytest.mark.parametrize("hours", [1, 23])
def test_one_address_that_is_refused_turns_nothing_red_however_quiet_it_is(cast, swept, hours):
    """Nothing else was sent for days, and the mails are for one person."""
    refused(cast.owner, ago=timedelta(hours=hours))
    refused(cast.owner, ago=timedelta(hours=hours))

    answer = Client().get(READY)

    assert answer.status_code == 200
    assert answer.json()["mail"]["refused_so_far"] == 2


@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (6, 503)])
def test_it_turns_red_after_five_minutes_in_which_one_address_after_the_other_is_refused(cast, swept, minutes, status):
    refused(cast.owner, ago=timedelta(hours=3))
    refused(cast.receptionist, ago=timedelta(minutes=minutes))

    assert Client().get(READY).status_code == status


@pytest.mark.parametrize("state", ["failed", "dropped", "bounced"])
def test_mail_that_has_failed_turns_nothing_red(cast, swept, state):
    for member in (cast.owner, cast.receptionist):
        row = refused(member, ago=timedelta(hours=3), is_held_up=True)
        OutboundEmail.objects.filter(pk=row.pk).update(state=state)

    assert Client().get(READY).status_code == 200


def test_mail_that_waits_for_an_account_that_is_closed_is_not_counted(cast, swept):
    owe(cast.owner, ago=timedelta(days=30), due=timedelta(minutes=-4))

    answer = Client().get(READY)

    assert answer.status_code == 200
    assert (answer.json()["mail"]["waiting"], answer.json()["mail"]["oldest_seconds"]) == (0, None)


def test_a_sweep_in_the_future_is_red_until_the_next_one_which_is_not_held_up_by_it(swept):
    """The database's clock was put back."""
    OutboxClock.objects.update(swept_at=database_now() + timedelta(minutes=30))
    assert Client().get(READY).status_code == 503

    assert begin_sweep()
    assert Client().get(READY).status_code == 200


def test_welcomes_of_an_import_may_wait_their_turn(cast, swept):
    entry = Activity.objects.create(
        account=cast.clinic, actor=None, subject=cast.receptionist, verb=Activity.Verb.MEMBER_IMPORTED
    )
    row = owe(cast.receptionist, ago=timedelta(hours=1))
    OutboundEmail.objects.filter(pk=row.pk).update(activity=entry)

    assert Client().get(READY).status_code == 200


def test_a_broker_that_is_away_turns_it_red_and_its_address_is_not_told(swept, monkeypatch):
    def away():
        raise OSError("redis://:hunter2@10.1.2.3 refused")

    monkeypatch.setattr(app, "connection_for_write", away)

    answer = Client().get(READY)

    assert answer.status_code == 503
    assert answer.json()["broker"] == {"ok": False, "problem": "the broker does not answer"}
    assert "hunter2" not in answer.text


def test_a_database_that_is_away_turns_it_red_and_its_address_is_not_told(db, monkeypatch):
    def away(*_args, **_named):
        raise OperationalError("connection to server at 10.1.2.3, user clinic, password hunter2 failed")

    monkeypatch.setattr("clinic.health.standing", away)

    answer = Client().get(READY)

    assert answer.status_code == 503
    assert answer.json()["database"]["ok"] is False
    assert "hunter2" not in answer.text and "10.1.2.3" not in answer.text


def test_ready_makes_no_session_and_is_to_be_read_only(swept):
    assert not Client().get(READY).cookies
    assert Client().head(READY).status_code == 200
    assert Client().post(READY).status_code == 405


def test_ready_asks_the_database_a_fixed_number_of_things(cast, swept, django_assert_num_queries):
    queries = 2 + (connection.vendor == "postgresql")
    with django_assert_num_queries(queries):
        Client().get(READY)
    for _ in range(20):
        owe(cast.owner, ago=timedelta(seconds=1))

    with django_assert_num_queries(queries):
        Client().get(READY)
