"""What the security log tells of each request, and whether it tells of one thing twice (A53)."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any
from unittest.mock import patch

from django.http import HttpResponse
from django.test import Client, TestCase
from structlog.contextvars import clear_contextvars

from clinic.log import logging_config

Line = dict[str, Any]

# Lines of which a request can have one at most: each says how it ended.
ONE_OF = (
    {"password_refused", "password_locked", "two_factor_refused", "reverify_failed"},
    {"signed_out", "signed_out_by_limit"},
)
# What may stand beside a line about a login, and why that is not the same once more.
BESIDE_A_CHANGE = {
    "reverify_passed": "The proof before the act, not the act.",
    "two_factor_passed": "The step was passed. A backup code is used up on other pages, too; a browser is trusted.",
    "signed_in": "Which follows from proving oneself.",
    "signed_out": "Which follows from an objection in a browser of the login itself.",
    "email_change_declined": "The clinic whose administrator asked notes it in its own history.",
    **dict.fromkeys(
        (
            *("two_factor_recovery_opened", "two_factor_recovery_stopped", "two_factor_recovery_done"),
            "two_factor_recovery_stopped_by_person",
        ),
        "Each of the person's clinics notes it in its own history.",
    ),
    "member_updated": "Each of the person's clinics notes the new address in its own history.",
    "joining_undone": "Each clinic that had been joined notes that the invitation has to be accepted again.",
    "invitation_accepted": "Which replaced the password.",
}


@contextmanager
def told_by_requests() -> Iterator[list[Line]]:
    """The lines of the security log so far. What waits for a commit is done at the end of each request."""
    found: list[Line] = []
    handler = _Collector(found)
    logger, send = logging.getLogger("security"), Client.request

    def request(client: Client, **given: object) -> HttpResponse:
        with TestCase.captureOnCommitCallbacks(execute=True):
            answer: HttpResponse = send(client, **given)
        # Or a line that a fixture has written would seem to be this request's.
        clear_contextvars()
        return answer

    logger.addHandler(handler)
    try:
        with patch.object(Client, "request", request):
            clear_contextvars()
            yield found
    finally:
        logger.removeHandler(handler)


class _Collector(logging.StreamHandler):  # type: ignore[type-arg]
    """Reads each line back from what is written, so that it is in it what an operator sees."""

    def __init__(self, found: list[Line]) -> None:
        super().__init__(io.StringIO())
        self.found = found
        formatter = logging_config(debug=False)["formatters"]["events"]
        self.setFormatter(formatter.pop("()")(**formatter))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.found.append(json.loads(self.format(record)))


def event_of(line: Line) -> str:
    """What it tells of: an event of its own, or which kind of change of a login."""
    return str(line["kind"] if line["event"] == "login_changed" else line["event"])


def told_twice(lines: list[Line]) -> list[str]:
    """Each thing that a request is told of more than once, in words; empty where there is none."""
    of_requests = sorted((line for line in lines if "request_id" in line), key=itemgetter("request_id"))
    return [words for _id, its in groupby(of_requests, key=itemgetter("request_id")) for words in _twice_in_one([*its])]


def _twice_in_one(lines: list[Line]) -> Iterator[str]:
    told = [(event_of(line), line.get("account_id")) for line in lines]
    yield from (f"{what} is told twice" for what in sorted({each for each in told if told.count(each) > 1}, key=str))
    events = [line["event"] for line in lines]
    for group in ONE_OF:
        if len(several := [event for event in events if event in group]) > 1:
            yield f"one end is told as {several}"
    changes = [event_of(line) for line in lines if line["event"] == "login_changed"]
    others = {event for event in events if event != "login_changed"} - BESIDE_A_CHANGE.keys()
    if changes and others:
        yield f"{changes} is told as {sorted(others)}, too"
