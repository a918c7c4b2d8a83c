"""When 200 practitioners are at work in four weeks, and who is at a moment: queries, as many as for 2, and time."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import _bench

ROUNDS = 20
PRACTITIONERS = 200
ZONES = ("Australia/Sydney", "Australia/Perth", "Europe/Dublin")
# The clocks of Sydney change in these weeks.
FIRST = date(2026, 9, 21)
MOST_QUERIES = 4

_bench.start()

from django.db import connection  # noqa: E402

from accounts.models import Account, Member  # noqa: E402
from practitioners.models import Availability, Break, Business, Practitioner  # noqa: E402


def make_practitioners(slug: str, number: int) -> Account:
    """A clinic with three businesses; each practitioner works at two, five days of two rows with a break in each."""
    administrator = _bench.make_clinic(slug, members=number + 1)
    account = Account.objects.get(members=administrator)
    places = [Business.objects.create(account=account, name=zone, time_zone=zone) for zone in ZONES]
    Member.objects.filter(account=account).exclude(pk=administrator).update(is_practitioner=True)
    members = Member.objects.filter(account=account, is_practitioner=True)
    people = Practitioner.objects.bulk_create(Practitioner(member=each) for each in members)
    rows: dict[type[Availability | Break], list[Any]] = {Availability: [], Break: []}
    for position, each in enumerate(people):
        two = [places[position % 3], places[(position + 1) % 3]]
        each.businesses.set(two)
        for weekday in range(5):
            # Sydney is 10 or 11 hours ahead of Dublin, so that mornings never overlap.
            for place, starts in zip(two, (7 * 60, 10 * 60), strict=True):
                times = {"practitioner": each, "business": place, "weekday": weekday}
                rows[Availability].append(Availability(**times, starts=starts, ends=starts + 180))
                rows[Break].append(Break(**times, starts=starts + 60, ends=starts + 75))
    for model, found in rows.items():
        model.objects.bulk_create(found)
    return account


def measure(ask: Callable[[], Any]) -> tuple[int, float]:
    """Queries of one call, and the median milliseconds of many."""
    statements = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        ask()
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return len(statements), statistics.median(took)


def main() -> None:
    """Measure both sizes and print them."""
    report = _bench.Report()
    few, many = make_practitioners("few", 2), make_practitioners("many", PRACTITIONERS)
    weeks, year = timedelta(days=27), timedelta(days=365)
    at = datetime(2026, 9, 22, 23, 30, tzinfo=UTC)
    few_queries, _ms = measure(lambda: Practitioner.objects.available(few, FIRST, FIRST + weeks))
    many_queries, weeks_ms = measure(lambda: Practitioner.objects.available(many, FIRST, FIRST + weeks))
    _queries, year_ms = measure(lambda: Practitioner.objects.available(many, FIRST, FIRST + year))
    now_queries, now_ms = measure(lambda: list(Practitioner.objects.bookable(many, at=at)))
    report.line("available, 2 practitioners", few_queries, "queries", limit=MOST_QUERIES)
    report.line(f"available, {PRACTITIONERS} practitioners", many_queries, "queries", limit=few_queries)
    report.line(f"available, {PRACTITIONERS} practitioners, 4 weeks, median", weeks_ms, "ms", limit=1000)
    report.line(f"available, {PRACTITIONERS} practitioners, 366 days, median", year_ms, "ms")
    report.line(f"bookable at a moment, {PRACTITIONERS} practitioners", now_queries, "queries", limit=2)
    report.line(f"bookable at a moment, {PRACTITIONERS} practitioners, median", now_ms, "ms", limit=100)
    report.finish()


if __name__ == "__main__":
    main()
