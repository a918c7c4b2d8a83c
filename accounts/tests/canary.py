"""Secrets that are marked, and the places where none of them may turn up (A52)."""

import base64
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.crypto import get_random_string

from accounts.identity.two_factor.backup_codes import codes as backup_codes
from accounts.identity.two_factor.totp import codes as totp
from accounts.models import Member
from accounts.tests.links import path_in, unpacked_sessions
from clinic.log import logging_config
from conftest import Cast

LOGGERS = ("", "django", "django.server")
# Django makes a new one each time a form is shown, out of one in a cookie; both let a form through.
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# The cookies that are secret, by how their names start.
COOKIES = {
    settings.SESSION_COOKIE_NAME: "session key",
    settings.CSRF_COOKIE_NAME: "form token",
    "trusted-": "trusted browser",
    # Each lets whoever has it go on as who opened a link.
    **dict.fromkeys(("invitation", "confirmation", "new-address", "objection", "recovery", "reset"), "opened link"),
}

# Where a kind of secret has to be, or it would be of no use.
ALLOWED = {
    # What an administrator may copy, and hand over by other means.
    ("link", "pages"),
    ("link", "mail"),
    ("confirmation link", "mail"),
    # What is typed as an address comes back with the form, and the throttle counts by it for a while.
    ("password as an address", "pages"),
    ("password as an address", "tables"),
    ("objection link", "mail"),
    ("recovery link", "mail"),
    ("form token", "pages"),
    ("reset link", "mail"),
    # They are shown to be scanned, or written down.
    ("new seed", "pages"),
    ("new backup code", "pages"),
    # What was refused is there again to be corrected, and was of no use.
    ("wrong code", "pages"),
    ("used code", "pages"),
    ("used backup code", "pages"),
}
# What is shorter than this can stand in a longer number or word by chance, and is searched for as a word of its own.
SHORT = 8


@dataclass
class Stage:
    """Where flows play: the cast, browsers, mail, and every secret that has been in use."""

    cast: Cast
    deliver: Callable[[], list[EmailMessage]]
    secrets: list[tuple[str, str]] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    mail: list[EmailMessage] = field(default_factory=list)

    def password(self) -> str:
        """A password nobody has used yet. Marked, so that it stands nowhere by chance."""
        return self.add("password", f"canary {get_random_string(12)} sings {get_random_string(12)}")

    def add(self, kind: str, secret: str) -> str:
        """Watch out for `secret` from now on."""
        self.secrets.append((kind, secret))
        return secret

    def seed(self, kind: str, seed: str) -> str:
        """Watch out for the secret of an app, as it is kept and as it is shown."""
        self.add(kind, totp.in_groups(seed))
        return self.add(kind, seed)

    def backup_code(self, kind: str, written: str) -> str:
        """Watch out for a backup code, as it is written down, as it is read, and for what is secret in it."""
        typed = backup_codes.typed(written)
        self.add(kind, typed)
        self.add(kind, backup_codes.name_and_secret(typed)[1])
        return self.add(kind, written)

    def browser(self) -> "Watched":
        """A browser whose cookies and form tokens are watched out for, and whose pages are looked through."""
        return Watched(self)

    def signed_in(self, who: Member) -> tuple["Watched", str]:
        """A browser of somebody who has shown a new password in it, which is watched out for."""
        password, browser = self.password(), self.browser()
        who.user.set_password(password)
        who.user.save()
        answer = browser.send("/login/", {"email": who.user.email, "password": password})
        assert answer.status_code == 302, answer.content
        return browser, password

    def look_at_database(self) -> None:
        """Keep what it holds now: what is gone at the end could be stolen until then."""
        self.tables.append(tables())
        self.sessions.append(sessions())

    def page(self, name: str, *args: object) -> str:
        """The address of a page of the clinic."""
        return reverse(f"accounts:{name}", args=[self.cast.clinic.slug, *args])

    def link_in_mail(self, kind: str = "link") -> str:
        """The address of the button in the mail that is sent now; what is secret in it is watched out for."""
        return self.watched_link(kind, self.new_mail()[-1])

    def new_mail(self) -> list[EmailMessage]:
        """Send what is due; the messages."""
        before = len(self.mail)
        self.mail = list(self.deliver())
        return self.mail[before:]

    def watched_link(self, kind: str, message: EmailMessage) -> str:
        """The address of a message's button; what is secret in it is watched out for."""
        address = path_in(message)
        self.add(kind, max(address.split("/"), key=len))
        return address


