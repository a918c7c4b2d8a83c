"""What each group of tests takes, for bin/test: it names a file in GROUPS_FILE, and prints the table at the end."""

import json
import os
from collections import Counter
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pytest

FILE = "GROUPS_FILE"
APPS = {"accounts": "server", "practitioners": "practitioners", "clinic": "clinic"}
WAITING = "faults"

_seconds: Counter[str] = Counter()
_tests: Counter[str] = Counter()


def group_of(nodeid: str) -> str:
    """The group that a test belongs to, by the folder it is in."""
    first, _, rest = nodeid.partition("/")
    return APPS.get(first) or rest.partition("/")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first, what waits in turn with what does not, so that every core is busy until the end.

    Otherwise tests stay in the order that was drawn for them. bin/test hands them out in this order.
    """
    waiting: dict[str, list[pytest.Item]] = {}
    busy: dict[str, list[pytest.Item]] = {}
    others: list[pytest.Item] = []
    for item in items:
        group = group_of(item.nodeid)
        if group in APPS.values():
            others.append(item)
        else:
            (waiting if group == WAITING else busy).setdefault(_unit(item), []).append(item)
    in_turn = chain.from_iterable(zip_longest(waiting.values(), busy.values(), fillvalue=()))
    items[:] = [*chain.from_iterable(in_turn), *others]


def _unit(item: pytest.Item) -> str:
    """What goes to one worker as a whole."""
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark else item.nodeid


def pytest_runtest_logreport(report: Any) -> None:
    """Count the time of a test, its set-up and what it leaves to be done after it."""
    if FILE in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        _seconds[group_of(report.nodeid)] += report.duration
        _tests[report.nodeid] += report.duration


def pytest_sessionfinish() -> None:
    """Write down what was counted."""
    path = os.environ.get(FILE)
    if path and "PYTEST_XDIST_WORKER" not in os.environ:
        Path(path).write_text(json.dumps({"groups": _seconds, "tests": dict(_tests.most_common(40))}))
