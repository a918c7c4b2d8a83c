"""From the commit that adds a user to the mail server's 250 for the invitation.

A real worker process takes the task from the broker over files and speaks SMTP to a server on loopback, whose clock is
this process's own. 30 invitations go one after another, each when the one before has arrived; one more goes first,
uncounted, while the worker starts.
"""

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import UUID

import _bench
from aiosmtpd.controller import Controller

INVITATIONS = 30
LIMIT_SECONDS = 2
SECONDS_TO_START = 60


class MailServer:
    """Takes every message and remembers when it said 250 to which address."""

    def __init__(self) -> None:
        self.accepted: dict[str, float] = {}
        self.arrived = threading.Condition()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        """Answer 250."""
        with self.arrived:
            self.accepted[str(message_from_bytes(envelope.content)["To"])] = time.perf_counter()
            self.arrived.notify_all()
        return "250 OK"

    def wait_for(self, address: str, *, seconds: float) -> float:
        """When the mail to `address` was accepted. Raises TimeoutError."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: address in self.accepted, seconds):
                raise TimeoutError(f"no mail to {address} within {seconds:g} s")
            return self.accepted[address]


def invite(actor: Any, number: int) -> tuple[str, float]:
    """Add a person; their address, and when it was committed."""
    from django.db import transaction

    from accounts.core.details import MemberDetails
    from accounts.people.actions import add_member

    given = _bench.new_person(number)
    details = MemberDetails(given["first_name"], given["last_name"], given["email"], "", given["role"], False)
    committed = []
    with transaction.atomic():
        # Runs first after the commit, before the action's own publishing.
        transaction.on_commit(lambda: committed.append(time.perf_counter()))
        add_member(actor=actor, details=details, submission=UUID(given["submission"]))
    return details.email, committed[0]


def measure(server: MailServer) -> list[float]:
    """Seconds from commit to 250 of each invitation."""
    from accounts.models import Member

    administrator = _bench.make_clinic("clinic")
    actor = Member.objects.select_related("user", "account").get(pk=administrator)
    address, _committed = invite(actor, 0)
    server.wait_for(address, seconds=SECONDS_TO_START)
    took = []
    for number in range(1, INVITATIONS + 1):
        address, committed = invite(actor, number)
        took.append(server.wait_for(address, seconds=30) - committed)
    return took


def main() -> None:
    """Start server and worker, measure, print."""
    server = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    _bench.start(EMAIL_URL=f"smtp://127.0.0.1:{port}")
    log = Path(os.environ["VAR_DIR"]) / "worker.log"
    with log.open("w") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app=clinic", "worker", "--loglevel=WARNING"],
            cwd=_bench.ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        took = measure(server)
    except TimeoutError:
        print(log.read_text()[-4000:], file=sys.stderr)
        raise
    finally:
        worker.terminate()
        worker.wait(30)
        controller.stop()
    report = _bench.Report()
    report.line(f"commit to 250, median of {INVITATIONS}", statistics.median(took), "s", limit=LIMIT_SECONDS)
    report.line(
        f"commit to 250, 95th percentile of {INVITATIONS}", _bench.percentile(took, 95), "s", limit=LIMIT_SECONDS
    )
    report.line("commit to 250, longest", max(took), "s")
    report.finish()


if __name__ == "__main__":
    main()
