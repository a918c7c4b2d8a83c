"""Rules about settings that are more than a value: what is refused, and what is derived.

Kept apart from `settings.py` so that each rule can be read, and tested, without starting Django.
"""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from email.utils import getaddresses
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured, ValidationError

from accounts.text import validate_address, validate_single_line

LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1", "testserver"}
SHORTEST_SECRET_KEY = 50
FEWEST_DIFFERENT_CHARACTERS = 5
# How many practitioners each plan has room for, from the smallest plan to the largest (C11).
PLAN_SEATS = {"solo": 1, "small": 5, "medium": 8, "large": 12, "extra_large": 25, "enterprise": 200}
# How many invitations may be mailed: by one administrator in an hour, from one account in a day, and to one address in
# a day, over all accounts (A51).
INVITATION_CAPS = {"administrator": 60, "account": 200, "recipient": 5}
# How many wrong passwords or codes are taken before one has to wait (A8): with one address from one place, with one
# address from everywhere, from one place with all addresses, and in a browser where the person has signed in before.
SIGN_IN_LIMITS = {"address_and_place": 5, "address": 10, "place": 50, "known_browser": 5}
# How often strangers may ask for something from one IP address (A63): in an hour create clinics, ask for a new
# invitation, a password reset or a confirmation email; in a day invite people before the creator is confirmed.
NETWORK_LIMITS = {
    "sign_up": 5,
    "invitations": 10,
    "new_invitation": 10,
    "password_reset": 20,
    "confirmation": 10,
    "support_request": 10,
}
DJANGOS_SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Mail providers that sign what they report: what is not signed could come from anybody.
MAIL_PROVIDERS = ("mailgun", "mailersend", "mandrill", "postal")


@dataclass(frozen=True)
class Site:
    """Where the product is reached: `url` without a trailing slash, and what follows from it."""

    url: str
    host: str
    is_https: bool

    @property
    def netloc(self) -> str:
        """The host with its port, where that is not the usual one."""
        return urlsplit(self.url).netloc

    @property
    def mail_domain(self) -> str:
        """What stands after the @ of our own addresses: a number, as of this machine, is no domain."""
        return "localhost" if self.host in LOOPBACK_HOSTS else self.host


@dataclass(frozen=True)
class MailEvents:
    """Who reports of mail that came back, and the key that shows that it is they; no `provider`, no reports."""

    provider: str = ""
    key: str = ""


@dataclass(frozen=True)
class Defaults:
    """What stands for a setting that is not set."""

    secret_key: str = ""
    site_url: str = ""
    allowed_hosts: list[str] = field(default_factory=list)


def debug_defaults(folder: Path) -> Defaults:
    """Defaults for DEBUG only: this machine, and a key made once and kept in `folder`, the same for web and worker."""
    kept = folder / "secret_key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(SHORTEST_SECRET_KEY))
    return Defaults(kept.read_text().strip(), "http://127.0.0.1:8000", ["localhost", "127.0.0.1"])


def check_secret_key(key: str) -> str:
    """Return `key`, or raise ImproperlyConfigured if it is missing or could be guessed."""
    if len(key) >= SHORTEST_SECRET_KEY and len(set(key)) >= FEWEST_DIFFERENT_CHARACTERS:
        return key
    raise ImproperlyConfigured(
        "SECRET_KEY is missing or too weak. Set it to at least 50 random characters, for example the output of: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )


def field_encryption_keys(given: list[str], secret_keys: list[str]) -> list[str]:
    """The keys for what the database must not be able to read (A33): those of `given`, then some made of `secret_keys`.

    The first encrypts, all decrypt: what was encrypted before there was a key of its own stays readable. Raises
    ImproperlyConfigured for one that is not 32 bytes in base64.
    """
    for key in given:
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                "FIELD_ENCRYPTION_KEYS holds something that is no key. Make one with: "
                "python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
            ) from error
    return [*given, *(_derived_key(each) for each in secret_keys)]


def _derived_key(secret_key: str) -> str:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"clinic field encryption").derive(secret_key.encode())
    return urlsafe_b64encode(made).decode()


