"""The test's end of a race: starts the worker process on a database of its own, and reads the outcomes."""

import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
RUNNERS = 20

Step = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """How one runner's step ended: "ok" with its value, or "refused" or "error" with the exception's name and words."""

    kind: str
    value: Any = None
    name: str = ""
    words: str = ""


class Pool:
    """Runners in processes of their own, all on one database. `folder` is their VAR_DIR."""

    def __init__(self, vendor: str, folder: Path, env: dict[str, str]) -> None:
        self.vendor = vendor
        self.folder = folder
        self.log = folder / "worker.log"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.races.worker", str(RUNNERS)],
                cwd=ROOT,
                env=env,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def race(self, steps: list[Step], *, spread: float = 0) -> list[Outcome]:
        """Run the steps at once, each in a process of its own; their outcomes in the same order.

        Each starts up to `spread` seconds late, at random, so that over many rounds either side gets to be first.
        """
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"steps": steps, "spread": spread}) + "\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"The worker ended:\n{self.log.read_text()[-4000:]}"
        return [Outcome(**each) for each in json.loads(answer)]

    def do(self, step: str, **arguments: Any) -> Any:
        """Run one step alone, to set a race up or to look at what became of it; its value."""
        [done] = self.race([(step, arguments)])
        assert done.kind == "ok", done.words
        return done.value

    def close(self) -> None:
        """End the worker, and with it its runners."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


class Tally:
    """Counts the outcomes of rounds, for the line that a test prints."""

    def __init__(self) -> None:
        self.rounds = 0
        self.counts: Counter[str] = Counter()

    def add(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Count a round. Fails where a step ended in anything but success or a refusal by the product."""
        self.rounds += 1
        errors = [each.words for each in outcomes if each.kind == "error"]
        assert not errors, f"{len(errors)} of {len(outcomes)} ended in an error; the first:\n{errors[0]}"
        self.counts.update(each.name or each.kind for each in outcomes)
        return outcomes

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
        return f"{self.rounds} {'round' if self.rounds == 1 else 'rounds'}: {counts}"


def wins(outcomes: list[Outcome]) -> list[Any]:
    """The values of those that succeeded."""
    return [each.value for each in outcomes if each.kind == "ok"]


def refusals(outcomes: list[Outcome]) -> Counter[str]:
    """How often the product refused, by the class of its refusal."""
    return Counter(each.name for each in outcomes if each.kind == "refused")


@contextmanager
def sqlite_pool(folder: Path) -> Iterator[Pool]:
    """Runners on a new SQLite file in `folder`."""
    yield from _pool("sqlite", folder, f"sqlite:///{folder / 'races.sqlite3'}")


@contextmanager
def postgresql_pool(folder: Path, server: str) -> Iterator[Pool]:
    """Runners on a new database of the PostgreSQL server that `server`, an address, names; dropped afterwards."""
    name = f"clinic_races_{os.getpid()}_{secrets.token_hex(3)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield from _pool("postgresql", folder, urlunsplit(urlsplit(server)._replace(path=f"/{name}")))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _pool(vendor: str, folder: Path, database_url: str) -> Iterator[Pool]:
    env = _environment(folder, database_url)
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    done = subprocess.run(migrate, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pool = Pool(vendor, folder, env)
    try:
        yield pool
    finally:
        pool.close()


def _environment(folder: Path, database_url: str) -> dict[str, str]:
    """The product's own settings, with nothing of this machine's in them."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SITE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver",
        "VAR_DIR": str(folder),
        "DATABASE_URL": database_url,
        "CELERY_BROKER_URL": "filesystem://localhost/",
        # Races go on for long; those about the caps bring caps of their own.
        "INVITATION_CAPS": "administrator=1000000,account=1000000,recipient=1000000",
    }