class Watched(Client):
    """A browser that is told all its secrets from, and that shows error pages as people see them."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(raise_request_exception=False, enforce_csrf_checks=True)
        self.stage = stage

    def request(self, **request: object) -> HttpResponse:
        answer = super().request(**request)
        text = "" if answer.streaming else answer.content.decode()
        self.stage.pages.append(f"{answer.status_code} {answer.headers} {text}")
        self.stage.look_at_database()
        for token in FORM_TOKEN.findall(text):
            self.stage.add("form token", token)
        for name, cookie in answer.cookies.items():
            kind = next((kind for start, kind in COOKIES.items() if name.startswith(start)), None)
            if kind and cookie.value:
                self.stage.add(kind, cookie.value)
        return answer

    def send(self, address: str, form: dict[str, object]) -> HttpResponse:
        """Send a form with its token, as from a page of ours."""
        if settings.CSRF_COOKIE_NAME not in self.cookies:
            self.get("/login/")
        return self.post(address, {**form, "csrfmiddlewaretoken": self.cookies[settings.CSRF_COOKIE_NAME].value})


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Everything that is written to the log, in the product's own format."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    formatter = logging_config(debug=False)["formatters"]["events"]
    handler.setFormatter(formatter.pop("()")(**formatter))
    for name in LOGGERS:
        logging.getLogger(name).addHandler(handler)
    try:
        yield written
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(handler)


def broker_files() -> set[Path]:
    """The files of the embedded broker."""
    return set(Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"]).iterdir())


def messages_in(files: set[Path]) -> str:
    """What stands in files of the broker, with what is packed in them."""
    texts = [path.read_text() for path in files]
    return "\n".join([*texts, *(base64.b64decode(json.loads(text)["body"]).decode() for text in texts)])


def tables() -> str:
    """Every row of every table but those of sessions: mail that is owed and the throttle's rows, too."""
    models = [each for each in apps.get_models(include_auto_created=True) if each.__name__ != "Session"]
    return "\n".join(f"{each._meta.label} {row}" for each in models for row in each._base_manager.values())


def sessions() -> str:
    """The sessions, with what is packed in them."""
    session = apps.get_model("sessions.Session")
    return f"{list(session._base_manager.values_list('session_key', flat=True))} {unpacked_sessions()}"


def mails(messages: list[EmailMessage]) -> str:
    """The messages, with all their parts."""
    return "\n".join(
        f"{each.subject} {each.body} {[str(part) for part in each.alternatives]} {each.extra_headers}"
        for each in messages
    )


def leaks(stage: Stage, places: dict[str, str]) -> list[str]:
    """Where a secret turned up that may not be there: its kind, the place, and what stands around it."""
    found = []
    for kind, secret in dict.fromkeys(stage.secrets):
        for place, text in places.items():
            at = _place_of(secret, text)
            if at >= 0 and (kind, place) not in ALLOWED:
                found.append(f"a {kind} in {place}: …{text[max(0, at - 120) : at + 120]}…")
    return found


def _place_of(secret: str, text: str) -> int:
    """Where `secret` starts in `text`; -1 where it is not there."""
    if len(secret) >= SHORT:
        return text.find(secret)
    # The microseconds of a moment have six digits, too: "17.123456Z", or "17, 123456, tzinfo=".
    match = re.search(rf"(?<![\w.]){re.escape(secret)}(?!\w|, tzinfo=)", text)
    return match.start() if match else -1
