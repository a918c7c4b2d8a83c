"""A mail's line in the worker's log names the request that asked for it, over each broker; nobody else chooses it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.stack import Browser, Stack, add_user, sign_up
from tests.faults.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.once]

OURS = re.compile(r"[0-9a-f]{32}")
# Whoever could choose the id could end the line early, or fill the disk.
HOSTILE = 'forged", "event": "signed_in", "x": "' + "A" * 6000


def lines(stack: Stack, process: str, event: str) -> list[dict[str, Any]]:
    """The lines of one kind in a process's log."""
    said = [json.loads(line) for line in stack.log(process).splitlines() if line.startswith("{")]
    return [line for line in said if line["event"] == event]


def accepted(stack: Stack, *, kind: str) -> dict[str, Any]:
    """The worker's line about the first mail of a kind."""
    found = lambda: [line for line in lines(stack, "worker", "mail_accepted") if line["kind"] == kind]  # noqa: E731
    return wait_until(found, seconds=60, what=f"a line about the {kind}")[0]


@pytest.fixture(params=["files", pytest.param("redis", marks=pytest.mark.xdist_group("faults-redis"))])
def broker(request) -> dict[str, str]:
    """The settings of each broker."""
    return request.getfixturevalue("shared_redis") if request.param == "redis" else {}


@pytest.fixture
def stack(new_stack, mail_server, broker) -> Iterator[Stack]:
    """An installation with a web server and a worker; it ends with the test, as the next shares its queue in Redis."""
    made = new_stack(email_url=mail_server.url, **broker)
    made.start_worker()
    made.start_web()
    yield made
    made.stop_all()


def add_zoe(stack: Stack, olive: Browser) -> None:
    home = sign_up(olive, email="olive@harbour.example")
    # A task goes on with what else is due: the invitation would go out by the one that the sign-up asked for.
    accepted(stack, kind="email_confirmation")
    add_user(olive, home, first_name="Zoe", email="zoe@harbour.example")


def test_a_line_of_the_worker_names_the_request_that_asked_for_the_mail(stack):
    add_zoe(stack, stack.browser())

    told = accepted(stack, kind="invitation")
    [asked] = [line for line in lines(stack, "web", "member_added") if "request_id" in line]
    assert told["request_id"] == asked["request_id"]
    assert told["task"] == "accounts.send_email"
    assert "ip" in asked and "ip" not in told


def test_an_id_that_a_stranger_sends_reaches_no_log(stack):
    olive = stack.browser()
    olive.send_with_everything("X-Request-ID", HOSTILE)
    add_zoe(stack, olive)

    assert OURS.fullmatch(accepted(stack, kind="invitation")["request_id"])
    assert "forged" not in stack.log("web") + stack.log("worker")


def test_a_mail_that_the_sweep_found_names_its_task_and_no_request(new_stack, mail_server):
    stack = new_stack(email_url=mail_server.url)
    stack.act("die_between_commit_and_asking", "nina", "1")
    stack.start_worker()

    told = accepted(stack, kind="invitation")
    assert "request_id" not in told
    assert told["task_id"]
