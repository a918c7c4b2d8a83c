"""kill -9 wherever it hurts: what sends, the whole worker, and whoever was about to ask (R3, R4, R6).

One installation goes through all of it, and what came of it is then looked at: a claim of the dead has to run out
first, and that wait is the same for all. FAULT_KILLS says how many are killed.
"""

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

import pytest

from tests.faults.conftest import require
from tests.faults.counting import Books
from tests.faults.mail_servers import MailServer
from tests.faults.pace import LEASE_SECONDS, SWEEP_SECONDS
from tests.faults.services import PrivateRedis, has_redis_server
from tests.faults.stack import Stack, link_in
from tests.faults.waiting import wait_until
from tests.figures import Figures

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.xdist_group("faults-kills"), pytest.mark.database]

KILLS = int(os.environ.get("FAULT_KILLS", "20"))
KILLED_BEFORE_ASKING = 100
# So slow that a kill mostly meets a conversation with the mail server.
MAIL_SECONDS = 0.2


@dataclass
class Phase:
    """What was done to one set of messages: who was promised one, how often something was killed, and when last."""

    promised: list[str]
    kills: int
    last_kill: float


@dataclass
class Story:
    """All that was done, and what became of it."""

    phases: dict[str, Phase]
    books: Books

    def last_mail(self, phase: Phase) -> float:
        """When the last of those who waited got their first mail."""
        return max(self.books.mails(email)[0].at for email in phase.promised)

    def note(self, figures: Figures, name: str, words: str) -> None:
        """Put one phase into the table at the end of the run."""
        phase = self.phases[name]
        self.books.note(figures, f"{name} {words}", phase.promised, faults=phase.kills)


@pytest.fixture(scope="module")
def slow_mail_server():
    server = MailServer()
    server.seconds_to_answer = MAIL_SECONDS
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def broker_url(tmp_path_factory):
    """Redis beside PostgreSQL, files beside SQLite: the two sets of parts."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield ""
        return
    require(has_redis_server(), "There is no redis-server here")
    server = PrivateRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def story(new_stack, slow_mail_server, broker_url) -> Story:
    """Kill children while they send, then the whole worker while it sends, then whoever was about to ask for a mail."""
    no_caps = {"INVITATION_CAPS": "administrator=100000,account=100000"}
    stack = new_stack(email_url=slow_mail_server.url, broker_url=broker_url, settings=no_caps)
    stack.start_clock()
    stack.start_worker(with_clock=False)
    wait_until(stack.worker_children, seconds=40, what="the worker")
    phases = {"R3": kill_children(stack), "R4": kill_the_worker(stack, slow_mail_server), "R6": kill_who_asks(stack)}
    with suppress(AssertionError):
        wait_until(lambda: not_done(stack) == 0, seconds=LEASE_SECONDS + 3 * SWEEP_SECONDS + 40, what="every mail")
    return Story(phases, Books.of(stack, slow_mail_server))


def not_done(stack: Stack) -> int:
    """How many invitations are not over and done with."""
    time.sleep(1)
    return sum(row["state"] in {"queued", "sending"} for row in stack.act("outcomes")["rows"])


def kill_children(stack: Stack) -> Phase:
    """Add people all the while, and kill whichever process sends mail, at random moments."""
    dice = random.Random(6)
    stack.act("invite_many", "warm-", "1", "0")
    count = max(30, KILLS * 2)
    stack.start("adding", "-m", "tests.faults.acts", "invite_many", "r3-", str(count), "0.1")
    kills = 0
    while kills < KILLS:
        time.sleep(dice.uniform(0.05, 0.6))
        children = stack.worker_children()
        if children:
            with suppress(ProcessLookupError):
                os.kill(dice.choice(children), signal.SIGKILL)
                kills += 1
    last = time.time()
    wait_until(lambda: not stack.is_running("adding"), seconds=60, what="the last invitation")
    stack.stop("adding")
    return Phase([f"r3-{number}@harbour.example" for number in range(count)], kills, last)


def kill_the_worker(stack: Stack, server: MailServer) -> Phase:
    """Kill it with all its children in the middle of sending, and start another one."""
    before = len(server.taken)
    emails = stack.act("invite_many", "r4-", "10", "0")["emails"]
    wait_until(lambda: len(server.taken) > before, seconds=40, what="the first mail")
    stack.kill("worker")
    killed = time.time()
    stack.start_worker(with_clock=False)
    return Phase(emails, 1, killed)


def kill_who_asks(stack: Stack) -> Phase:
    """Kill processes that have committed an invitation, before they ask Celery."""
    done = stack.act("die_between_commit_and_asking", "r6-", str(KILLED_BEFORE_ASKING))
    assert done["exits"] == [-signal.SIGKILL] * KILLED_BEFORE_ASKING
    return Phase(done["emails"], KILLED_BEFORE_ASKING, done["at"][-1])


def test_r3_of_mails_whose_senders_are_killed_none_is_lost_and_each_kill_repeats_one_at_the_most(story, figures):
    phase = story.phases["R3"]
    story.note(figures, "R3", "kill -9 of a sender")

    assert phase.kills == KILLS
    assert story.books.lost(phase.promised) == []
    assert story.books.duplicates(phase.promised) <= phase.kills
    assert all(len(story.books.mails(email)) <= 1 + phase.kills for email in phase.promised)


def test_r3_none_is_stuck_once_the_claims_of_the_dead_have_run_out(story):
    phase = story.phases["R3"]

    assert story.books.stuck(phase.promised) == []
    assert story.last_mail(phase) < phase.last_kill + LEASE_SECONDS + SWEEP_SECONDS + 30


def test_r3_what_was_sent_twice_is_the_same_mail_with_the_same_link(story):
    phase = story.phases["R3"]
    for email in phase.promised:
        mails = [each.message for each in story.books.mails(email)]

        assert {mail["Message-ID"] for mail in mails} == {story.books.rows[email]["message_id"]}
        assert len({link_in(mail) for mail in mails}) == 1


def test_r4_after_the_whole_worker_was_killed_every_mail_is_there_within_two_minutes(story, figures):
    phase = story.phases["R4"]
    story.note(figures, "R4", "kill -9 of the worker")

    assert story.books.lost(phase.promised) == story.books.stuck(phase.promised) == []
    assert story.last_mail(phase) < phase.last_kill + 120


def test_r6_whoever_dies_between_the_commit_and_asking_for_the_mail_is_sent_it_all_the_same(story, figures):
    phase = story.phases["R6"]
    story.note(figures, "R6", "killed before asking")

    assert story.books.lost(phase.promised) == story.books.stuck(phase.promised) == []
