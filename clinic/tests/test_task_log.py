"""A task's lines say which request set it off, and nothing else of that request goes through the broker."""

import json
from uuid import uuid4

import pytest
import structlog
from celery.app.trace import build_tracer
from django_structlog.celery.receivers import CeleryReceiver
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu import Connection

from accounts.tasks import send_email, sweep_outbox
from clinic.celery import app

HEADER = "__django_structlog__"
REQUEST_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _context():
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def worker(monkeypatch):
    """Tasks run here as they do in a worker; what each knew about itself while it ran."""
    step = DjangoStructLogInitStep(None)
    known = []
    monkeypatch.setattr("accounts.tasks.send_due", lambda _id: known.append(structlog.contextvars.get_contextvars()))
    yield known
    _disconnect(step.receiver)


def _disconnect(receiver: CeleryReceiver) -> None:
    from celery import signals

    for name in ("before_task_publish", "after_task_publish"):
        getattr(signals, name).disconnect(getattr(receiver, f"receiver_{name}"))
    for name in ("prerun", "retry", "success", "failure", "revoked", "unknown", "rejected"):
        getattr(signals, f"task_{name}").disconnect(getattr(receiver, f"receiver_task_{name}"))


def published(task=send_email, arguments=(7,)):
    """Publish a task on a broker in memory, and return the message as the broker has it."""
    with Connection("memory://") as broker:
        task.apply_async(arguments, connection=broker, retry=False)
        message = broker.SimpleQueue("celery").get(block=False)
        message.ack()
    return message


def run(outbox_id, **headers):
    """Run a task as a worker does that has read a message with these headers."""
    trace = build_tracer(send_email.name, send_email, app=app)
    trace(str(uuid4()), (outbox_id,), {}, {"id": str(uuid4()), **headers})


def test_a_message_says_which_request_it_came_from_and_no_more():
    structlog.contextvars.bind_contextvars(request_id=REQUEST_ID, ip="198.51.100.7", account_id=3, member_id=5)

    message = published()
    assert message.headers[HEADER] == {"request_id": REQUEST_ID}
    assert "198.51.100.7" not in json.dumps([message.headers, message.payload])


def test_what_no_request_set_off_names_none():
    assert published(sweep_outbox, ()).headers[HEADER] == {}


def test_a_task_that_another_task_set_off_names_that_one():
    structlog.contextvars.bind_contextvars(task_id="of the sweep", task="accounts.sweep_outbox", outbox_id=7)

    assert published().headers[HEADER] == {"parent_task_id": "of the sweep"}


def test_a_message_goes_out_even_if_its_header_cannot_be_made(monkeypatch):
    def fail(_self):
        raise RuntimeError

    monkeypatch.setattr(CeleryReceiver, "get_task_context", fail)

    message = published()
    assert HEADER not in message.headers
    assert (message.headers["task"], message.payload[0]) == ("accounts.send_email", [7])


def test_the_lines_of_a_task_say_which_task_and_which_mail_and_which_request(worker):
    run(7, **{HEADER: {"request_id": REQUEST_ID}})

    [known] = worker
    assert (known["task"], known["outbox_id"], known["request_id"]) == ("accounts.send_email", 7, REQUEST_ID)


def test_nothing_of_one_task_is_left_in_the_lines_of_the_next(worker):
    run(7, **{HEADER: {"request_id": REQUEST_ID}})
    run(8)

    first, second = worker
    assert first["task_id"] != second["task_id"]
    assert (second["outbox_id"], "request_id" in second) == (8, False)


@pytest.mark.parametrize("headers", [{}, *({HEADER: odd} for odd in (None, "odd", 7, [], {"event": 1}))])
def test_a_task_with_an_odd_header_or_none_still_runs(worker, headers):
    run(7, **headers)

    [known] = worker
    assert known["outbox_id"] == 7


def test_a_worker_reads_what_a_web_process_writes():
    assert DjangoStructLogInitStep in app.steps["worker"]
