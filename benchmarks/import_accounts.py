"""Bringing accounts over: the most memory that the command takes, for 10,000 and for 100,000 people, and the time.

Each import is a process of its own, as whoever runs the site starts it. The people are in accounts of 20, and then all
in one account, which is one transaction.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import _bench

FEW, MANY = 10_000, 100_000
PEOPLE_OF_A_CLINIC = 20
LIMIT_SECONDS = 600
# What the larger file may take more than the smaller: the references of 5,000 accounts, and what allocators keep.
LIMIT_GROWTH_MB = 32

HEADER = "account,account_name,account_created,email,first_name,last_name,role,is_practitioner,is_active\n"

_bench.start()

from accounts.models import Member  # noqa: E402


def write_file(path: Path, *, people: int, of_a_clinic: int) -> None:
    """A file of so many people with an address each; every clinic has an administrator and some practitioners."""
    with path.open("w") as file:
        file.write(HEADER)
        for number in range(people):
            clinic, place = divmod(number, of_a_clinic)
            role = "receptionist" if place else "administrator"
            sees_patients = "yes" if 0 < place <= 4 else "no"
            about = f"{path.stem}-{clinic},Clinic {clinic} of {path.stem},2018-05-31"
            who = f"person{number}@{path.stem}.example,First{number},Last{number}"
            file.write(f"{about},{who},{role},{sees_patients},yes\n")


@dataclass
class Taken:
    """What an import took: seconds by the clock and of the processor, and the process's megabytes at its largest."""

    wall: float
    processor: float
    megabytes: float


def run(path: Path) -> Taken:
    """Import a file. The work of a database server is not in the processor's time."""
    command = [sys.executable, "manage.py", "import_accounts", str(path), "--commit", "--quiet"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=_bench.ROOT, stdout=subprocess.DEVNULL) as process:
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return Taken(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure(report: _bench.Report, shape: str, *, of_a_clinic: int) -> None:
    """Import both sizes and print them."""
    peaks = []
    for people in (FEW, MANY):
        path = Path(os.environ["VAR_DIR"]) / f"{shape.replace(' ', '-')}-{people}.csv"
        write_file(path, people=people, of_a_clinic=of_a_clinic)
        before = Member.objects.count()
        taken = run(path)
        assert Member.objects.count() == before + people
        peaks.append(taken.megabytes)
        report.line(f"{people:,} people, {shape}: time", taken.wall, "s", limit=LIMIT_SECONDS)
        report.line("the same, processor time", taken.processor, "s")
        report.line("the same, peak memory", taken.megabytes, "MB")
    report.line(f"{shape}: growth of the peak", peaks[1] - peaks[0], "MB", limit=LIMIT_GROWTH_MB)


def main() -> None:
    """Measure both shapes."""
    report = _bench.Report()
    measure(report, "20 to a clinic", of_a_clinic=PEOPLE_OF_A_CLINIC)
    measure(report, "all in one clinic", of_a_clinic=MANY)
    report.finish()


if __name__ == "__main__":
    main()
