"""The product as it is run: a web server, a worker, a database, a broker and a mail server, each a real one.

Every wait has a limit. What a stack starts it stops, by the process group it started it in.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from uuid import uuid4

from bs4 import BeautifulSoup

from tests.faults.mail_servers import MailServer
from tests.faults.waiting import free_port, is_listening, wait_until

ROOT = Path(__file__).resolve().parents[2]
OWNER_PASSWORD = "correct horse battery"
Settings = dict[str, str]
PRODUCT_VARIABLES = {
    *(
        "DATABASE_URL",
        "CELERY_BROKER_URL",
        "CACHE_URL",
        "EMAIL_URL",
        "SITE_URL",
        "ALLOWED_HOSTS",
        "VAR_DIR",
        "SECRET_KEY",
    ),
    *("DEBUG", "TRUSTED_PROXIES", "INVITATION_DAYS", "REVERIFY_GRACE_SECONDS", "DJANGO_SETTINGS_MODULE"),
    *("REDIS_KEY_PREFIX", "DEFAULT_FROM_EMAIL", "SUPPORT_EMAIL", "PLAN_SEATS", "INVITATION_CAPS", "SIGN_IN_LIMITS"),
    "NETWORK_LIMITS",
    *("FIELD_ENCRYPTION_KEYS", "MAIL_PER_MINUTE", "MAIL_EVENTS_FROM", "MAIL_EVENTS_KEY", "CLOCK_AHEAD_SECONDS"),
    *("OUTBOX_PAGES", "OUTBOX_LEASE_SECONDS", "SUPPORT_REQUIRES_TWO_FACTOR", "SWEEP_SECONDS"),
    *("LEAKED_PASSWORDS_URL", "LEAKED_PASSWORDS_PATH"),
}


@dataclass
class Page:
    """An answer: its status, where it came from after redirects, and its HTML."""

    status: int
    url: str
    html: str
    seconds: float

    @property
    def json(self) -> Any:
        """What a machine reads."""
        return json.loads(self.html)

    @property
    def words(self) -> str:
        """What a person reads."""
        return " ".join(BeautifulSoup(self.html, "html.parser").get_text(" ").split())

    def hidden_fields(self, action: str | None = None) -> dict[str, str]:
        """The hidden fields of the form that posts to `action`, or to this page itself."""
        forms = BeautifulSoup(self.html, "html.parser").find_all("form")
        path = urllib.parse.urlsplit(self.url).path
        form = next(each for each in forms if each.get("action", path) == (action or path))
        return {each["name"]: each.get("value", "") for each in form.find_all("input", type="hidden")}


class Browser:
    """Cookies, forms and redirects over real HTTP."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))

    @property
    def cookies(self) -> str:
        """What this browser sends as its cookies."""
        return "; ".join(f"{each.name}={each.value}" for each in self._jar)

    def send_with_everything(self, header: str, value: str) -> None:
        """Add a header to every request from now on."""
        self._opener.addheaders.append((header, value))

    def get(self, address: str) -> Page:
        """Open a page."""
        return self._open(urllib.request.Request(self._full(address)))

    def submit(self, page: Page, *, action: str | None = None, **typed: str) -> Page:
        """Send a form of `page` with what was typed."""
        body = urllib.parse.urlencode({**page.hidden_fields(action), **typed}).encode()
        return self._open(urllib.request.Request(self._full(action or page.url), data=body))

    def _full(self, address: str) -> str:
        return address if address.startswith("http") else f"{self.site}{address}"

    def _open(self, request: urllib.request.Request) -> Page:
        began = time.monotonic()
        try:
            response = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as refused:
            response = refused
        with response:
            html = response.read().decode()
        return Page(response.status, response.url, html, time.monotonic() - began)


def sign_up(browser: Browser, *, email: str, clinic: str = "Harbour Physio") -> Page:
    """Open a clinic over HTTP, as its owner does."""
    names = {"clinic_name": clinic, "first_name": "Olive", "last_name": "Owens"}
    return browser.submit(browser.get("/signup/"), **names, email=email, password=OWNER_PASSWORD)


def add_user(browser: Browser, home: Page, *, first_name: str, email: str, practises: bool = False) -> Page:
    """Settings -> Users & practitioners -> Add user, in both its steps; returns the answer to the second."""
    form = browser.get(f"{urllib.parse.urlsplit(home.url).path}settings/users/new/")
    typed = {"first_name": first_name, "last_name": "Novak", "email": email, "mobile": ""}
    role, answer = ("practitioner", "yes") if practises else ("receptionist", "no")
    prompt = browser.submit(form, **typed, role=role, is_practitioner=answer)
    added = browser.submit(prompt, reverify_password=OWNER_PASSWORD)
    assert f"{first_name} Novak was added" in added.words, added.words
    return added


def link_in(message: EmailMessage) -> str:
    """The address of the mail's button, from its text."""
    text = message.get_body(("plain",)).get_content()
    return re.search(r"^https?://\S+", text, re.MULTILINE).group()


