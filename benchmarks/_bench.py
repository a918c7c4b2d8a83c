"""What the benchmarks share: a fresh product in a temporary folder, people in it, and figures beside their limits.

Import this before anything of the product: it sets the environment that the settings are read from.
"""

import atexit
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"
DECIMALS = {"queries": 0, "ms": 1, "s": 2, "MB": 0, "%": 1}
sys.path.insert(0, str(ROOT))


def start(**extra: str) -> None:
    """Make a temporary VAR_DIR and database, migrate, collect static files, set Django up. All of it goes at exit.

    DATABASE_URL, where set, names a PostgreSQL server; the benchmark makes a database of its own there.
    """
    folder = tempfile.TemporaryDirectory(prefix="clinic-benchmark-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    server = os.environ.get("DATABASE_URL", "")
    database = _own_database(server) if server.startswith("postgres") else f"sqlite:///{folder.name}/clinic.sqlite3"
    for name in ("DEBUG", "EMAIL_URL", "CACHE_URL", "TRUSTED_PROXIES", "REVERIFY_GRACE_SECONDS"):
        os.environ.pop(name, None)
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SITE_URL": "http://testserver",
            "ALLOWED_HOSTS": "testserver",
            "VAR_DIR": folder.name,
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": "filesystem://localhost/",
            **extra,
        }
    )
    for command in (["migrate"], ["collectstatic", "--noinput"]):
        subprocess.run([sys.executable, "manage.py", *command, "--verbosity=0"], cwd=ROOT, check=True)
    import django

    django.setup()
    from django.db import connection

    python = sys.version.split()[0]
    print(f"{connection.display_name}, {os.cpu_count()} cores, Python {python}, Django {django.__version__}")
    # What else runs on this machine is in every figure below.
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")


def _own_database(server: str) -> str:
    import psycopg
    from psycopg import sql

    name = f"clinic_benchmark_{os.getpid()}"

    def run(statement: str) -> None:
        with psycopg.connect(urlunsplit(urlsplit(server)._replace(path="/postgres")), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    def drop() -> None:
        from django.db import connections

        connections.close_all()
        run("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    run("CREATE DATABASE {}")
    atexit.register(drop)
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def make_clinic(slug: str, *, members: int = 1) -> int:
    """A clinic on the largest plan with that many joined people; the id of the first, its administrator."""
    from django.utils import timezone

    from accounts.models import Account, Member, User

    now = timezone.now()
    # One hash for all: hashing a thousand passwords would take longer than the benchmark.
    first = User.objects.create_user(f"person0@{slug}.example", PASSWORD)
    others = [User(email=f"person{number}@{slug}.example", password=first.password) for number in range(1, members)]
    users = [first, *User.objects.bulk_create(others)]
    User.objects.filter(pk__in=[user.pk for user in users]).update(email_confirmed_at=now)
    account = Account.objects.create(name=slug, slug=slug, plan="enterprise", creator=first)
    people = [
        Member(
            account=account,
            user=user,
            first_name=f"First{number}",
            last_name=f"Last{number:04}",
            role="receptionist" if number else "administrator",
            joined_at=now,
        )
        for number, user in enumerate(users)
    ]
    administrator: int = Member.objects.bulk_create(people)[0].pk
    return administrator


def new_person(number: int) -> dict[str, str]:
    """What the form Add user sends for one more person."""
    return {
        "first_name": "Nina",
        "last_name": f"Novak{number}",
        "email": f"nina{number}@benchmark.example",
        "mobile": "",
        "role": "receptionist",
        "is_practitioner": "no",
        "submission": str(uuid4()),
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of 100 do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


class Report:
    """Prints figures, and remembers whether one was beyond its limit."""

    def __init__(self) -> None:
        self.is_within = True

    def line(self, what: str, value: float, unit: str, *, limit: float | None = None) -> None:
        """Print a figure, and beside it the limit and whether it holds, where there is one."""
        figure = f"{value:.{DECIMALS[unit]}f}"
        verdict = "" if limit is None else f"limit {limit:g} {unit}: {'within' if value <= limit else 'BEYOND'}"
        self.is_within = self.is_within and (limit is None or value <= limit)
        print(f"{what:<58} {figure:>8} {unit:<8} {verdict}".rstrip())

    def finish(self) -> None:
        """End with status 1 where a limit was not held."""
        sys.exit(0 if self.is_within else 1)
