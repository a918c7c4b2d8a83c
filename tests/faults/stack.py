"""The product as it is run: a web server, a worker, a database, a broker and a mail server, each a real one.

Every wait has a limit. What a stack starts it stops, by the process group it started it in.
"""

import asyncio
import json
import logging
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.controller import Controller
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
OWNER_PASSWORD = "correct horse battery"
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
    "FIELD_ENCRYPTION_KEYS",
}


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """Return the first true value of `condition`; fail in words where there is none within `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"Waited {seconds} s for {what}.")


def is_listening(port: int) -> bool:
    """Whether somebody takes connections on a loopback port."""
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class MailServer:
    """A real SMTP server on a loopback port, which keeps what it is given."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.seconds_to_answer = 0.0
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        logging.getLogger("mail.log").setLevel(logging.ERROR)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        """Take the message."""
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        await asyncio.sleep(self.seconds_to_answer)
        return "250 Taken"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def to(self, address: str) -> list[EmailMessage]:
        """The messages for one address."""
        return [message for message in list(self.received) if message["To"] == address]

    def wait_for(self, address: str, *, seconds: float) -> EmailMessage:
        """The first message for `address`."""
        message: EmailMessage = wait_until(
            lambda: next(iter(self.to(address)), None), seconds=seconds, what=f"mail to {address}"
        )
        return message


@dataclass
class Page:
    """An answer: its status, where it came from after redirects, and its HTML."""

    status: int
    url: str
    html: str
    seconds: float

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
        return {**inherited, **{name: value for name, value in own.items() if value}}

    def _secret_key(self) -> str:
        kept = self.folder / "secret_key"
        if not kept.exists():
            kept.write_text(secrets.token_urlsafe(50))
        return kept.read_text()

    def browser(self) -> Browser:
        """A browser of its own."""
        return Browser(self.site)

    def run(self, *arguments: str, seconds: float = 60) -> str:
        """Run Python with these arguments to its end, and return what it said."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False
        )
        assert done.returncode == 0, f"{arguments}: {done.stderr[-3000:]}"
        return done.stdout

    def act(self, name: str, *arguments: str) -> Any:
        """Do something in this installation, in a process of its own; see acts.py."""
        return json.loads(self.run("-m", "tests.faults.acts", name, *arguments).splitlines()[-1])

    def start(self, name: str, *arguments: str) -> None:
        """Start a process; what it writes goes to `<name>.log` in the folder."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_web(self, *, workers: int = 1) -> None:
        """Start gunicorn and wait until it answers."""
        bind = f"127.0.0.1:{self.port}"
        self.start("web", "-m", "gunicorn", "clinic.wsgi", "--bind", bind, f"--workers={workers}", "--threads=4")
        wait_until(lambda: is_listening(self.port), seconds=30, what="the web server")
        assert self.browser().get("/healthz").status == 200, self.log("web")

    def start_worker(self) -> None:
        """Start the worker with its beat, as the Procfile does; what is asked of it before it is up waits for it."""
        self.start("worker", "-m", "celery", "-A", "clinic", "worker", "-B")

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
        self._process = subprocess.Popen(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: is_listening(self.port), seconds=10, what="Redis")

    def stop(self) -> None:
        """Kill it, as a machine that loses power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=8)
            self._process = None


def has_redis_server() -> bool:
    """Whether this machine can run a Redis of our own."""
    return shutil.which("redis-server") is not None


def new_key_prefix() -> str:
    """A name that tells what we leave in a shared Redis from everybody else's."""
    return f"clinic-faults-{uuid4().hex}:"
