"""What a run has counted, printed at its end: faults and what became of the mail, and how many inputs were tried."""

from collections import Counter
from typing import Any

import pytest

FAULT, TRIED, SEEDS = "fault", "tried", "seeds"
COLUMNS = ("faults", "promised", "lost", "duplicated", "longest", "stuck")


class Figures:
    """What one test has counted; it travels with the test's report, also out of a worker process of pytest-xdist."""

    def __init__(self, node: pytest.Item) -> None:
        self._properties = node.user_properties

    def fault(
        self, name: str, *, faults: int, promised: int, lost: int, duplicated: int, longest_seconds: float, stuck: int
    ) -> None:
        """Of a fault (`R3`): how often it was made, and of the mails promised meanwhile, what became of them."""
        row = [faults, promised, lost, duplicated, f"{longest_seconds:.1f} s", stuck]
        self._properties.append((FAULT, [name, *map(str, row)]))

    def tried(self, what: str, count: int) -> None:
        """That so many inputs of a kind were tried."""
        self._properties.append((TRIED, [what, count]))

    def walked(self, first: int, last: int) -> None:
        """That walks were drawn by these seeds, which bring them back."""
        self._properties.append((SEEDS, f"{first} to {last}"))


def write(reporter: Any) -> None:
    """Print what all tests of the run have counted; nothing where none has."""
    reports = [report for status in ("passed", "failed") for report in reporter.stats.get(status, [])]
    given = [each for report in reports if report.when == "call" for each in report.user_properties]
    faults = sorted(value for name, value in given if name == FAULT)
    seeds = sorted(value for name, value in given if name == SEEDS)
    tried: Counter[str] = Counter()
    for name, value in given:
        if name == TRIED:
            tried[value[0]] += value[1]
    if faults:
        reporter.section("what faults did to the mail", sep="-")
        for row in [["", *COLUMNS], *faults]:
            reporter.write_line(f"{row[0]:<34}" + "".join(f"{cell:>12}" for cell in row[1:]))
    if tried:
        reporter.section("inputs tried", sep="-")
        for what, count in sorted(tried.items()):
            reporter.write_line(f"{what:<34}{count:>12,}")
    if seeds:
        reporter.write_line(f"walks drawn by the seeds {', '.join(seeds)}")
