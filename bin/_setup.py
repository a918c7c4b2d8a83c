"""What bin/dev, bin/test and bin/check share: the Python check, the virtual environment, and running commands.

Standard library only, since it runs before anything is installed. It keeps to syntax that an older Python can read, so
that such a Python gets as far as the plain message below.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        f"Python 3.11 or newer is needed; {sys.executable} is Python {sys.version_info[0]}.{sys.version_info[1]}.\n"
        "Install it (Debian 12, Ubuntu 24.04 and later: apt install python3 python3-venv), or name a newer one\n"
        f"that is already here, for example: python3.12 {sys.argv[0]}"
    )

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
RUNTIME = ("requirements.txt",)
DEVELOPMENT = ("requirements.txt", "requirements-dev.txt")
SECONDS_TO_STOP = 15
# The first is the same browser without windows, which needs half as much of the processor.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
TRUE_WORDS = {"1", "true", "yes", "y", "on", "t"}
# On Linux what we start is told to end if we are killed outright.
ENDS_WITH_PARENT = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
# Whoever tries things out on their own machine does so again and again, and all from one IP address; so do tests.
LIMITS_FOR_ONE_MACHINE = (
    "sign_up=1000,invitations=1000,new_invitation=1000,password_reset=1000,confirmation=1000,support_request=1000"
)

Command = Sequence[str | Path]
Environment = Mapping[str, str]


class Problem(Exception):
    """Something the person at the keyboard can put right. Its text is shown as it is, without a traceback."""


class Stopped(Exception):
    """A signal asked the script to end. `number` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by signal {number}")
        self.number = number


# Signals only leave a note, and every wait looks at it. A handler that raised could strike between starting a process
# and remembering it, and so leave that process behind.

_signals: list[int] = []


def listen_for_signals() -> None:
    """Take note of Ctrl-C, SIGTERM and a closed terminal (unless started under nohup)."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: _signals.append(received))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda received, _frame: _signals.append(received))


def raise_if_stopped() -> None:
    """Raise Stopped where a signal has asked the script to end."""
    if _signals:
        raise Stopped(_signals[0])


def main(script: Callable[[], int]) -> NoReturn:
    """Run `script`, and end this process with the status it returns or the one that fits its exception."""
    listen_for_signals()
    try:
        status = script()
        sys.stdout.flush()
    except Problem as problem:
        print(problem, file=sys.stderr)
        status = 1
    except Stopped as stopped:
        status = 128 + stopped.number
    except BrokenPipeError:
        status = 1
    if status:
        # Nobody may be reading our output any more; without this Python reports that at exit.
        _silence_broken_output()
    sys.exit(status)


def _silence_broken_output() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str = "") -> None:
    """Print one line now, whether a person or a pipe reads it."""
    print(text, flush=True)


# Processes


def start(
    command: Command, env: Environment, output: int | IO[str] | None = None, errors: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` in the project's folder, in a process group of its own and without standard input.

    Its own group keeps a Ctrl-C in the terminal from reaching it at the same time as us, so we end things in order. Its
    standard error goes to `errors`, or without that into a piped `output`.
    """
    return subprocess.Popen(
        [str(part) for part in (*ENDS_WITH_PARENT, *command)],
        cwd=ROOT,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors or (subprocess.STDOUT if output == subprocess.PIPE else None),
        start_new_session=True,
    )


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to `process` and everything it started that is still in its group."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers PermissionError for a group whose members have all ended.
        return


def run(command: Command, env: Environment, *, show: bool = False, errors: IO[bytes] | None = None) -> tuple[int, str]:
    """Run `command` to its end. Returns its exit status, and its output unless that was shown as it came.

    With `errors`, its standard error goes there and not into the output. Raises Stopped, after ending the command, if a
    signal arrives meanwhile.
    """
    process = start(command, env, None if show else subprocess.PIPE, errors)
    chunks: list[bytes] = []
    reader = threading.Thread(target=_collect, args=(process, chunks), daemon=True)
    reader.start()
    try:
        while process.poll() is None:
            raise_if_stopped()
            time.sleep(0.02)
    except Stopped:
        _end(process)
        raise
    reader.join(timeout=1)
    return process.returncode, b"".join(chunks).decode(errors="replace")


def _collect(process: subprocess.Popen[bytes], chunks: list[bytes]) -> None:
    if process.stdout:
        chunks.extend(iter(lambda: os.read(process.stdout.fileno(), 65536), b""))  # type: ignore[union-attr]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a command to end as Ctrl-C would; after a while, make it."""
    signal_group(process, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_STOP)
    signal_group(process, signal.SIGKILL)
    process.wait()


def require(command: Command, env: Environment, failed: str) -> str:
    """Run `command` and return its output, or raise Problem with `failed` and what it printed."""
    status, output = run(command, env)
    if status:
        raise Problem(f"{output.rstrip()}\n\n{failed}")
    return output


