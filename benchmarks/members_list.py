"""The list of users & practitioners with 10 and with 1,000 people: equally many queries, at most 8; and the time."""

import statistics
import time
from typing import Any

import _bench

REQUESTS = 40
MOST_QUERIES = 8

_bench.start()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import Member  # noqa: E402


def measure(members: int) -> tuple[int, float]:
    """Queries of one request, and the median milliseconds of many, for a clinic of that size."""
    administrator = _bench.make_clinic(f"clinic-{members}", members=members)
    member = Member.objects.select_related("user", "account").get(pk=administrator)
    client = Client()
    client.force_login(member.user, backend="accounts.authentication.MemberBackend")
    address = reverse("accounts:members", args=[member.account.slug])
    # The first request also compiles templates.
    assert client.get(address).status_code == 200
    statements = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        client.get(address)
    took = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        client.get(address)
        took.append((time.perf_counter() - began) * 1000)
    return len(statements), statistics.median(took)


def main() -> None:
    """Measure both sizes and print them."""
    report = _bench.Report()
    few_queries, few_ms = measure(10)
    many_queries, many_ms = measure(1000)
    report.line("queries for 10 people", few_queries, "queries", limit=MOST_QUERIES)
    report.line("queries for 1,000 people", many_queries, "queries", limit=few_queries)
    report.line(f"median of {REQUESTS} requests, 10 people", few_ms, "ms")
    report.line(f"median of {REQUESTS} requests, 1,000 people (25 on a page)", many_ms, "ms")
    report.finish()


if __name__ == "__main__":
    main()
