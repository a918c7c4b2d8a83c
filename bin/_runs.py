"""What bin/test, bin/anyday and bin/walk share: running pytest, today or on another day. Standard library only."""

import _setup  # isort: skip  (first, as it refuses a Python that is too old in plain words)

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

APPS = ("accounts", "practitioners", "clinic")
MOST_WORKERS = 4
FAKETIME = "faketime"
NO_FAKETIME = f"{FAKETIME} is not found (on Debian and Ubuntu: apt install {FAKETIME})"


@dataclass(frozen=True)
class Day:
    """When and where tests run: the moment at which they begin, in UTC, and the machine's time zone."""

    moment: str
    zone: str
    why: str = ""


@dataclass(frozen=True)
class Run:
    """How a run of pytest went: its exit status, how long it took, and what its groups and the slowest tests took.

    One that is a group of its own has its name.
    """

    title: str
    status: int
    seconds: float
    groups: Mapping[str, float] = field(default_factory=dict)
    tests: Mapping[str, float] = field(default_factory=dict)
    group: str = ""

    @property
    def spent(self) -> Mapping[str, float]:
        """Seconds by the groups that have a budget."""
        return {self.group: self.seconds} if self.group else self.groups


def has_faketime() -> bool:
    """Whether the clock can be moved here."""
    return shutil.which(FAKETIME) is not None


def on(day: Day) -> tuple[list[str], dict[str, str]]:
    """What a command begins with, and the variables that it gets, to run on that day.

    All clocks that tell the time are moved, SQLite's own and those of child processes, too. The one that only counts
    seconds is not, as Python 3.11 and later wait by it in a way that faketime 0.9.10 does not know of, and for ever.
    Nor are the times of files: Python would compile all of its own again.
    """
    ahead = datetime.fromisoformat(day.moment).replace(tzinfo=UTC).timestamp() - time.time()
    path = [str(_setup.ROOT / "bin" / "moved"), *filter(None, [os.environ.get("PYTHONPATH")])]
    unmoved = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    variables = {"TZ": day.zone, "PYTHONPATH": os.pathsep.join(path), **unmoved}
    return [FAKETIME, "-f", f"{ahead:+.0f}"], variables


def pytest_environment(var_dir: str, found: dict[str, str]) -> dict[str, str]:
    """What pytest sees: settings of its own, and what tests may use. A service that does not answer is not named."""
    names = ("TEST_DATABASE_URL", "TEST_REDIS_URL", "CHROMIUM")
    env = _setup.own_settings(var_dir, SITE_URL="http://testserver", ALLOWED_HOSTS="testserver,localhost,127.0.0.1")
    # What was compiled is kept: the assertions of every test are rewritten, which takes longer than to collect them.
    env = {name: value for name, value in env.items() if name not in (*names, "PYTHONDONTWRITEBYTECODE")}
    return {**env, **found, "REQUIRE_SERVICES": "1" if services_are_required() else ""}


def services_are_required() -> bool:
    """Whether what is missing is a failure."""
    return _setup.is_true(os.environ.get("REQUIRE_SERVICES", ""))


def worker_count() -> int:
    """One more than there are cores this process may use, from 3 to 5: what waits for a fault to pass needs no core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return min(MOST_WORKERS, max(2, cores)) + 1


def run_pytest(title: str, arguments: Sequence[str], env: dict[str, str], day: Day | None = None) -> Run:
    """Run pytest once, today or on another day, and show what it says."""
    _setup.say(f"\n== {title} ==")
    began = time.monotonic()
    first, variables = on(day) if day else ([], {})
    options = ["-n", str(worker_count()), "--dist=loadgroup", "--no-loadscope-reorder"]
    command = [*first, _setup.PYTHON, "-m", "pytest", *options, *arguments]
    with tempfile.TemporaryDirectory(prefix="clinic-times-") as folder:
        times = Path(folder, "times.json")
        status, _ = _setup.run(command, {**env, **variables, "GROUPS_FILE": str(times)}, show=True)
        spent = json.loads(times.read_text()) if times.exists() else {"groups": {}, "tests": {}}
    return Run(title, status, time.monotonic() - began, **spent)