def browser_path() -> str | None:
    """Where Chromium is: what CHROMIUM names, else the first one on PATH; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)


# The virtual environment


def prepare_venv(*, development: bool) -> None:
    """Make .venv if it is not there, and install the requirements if they have changed since the last time."""
    if VENV.is_symlink():
        raise Problem(
            f"{VENV} is a symbolic link to {VENV.resolve()}. Each folder needs a virtual environment of its own, and\n"
            f"making it here would empty that one. Remove the link (rm {VENV}), then run this again."
        )
    with _one_at_a_time():
        names = DEVELOPMENT if development else RUNTIME
        stamp = VENV / (".installed-development" if development else ".installed-runtime")
        if _read(stamp) == _fingerprint(names) and _venv_version() is not None:
            return
        if _venv_version() is None:
            _make_venv()
        _install(names[-1])
        stamp.write_text(_fingerprint(names))


def go_on_in_venv() -> None:
    """Begin anew in .venv's Python, unless this is the one: it has the libraries."""
    if Path(sys.prefix) != VENV:
        os.execv(PYTHON, [PYTHON, *sys.argv])  # noqa: S606


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold a lock on the project's folder, so that two scripts do not install at once."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        if not _try_lock(folder):
            say("Another script is installing here; waiting for it.")
        while not _try_lock(folder):
            raise_if_stopped()
            time.sleep(0.2)
        yield
    finally:
        os.close(folder)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fingerprint(names: Sequence[str]) -> str:
    """What decides whether to install again: the files, the Python, and the folder."""
    parts = [str(VENV), str(_venv_version()), *((ROOT / name).read_text() for name in names)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _venv_version() -> str | None:
    """The Python version of .venv, or None where it is missing, broken, moved or too old."""
    command = [PYTHON, "-c", "import pip, sys; print(sys.prefix, *sys.version_info[:2])"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    prefix, major, minor = found.stdout.rsplit(maxsplit=2)
    # A copied or renamed .venv runs, but its tools still name the Python of the old place.
    in_place = Path(prefix) == VENV and str(VENV) in (_read(VENV / "bin" / "pip") or "")
    return f"{major}.{minor}" if in_place and (int(major), int(minor)) >= (3, 11) else None


def _make_venv() -> None:
    _check_venv_module()
    say(f"Making a virtual environment in {VENV} with Python {sys.version.split()[0]}.")
    # The Python underneath, should this one itself be the virtual environment that has to be made again.
    base = getattr(sys, "_base_executable", sys.executable)
    require([base, "-m", "venv", "--clear", VENV], os.environ, "Making the virtual environment failed.")


def _check_venv_module() -> None:
    try:
        import ensurepip
        import venv  # noqa: F401

        ensurepip.version()
    except (ImportError, AttributeError):
        short = f"python3.{sys.version_info[1]}-venv"
        raise Problem(
            f"Python's venv module is not complete on this machine ({sys.executable}), so nothing can be installed.\n"
            f"On Debian and Ubuntu install it with: apt install python3-venv (or {short}). Then run this again."
        ) from None


def _install(name: str) -> None:
    say(f"Installing what {name} lists. This is needed the first time, and when the list changes.")
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", name]
    require(
        command,
        os.environ,
        f"Installing {name} failed: see above. pip has to reach the package index it is set up for;\n"
        "behind a proxy or with a mirror, set that up for pip first. Then run this again.",
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


# Settings


def is_true(value: str) -> bool:
    """Whether a setting's text means yes."""
    return value.strip().lower() in TRUE_WORDS


def read_dotenv() -> dict[str, str]:
    """The names set in the `.env` file, which the product reads itself: a default here must not win over it."""
    text = _read(ROOT / ".env") or ""
    found = re.findall(r"^\s*(?:export\s+)?(\w+)\s*=[ \t]*(.*?)\s*$", text, re.MULTILINE)
    return {name: value.strip("'\"") for name, value in found}


def new_secret_key() -> str:
    """A SECRET_KEY of 400 random bits."""
    return secrets.token_urlsafe(50)


SETTINGS = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DEBUG", "ALLOWED_HOSTS", "SITE_URL", "VAR_DIR", "DATABASE_URL"),
    *("CELERY_BROKER_URL", "CACHE_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "SUPPORT_EMAIL", "FIELD_ENCRYPTION_KEYS"),
    *("MAIL_PER_MINUTE", "MAIL_EVENTS_FROM", "MAIL_EVENTS_KEY", "OUTBOX_PAGES", "OUTBOX_LEASE_SECONDS"),
    *("TRUSTED_PROXIES", "REVERIFY_GRACE_SECONDS", "INVITATION_DAYS", "INVITATION_CAPS", "PLAN_SEATS"),
    *("SESSION_ABSOLUTE_DAYS", "SIGN_IN_LIMITS", "NETWORK_LIMITS", "SUPPORT_REQUIRES_TWO_FACTOR", "WORKER_CONCURRENCY"),
    *("TWO_FACTOR_RECOVERY_HOURS", "LEAKED_PASSWORDS_URL", "LEAKED_PASSWORDS_PATH"),
)


def own_settings(var_dir: str, **settings: str) -> dict[str, str]:
    """An environment for tests and checks that what is set on this machine, also in `.env`, does not change."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return {**kept, "ENV_FILE": os.devnull, "VAR_DIR": var_dir, "SECRET_KEY": new_secret_key(), **settings}


def in_words(seconds: float) -> str:
    """A duration for people: `48.2 s`, or `3 min 05 s` from a minute on."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
