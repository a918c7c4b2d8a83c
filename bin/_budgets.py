"""What each group of tests may take, and the table of what it took. Standard library only.

A group's time is that of its tests, set-up included, added up over all workers; that of the checks and of a whole run
is by the clock. What takes half as much again as its budget fails .ci/run: something in it has become slow.

As a script it prints the table of a file that bin/test and bin/check have added to (SPENT names it), and fails where a
budget is exceeded by half.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

# In seconds, on two cores.
BUDGETS = {
    "server": 2000,
    "practitioners": 250,
    "clinic": 250,
    "browser": 900,
    "faults": 800,
    "races": 450,
    "upgrades": 200,
    "fuzz": 250,
    "walk": 150,
    "postgresql": 700,
    "other day": 150,
    "checks": 150,
    "total": 2600,
}
TOO_MUCH = 1.5
FILE = "SPENT"


def note(spent: Mapping[str, float]) -> None:
    """Add what was spent to the file of this run, if there is one."""
    if path := os.environ.get(FILE):
        with Path(path).open("a") as file:
            file.write(json.dumps(spent) + "\n")


def read(path: Path) -> dict[str, float]:
    """What was spent so far, by group."""
    found: dict[str, float] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        for group, seconds in json.loads(line).items():
            found[group] = found.get(group, 0) + seconds
    return found


def table(spent: Mapping[str, float]) -> list[str]:
    """A line for each group, in the order of the budgets: what it took, and what it may take."""
    lines = [f"{'':<14} {'took':>8} {'budget':>8}"]
    for group, budget in BUDGETS.items():
        if group in spent:
            remark = "   too much" if is_too_much(group, spent[group]) else ""
            lines.append(f"{group:<14} {spent[group]:>6.0f} s {budget:>6} s{remark}")
    return lines


def is_too_much(group: str, seconds: float) -> bool:
    """Whether a group took half as much again as it may."""
    return seconds > BUDGETS[group] * TOO_MUCH


def main() -> int:
    """Print the table of a file, and fail where something took too much."""
    spent = read(Path(sys.argv[1]))
    print("\n".join(table(spent)))
    slow = [group for group, seconds in spent.items() if is_too_much(group, seconds)]
    if slow:
        print(f"Half as much again as the budget, or more: {', '.join(slow)}. See docs/testing.md.")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