def parse_site(url: str) -> Site:
    """Read SITE_URL. Raises ImproperlyConfigured for a missing one, or for plain http to anything but this machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured("SITE_URL is missing or not a web address. Set it to, say, https://clinic.example")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ImproperlyConfigured("SITE_URL must start with https:// (plain http is taken for localhost only).")
    return Site(url=f"{parts.scheme}://{parts.netloc}", host=parts.hostname, is_https=parts.scheme == "https")


def check_allowed_hosts(hosts: list[str]) -> list[str]:
    """Return `hosts`, or raise ImproperlyConfigured where none is named or every host is let in."""
    if not hosts or "*" in hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts this site answers to, for example clinic.example")
    return hosts


def plan_seats(given: list[str]) -> dict[str, int]:
    """The seats of each plan: those of `given`, each as in "small=6", and for the other plans what is usual (C11).

    Raises ImproperlyConfigured for a plan there is not, for less than one seat, or where a plan has fewer than the
    next smaller one, which would turn an upgrade into its opposite.
    """
    seats = _numbers("PLAN_SEATS", given, PLAN_SEATS, "plan")
    for smaller, larger in pairwise(seats):
        if seats[larger] < seats[smaller]:
            raise ImproperlyConfigured(
                f"PLAN_SEATS gives {larger} fewer practitioners ({seats[larger]}) than {smaller} ({seats[smaller]}). "
                f"Raise {larger} as well, or lower {smaller}."
            )
    return seats


def invitation_caps(given: list[str]) -> dict[str, int]:
    """The caps of invitations: those of `given`, each as in "account=500", and for the others what is usual (A51).

    Raises ImproperlyConfigured for a cap there is not, and for less than one.
    """
    return _numbers("INVITATION_CAPS", given, INVITATION_CAPS, "cap")


def sign_in_limits(given: list[str]) -> dict[str, int]:
    """The limits of the throttle: those of `given`, each as in "place=200", and for the others what is usual (A8).

    Raises ImproperlyConfigured for a limit there is not, and for less than one.
    """
    return _numbers("SIGN_IN_LIMITS", given, SIGN_IN_LIMITS, "limit")


def network_limits(given: list[str]) -> dict[str, int]:
    """The limits by IP address: those of `given`, each as in "sign_up=20", and for the others what is usual (A63).

    Raises ImproperlyConfigured for a limit there is not, and for less than one.
    """
    return _numbers("NETWORK_LIMITS", given, NETWORK_LIMITS, "limit")


def mail_events(provider: str, key: str) -> MailEvents:
    """Read MAIL_EVENTS_FROM and MAIL_EVENTS_KEY. Raises ImproperlyConfigured for one without the other."""
    if provider and provider not in MAIL_PROVIDERS:
        known = ", ".join(MAIL_PROVIDERS)
        raise ImproperlyConfigured(f"MAIL_EVENTS_FROM names {provider!r}. It can be one of: {known}.")
    if bool(provider) != bool(key) or not key.isascii():
        raise ImproperlyConfigured("MAIL_EVENTS_FROM and MAIL_EVENTS_KEY belong together: set both, or neither.")
    return MailEvents(provider, key)


def mail_address(setting: str, given: str, *, site: Site) -> str:
    """Return `given`, an address with or without a name before it, as in "Clinic People <no-reply@clinic.example>".

    Raises ImproperlyConfigured for what no mail could be sent to or from. Nothing is fine; so is a mailbox at localhost
    for a site that is this machine's own.
    """
    address = ", ".join(address for _name, address in getaddresses([given]))
    is_this_machine = site.host in LOOPBACK_HOSTS and address.endswith("@localhost")
    if not given or (is_this_machine and given.isprintable()):
        return given
    try:
        validate_address(address)
        validate_single_line(given)
    except ValidationError as error:
        raise ImproperlyConfigured(
            f"{setting} is {given!r}, which isn't an email address. Set it to, say, support@clinic.example"
        ) from error
    return given


def _numbers(setting: str, given: list[str], usual: dict[str, int], what: str) -> dict[str, int]:
    numbers = dict(usual)
    for pair in given:
        name, _equals, number = (part.strip() for part in pair.partition("="))
        if name not in usual:
            known = f"{what.capitalize()}s: {', '.join(usual)}."
            raise ImproperlyConfigured(f"{setting} names {name!r}, which is no {what}. {known}")
        if not (number.isascii() and number.isdecimal() and int(number) >= 1):
            raise ImproperlyConfigured(f"{setting} needs a whole number of at least 1 for {name}, as in {name}=6.")
        numbers[name] = int(number)
    return numbers
