"""A worker of this code takes what processes of other releases left with the broker, as it stood there then."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest
from django.conf import settings
from kombu import Connection, Queue
from pytest_django import DjangoDbBlocker

from accounts.models import OutboundEmail
from tests.upgrades.conftest import NewDatabase
from tests.upgrades.databases import Database, in_use
from tests.upgrades.released import RELEASES
from tests.upgrades.states import apps_of
from tests.upgrades.story import address, tell

SECONDS_TO_SEND = 30
# What moves the clock under bin/anyday: a worker whose clock is another finds nothing due on SQLite.
OF_THE_CLOCK = ("TZ", "LD_PRELOAD", "FAKETIME", "FAKETIME_SHARED", "FAKETIME_DONT_FAKE_MONOTONIC", "PYTHONPATH")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("upgrades")]

Publish = Callable[[str, list[object]], None]


@pytest.fixture
def database(own_database: NewDatabase, newest: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """At the head, with mail in it that the last release's web processes owe."""
    with django_db_blocker.unblock(), in_use(made := own_database(like=newest)):
        tell(apps_of(RELEASES[-1]))
        yield made


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Leave a message with the broker, in Celery's own form of it (protocol 2): named, with arguments in JSON."""
    queue, control = tmp_path / "broker" / "queue", tmp_path / "broker" / "control"
    for each in (queue, control):
        each.mkdir(parents=True)
    options = {"data_folder_in": queue, "data_folder_out": queue, "control_folder": control}

    def _publish(task: str, arguments: list[object]) -> None:
        with Connection(transport="filesystem", transport_options=options) as broker:
            broker.Producer().publish(
                [arguments, {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}],
                headers={"lang": "py", "task": task, "id": str(uuid4())},
                serializer="json",
                routing_key="celery",
                declare=[Queue("celery")],
            )

    return _publish


@pytest.fixture
def start_worker(tmp_path: Path, database: Database) -> Iterator[Callable[[], None]]:
    """Start a worker as it is deployed, but without beat, and at the time that it is here; it ends with the test."""
    started = []

    def _start_worker() -> None:
        command = [sys.executable, "-m", "celery", "-A", "clinic", "worker", "--loglevel", "warning"]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", *OF_THE_CLOCK) if name in os.environ}
        env = {
            **kept,
            "ENV_FILE": os.devnull,
            "SECRET_KEY": settings.SECRET_KEY,
            "SITE_URL": "http://testserver",
            "ALLOWED_HOSTS": "testserver",
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": database.url,
        }
        with (tmp_path / "worker.log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=env, stdout=log, stderr=log, start_new_session=True
            )
        started.append(process)

    yield _start_worker
    for each in started:
        # With its own processes, and at once: it has nothing in hand any more.
        os.killpg(each.pid, signal.SIGKILL)
        each.wait()


def test_a_message_that_nobody_knows_any_more_ends_no_worker_and_the_next_is_carried_out(
    database: Database, publish: Publish, start_worker: Callable[[], None], tmp_path: Path
):
    [mail] = OutboundEmail.objects.filter(kind="invitation", state="queued")
    publish("accounts.no_longer_there", [17])
    publish("accounts.send_email", [mail.pk])
    start_worker()
    ends = monotonic() + SECONDS_TO_SEND
    while mail.state != "accepted" and monotonic() < ends:
        sleep(0.2)
        mail.refresh_from_db()

    assert (mail.state, mail.recipient) == ("accepted", address("Ivy"))
    assert "unregistered task of type 'accounts.no_longer_there'" in (tmp_path / "worker.log").read_text()
