"""Whether the time that asking for a reset link takes tells who has a login (A67): four addresses, taken in turns.

The whole view answers, with its commit and with what it hands to the broker. What was asked is cleared away in between.
"""

import random
import statistics
import time

import _bench

SAMPLES = 200
MOST_PER_CENT = 10

_bench.start()

from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import OutboundEmail, User  # noqa: E402


def make_people() -> dict[str, str]:
    """An address for each way in which it can have a login, or none."""
    _bench.make_clinic("clinic", members=2)
    off = User.objects.create_user("off@benchmark.example", _bench.PASSWORD, is_active=False)
    invited = User.objects.create_user("invited@benchmark.example")
    return {
        "known": "person1@clinic.example",
        "unknown": "nobody@benchmark.example",
        "invited": invited.email,
        "switched off": off.email,
    }


def ask(client: Client, email: str) -> float:
    """Milliseconds until the answer."""
    OutboundEmail.objects.all().delete()
    began = time.perf_counter()
    answer = client.post(reverse("accounts:password_reset"), {"email": email})
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 302, answer.status_code
    return took


def measure(addresses: dict[str, str]) -> dict[str, float]:
    """The median of many for each. They take turns in an order that is drawn anew each time."""
    client = Client()
    took: dict[str, list[float]] = {name: [] for name in addresses}
    for email in addresses.values():
        # The first requests also import what they need.
        ask(client, email)
    for _ in range(SAMPLES):
        for name in random.sample(list(addresses), len(addresses)):
            took[name].append(ask(client, addresses[name]))
    return {name: statistics.median(values) for name, values in took.items()}


def main() -> None:
    """Measure and print."""
    report = _bench.Report()
    medians = measure(make_people())
    for name, median in medians.items():
        report.line(f"{name}, median of {SAMPLES}", median, "ms")
    shortest, longest = min(medians.values()), max(medians.values())
    report.line("largest difference", (longest - shortest) / shortest * 100, "%", limit=MOST_PER_CENT)
    report.finish()


if __name__ == "__main__":
    main()
