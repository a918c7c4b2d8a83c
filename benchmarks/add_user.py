"""Creating a user, without the password check: the action alone, and the whole POST minus the time in the hash.

The password check is meant to be slow (Argon2id). It is not replaced: its `verify` and `encode` are wrapped by a clock
whose time is taken off each request, so that all else is what runs in production. Handing the mail to the broker
counts, since whoever pressed the button waits for it. Beside the time on the clock stands the processor time, which
other programs on the machine lengthen less.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import _bench

USERS = 200
LIMIT_MS = 30

_bench.start()

from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.core.details import MemberDetails  # noqa: E402
from accounts.models import Member  # noqa: E402
from accounts.people.actions import add_member  # noqa: E402


@dataclass
class Clock:
    """Milliseconds spent, by the clock and by the processor."""

    wall: float = 0
    processor: float = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Add what happens inside."""
        wall, processor = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall += (time.perf_counter() - wall) * 1000
            self.processor += (time.process_time() - processor) * 1000


hashing = Clock()


def clocked(method: Callable[..., Any]) -> Callable[..., Any]:
    """`method`, with the time it takes added to `hashing`."""

    def timed(*args: Any, **kwargs: Any) -> Any:
        with hashing.running():
            return method(*args, **kwargs)

    return timed


def measure_action(actor: Member) -> list[float]:
    """Milliseconds of each of many `add_member`, commit and publishing included."""
    took = []
    for number in range(USERS):
        given = _bench.new_person(number)
        details = MemberDetails(given["first_name"], given["last_name"], given["email"], "", given["role"], False)
        began = time.perf_counter()
        add_member(actor=actor, details=details, submission=UUID(given["submission"]))
        took.append((time.perf_counter() - began) * 1000)
    return took


def measure_post(actor: Member) -> list[tuple[Clock, Clock]]:
    """Of each of many POSTs: the time without the hash, and that of the hash."""
    client = Client()
    client.force_login(actor.user, backend="accounts.authentication.MemberBackend")
    address = reverse("accounts:member_new", args=[actor.account.slug])
    took = []
    for number in range(USERS + 1):
        form = {**_bench.new_person(USERS + number), "reverify_password": _bench.PASSWORD}
        hashing.wall = hashing.processor = 0
        whole = Clock()
        with whole.running():
            response = client.post(address, form)
        assert response.status_code == 302, response.status_code
        rest = Clock(whole.wall - hashing.wall, whole.processor - hashing.processor)
        took.append((rest, Clock(hashing.wall, hashing.processor)))
    # The first also loads what later ones find loaded.
    return took[1:]


def main() -> None:
    """Measure and print."""
    administrator = _bench.make_clinic("clinic", members=10)
    actor = Member.objects.select_related("user", "account").get(pk=administrator)
    for name in ("verify", "encode"):
        setattr(Argon2PasswordHasher, name, clocked(getattr(Argon2PasswordHasher, name)))
    action = measure_action(actor)
    posts = measure_post(actor)
    post = [rest.wall for rest, _hash in posts]
    processor = [rest.processor for rest, _hash in posts]
    hashes = [each.wall for _rest, each in posts]
    # The limit is set for the embedded database.
    limit = LIMIT_MS if connection.vendor == "sqlite" else None
    report = _bench.Report()
    report.line(f"add_member, median of {USERS}", statistics.median(action), "ms", limit=limit)
    report.line(f"add_member, 95th percentile of {USERS}", _bench.percentile(action, 95), "ms")
    report.line(f"whole POST without the hash, median of {USERS}", statistics.median(post), "ms", limit=limit)
    report.line(f"whole POST without the hash, 95th percentile of {USERS}", _bench.percentile(post, 95), "ms")
    report.line("the same, processor time, median", statistics.median(processor), "ms")
    report.line("the hash alone, median", statistics.median(hashes), "ms")
    report.finish()


if __name__ == "__main__":
    main()