@dataclass
class Stack:
    """One installation: its folder, its environment, and the processes started in it."""

    folder: Path
    database_url: str
    email_url: str = ""
    broker_url: str = ""
    key_prefix: str = ""
    # Further settings, as environment variables.
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What every process of this installation sees. An empty value means not set."""
        inherited = {name: value for name, value in os.environ.items() if name not in PRODUCT_VARIABLES}
        inherited = {name: value for name, value in inherited.items() if not name.startswith("PYTEST")}
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "PYTHONPATH": str(ROOT),
            "SECRET_KEY": self._secret_key(),
            "SITE_URL": self.site,
            "ALLOWED_HOSTS": "127.0.0.1",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "EMAIL_URL": self.email_url,
            "CELERY_BROKER_URL": self.broker_url,
            "REDIS_KEY_PREFIX": self.key_prefix,
        }
        return {**inherited, **{name: value for name, value in {**own, **self.settings}.items() if value}}

    def _secret_key(self) -> str:
        kept = self.folder / "secret_key"
        if not kept.exists():
            kept.write_text(secrets.token_urlsafe(50))
        return kept.read_text()

    def browser(self) -> Browser:
        """A browser of its own."""
        return Browser(self.site)

    def run(self, *arguments: str, seconds: float = 120, settings: Settings | None = None) -> str:
        """Run Python with these arguments to its end, and return what it said."""
        command = [sys.executable, *arguments]
        env = {**self.environment, **(settings or {})}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stderr[-3000:]}"
        return done.stdout

    def act(self, name: str, *arguments: str, settings: Settings | None = None) -> Any:
        """Do something in this installation, in a process of its own; see acts.py."""
        said = self.run("-m", "tests.faults.acts", name, *arguments, settings=settings)
        return json.loads(said.splitlines()[-1])

    def start(self, name: str, *arguments: str, settings: Settings | None = None) -> None:
        """Start a process, with settings of its own; what it writes goes to `<name>.log` in the folder."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**self.environment, **(settings or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_web(self, *, workers: int = 1, settings: Settings | None = None) -> None:
        """Start gunicorn and wait until it answers."""
        bind = f"127.0.0.1:{self.port}"
        options = ["--bind", bind, f"--workers={workers}", "--threads=4"]
        self.start("web", "-m", "gunicorn", "clinic.wsgi", *options, settings=settings)
        wait_until(lambda: is_listening(self.port), seconds=30, what="the web server")
        assert self.browser().get("/healthz").status == 200, self.log("web")

    def start_worker(self, *, with_clock: bool = True, settings: Settings | None = None) -> None:
        """Start the worker, with its beat as bin/dev does; what is asked of it before it is up waits for it."""
        clock = ["-B"] if with_clock else []
        self.start("worker", "-m", "celery", "-A", "clinic", "worker", *clock, settings=settings)

    def start_clock(self) -> None:
        """Start beat by itself, as the Procfile does."""
        self.start("clock", "-m", "celery", "-A", "clinic", "beat", "--pidfile=")

    def worker_children(self) -> list[int]:
        """The processes in which tasks run, as each has said of itself (see settings.py) and still lives."""
        said = [int(path.name) for path in (self.folder / "pool").glob("[0-9]*")]
        return [pid for pid in said if Path(f"/proc/{pid}").exists()]

    def kill(self, name: str) -> None:
        """Kill a process with all it started, as a machine that loses power."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=8)

    def log(self, name: str) -> str:
        """What a process has written so far."""
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def wait_for_mail(self, server: MailServer, address: str, *, seconds: float) -> EmailMessage:
        """The first message for `address`; where none comes, the worker's log is part of the failure."""
        try:
            return server.wait_for(address, seconds=seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.log('worker')[-6000:]}") from late

    def wait_for_state(self, outbox_id: int, state: str, *, seconds: float) -> None:
        """Wait until a row of the outbox says so."""
        reached = lambda: self.act("row", str(outbox_id))["state"] == state  # noqa: E731
        wait_until(reached, seconds=seconds, what=f"row {outbox_id} to be {state}")

    def wait_for_health(self, status: int, *, seconds: float) -> Page:
        """Wait until /healthz/ready answers with this status, and return that answer."""

        def answered() -> Page | None:
            page = self.browser().get("/healthz/ready")
            return page if page.status == status else None

        page: Page = wait_until(answered, seconds=seconds, what=f"/healthz/ready to answer {status}")
        return page

    def stored_mail(self, address: str) -> list[EmailMessage]:
        """What the embedded set keeps as files instead of sending it."""
        files = sorted((self.folder / "mail").glob("*.eml"))
        found = [message_from_bytes(each.read_bytes(), policy=policy.default) for each in files]
        return [each for each in found if each["To"] == address]

    def is_running(self, name: str) -> bool:
        """Whether the process lives."""
        return self._processes[name].poll() is None

    def stop(self, name: str) -> None:
        """End a process and all it started; kill what does not end by itself."""
        process = self._processes.pop(name)
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
                process.wait(timeout=8)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        process.wait(timeout=8)

    def stop_all(self) -> None:
        """End everything that was started."""
        for name in list(self._processes):
            self.stop(name)


def new_key_prefix() -> str:
    """A name that tells what we leave in a shared Redis from everybody else's."""
    return f"clinic-faults-{uuid4().hex}:"
