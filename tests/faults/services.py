"""Private PostgreSQL and Redis servers on free ports, to be killed, frozen and started again without harm to others."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.faults.waiting import free_port, is_listening, wait_until

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found.append(int(stat.parent.name))
    return found


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a server with all its processes, as a machine that swaps itself to death; then let it go on."""
    stopped = _family(pid)
    for each in stopped:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in stopped:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGCONT)


class PrivateRedis:
    """A Redis of our own on a port that can be dead, alive, or dead again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it listens."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, cwd=self.folder, **QUIET)
        wait_until(lambda: is_listening(self.port), seconds=10, what="Redis")

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Kill it, as a machine that loses power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=8)
            self._process = None


class PrivatePostgres:
    """A PostgreSQL of our own, with one empty database after the first start."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clinic-postgres-"))
        self.port = free_port()
        self.server_url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            os.chown(self.folder, pwd.getpwnam(self._user).pw_uid, -1)

    def start(self) -> None:
        """Start it, and wait until it answers; after a crash it recovers by itself."""
        data = self.folder / "data"
        if not data.exists():
            make = ["-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
            subprocess.run(
                [_postgres_program("initdb"), *make], cwd=self.folder, user=self._user, check=True, timeout=60, **QUIET
            )
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder), "fsync": "off"}
        given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [_postgres_program("postgres"), "-D", str(data), "-p", str(self.port), *given]
        self._process = subprocess.Popen(command, cwd=self.folder, user=self._user, **QUIET)
        wait_until(self._answers, seconds=30, what="PostgreSQL")

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.server_url, connect_timeout=3):
            return True
        return False

    @property
    def pid(self) -> int:
        """Its first process."""
        assert self._process is not None
        return self._process.pid

    def crash(self) -> None:
        """End it at once, with what it was doing: PostgreSQL's own "immediate shutdown"."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=20)
            self._process = None

    def remove(self) -> None:
        """Crash it for good."""
        self.crash()
        time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)


def has_redis_server() -> bool:
    """Whether this machine can run a Redis of our own."""
    return shutil.which("redis-server") is not None


def has_postgres_server() -> bool:
    """Whether this machine can run a PostgreSQL of our own."""
    return bool(_postgres_program("postgres"))


def _postgres_program(name: str) -> str:
    """Debian keeps the servers out of the PATH, one folder for each version."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return shutil.which(name) or (str(versions[-1]) if versions else "")
