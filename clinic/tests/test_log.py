"""The log: one JSON line an event, with the request it belongs to, and without what lets somebody in (A27, A52)."""

import io
import json
import logging

import pytest
import structlog

from clinic.log import logging_config, redact


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("/invitations/17-3.abc_DEF-123/", "/invitations/[redacted]/"),
        ("GET /invitations/17-3.abc HTTP/1.1", "GET /invitations/[redacted] HTTP/1.1"),
        ("https://clinic.example/invitations/17-3.abc?x=1", "https://clinic.example/invitations/[redacted]?x=1"),
        ("/email/17-abc.def/", "/email/[redacted]/"),
        ("/password/reset/Mw/c0ffee-123/", "/password/reset/[redacted]/"),
        ("two: /email/a/ and '/invitations/b/'", "two: /email/[redacted]/ and '/invitations/[redacted]/'"),
        ("/invitations/", "/invitations/"),
        ("/harbour-physio/settings/users/7/invitation/", "/harbour-physio/settings/users/7/invitation/"),
        ("/login/?next=/clinics/", "/login/?next=/clinics/"),
    ],
)
def test_the_part_of_a_path_that_lets_somebody_in_is_taken_out(written, read):
    assert redact(written) == read


def test_it_is_taken_out_of_lists_tuples_and_dicts_too():
    path = "/invitations/17-3.abc/"

    assert redact([path, (path,), {"path": path, "number": 7}]) == [
        "/invitations/[redacted]/",
        ("/invitations/[redacted]/",),
        {"path": "/invitations/[redacted]/", "number": 7},
    ]


@pytest.mark.parametrize(
    "name", ["password", "new_password1", "csrfmiddlewaretoken", "SECRET_KEY", "Cookie", "Authorization"]
)
def test_what_is_called_a_secret_is_taken_out_whatever_it_is(name):
    assert redact({name: "hunter2", "name": "Ivy"}) == {name: "[redacted]", "name": "Ivy"}


@pytest.fixture
def log():
    """A logger of the product's own format, and what it has written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    formatter = logging_config(debug=False)["formatters"]["events"]
    handler.setFormatter(formatter.pop("()")(**formatter))
    logging.getLogger("test_log").addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger("test_log").removeHandler(handler)


def test_an_event_is_one_line_of_json_with_its_time_in_utc(log):
    structlog.get_logger("test_log").warning("mail_failed", outbox_id=7, reason="550\nNo such person")

    [event] = log()
    assert (event["event"], event["level"], event["outbox_id"]) == ("mail_failed", "warning", 7)
    assert event["timestamp"].endswith("Z")


def test_a_line_of_the_standard_library_is_one_too(log):
    logging.getLogger("test_log").warning("Not Found: %s", "/invitations/17-3.abc/")

    [event] = log()
    assert event["event"] == "Not Found: /invitations/[redacted]/"


def test_a_value_of_an_event_that_is_called_a_secret_is_taken_out(log):
    structlog.get_logger("test_log").warning("odd", password="hunter2", session_token="hunter2", kind="invitation")

    [event] = log()
    assert "hunter2" not in json.dumps(event)
    assert event["kind"] == "invitation"


def test_a_traceback_is_there_and_holds_no_secret_path(log):
    try:
        raise ValueError("at /password/reset/Mw/c0ffee-123/")
    except ValueError:
        structlog.get_logger("test_log").exception("broken")

    [event] = log()
    assert "Traceback" in event["exception"]
    assert "c0ffee" not in event["exception"]


@pytest.mark.django_db
def test_every_answer_carries_the_number_that_stands_in_its_log_lines(client, log):
    logging.getLogger("django.request").addHandler(logging.getLogger("test_log").handlers[0])
    try:
        answer = client.get("/nowhere/at/all/")
    finally:
        logging.getLogger("django.request").removeHandler(logging.getLogger("test_log").handlers[0])

    [event] = log()
    assert event["request_id"] == answer["X-Request-ID"]
    assert event["status_code"] == answer.status_code


@pytest.mark.django_db
def test_two_requests_have_two_numbers(client):
    assert client.get("/healthz")["X-Request-ID"] != client.get("/healthz")["X-Request-ID"]
