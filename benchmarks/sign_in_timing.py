"""Whether the time that a refused sign-in takes tells who has a login (A9): four reasons for a no, taken in turns.

The whole view answers, with Argon2 as in production. A second round has a mail server that nobody can reach: no answer
may wait for one.
"""

import random
import statistics
import sys
import time

import _bench

SAMPLES = 200
MOST_PER_CENT = 10
WRONG = "not the password at all"
UNREACHABLE = "smtp://127.0.0.1:9"

MAIL_SERVER_IS_AWAY = "--mail-server-away" in sys.argv
_bench.start(**({"EMAIL_URL": UNREACHABLE} if MAIL_SERVER_IS_AWAY else {}))

from axes.models import AccessAttempt  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import Member, User  # noqa: E402


def make_people() -> dict[str, tuple[str, str]]:
    """An address and a password for each reason why somebody cannot sign in."""
    _bench.make_clinic("clinic", members=2)
    present = Member.objects.select_related("account").get(last_name="Last0001")
    left = User.objects.create_user("left@benchmark.example", _bench.PASSWORD)
    invited = User.objects.create_user("invited@benchmark.example")
    for user, joined in ((left, present.joined_at), (invited, None)):
        Member.objects.create(
            account=present.account,
            user=user,
            first_name="Nina",
            last_name="Novak",
            role="receptionist",
            is_active=user == invited,
            joined_at=joined,
        )
    return {
        "unknown": ("nobody@benchmark.example", WRONG),
        "invited": (invited.email, WRONG),
        "deactivated, with the right password": (left.email, _bench.PASSWORD),
        "deactivated, with a wrong password": (left.email, WRONG),
        "wrong password": ("person1@clinic.example", WRONG),
    }


def refuse(client: Client, email: str, password: str) -> float:
    """Milliseconds until a sign-in was refused."""
    # The throttle would end this after five tries.
    AccessAttempt.objects.all().delete()
    began = time.perf_counter()
    answer = client.post(reverse("accounts:login"), {"email": email, "password": password})
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 422, answer.status_code
    return took


def measure(people: dict[str, tuple[str, str]]) -> dict[str, float]:
    """The median of many for each reason. They take turns in an order that is drawn anew each time."""
    client = Client()
    took: dict[str, list[float]] = {reason: [] for reason in people}
    for email, password in people.values():
        # The first requests also compile templates.
        refuse(client, email, password)
    for _ in range(SAMPLES):
        for reason in random.sample(list(people), len(people)):
            took[reason].append(refuse(client, *people[reason]))
    return {reason: statistics.median(values) for reason, values in took.items()}


def main() -> None:
    """Measure and print."""
    print(f"{settings.PASSWORD_HASHERS[0].rsplit('.', 1)[-1]}, mail by {settings.EMAIL_BACKEND.rsplit('.', 1)[-1]}")
    report = _bench.Report()
    medians = measure(make_people())
    for reason, median in medians.items():
        report.line(f"{reason}, median of {SAMPLES}", median, "ms")
    shortest, longest = min(medians.values()), max(medians.values())
    report.line("largest difference", (longest - shortest) / shortest * 100, "%", limit=MOST_PER_CENT)
    report.finish()


if __name__ == "__main__":
    main()
