"""Reading settings from the environment, where django-environ takes a slip of the pen for a value.

It reads any word but a few for "no", and says of an address that can't be used neither which nor what to do.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

YES = {"1", "true", "yes", "y", "on", "t"}
NO = {"0", "false", "no", "n", "off", "f"}
# With what the address of each server may begin, and what one looks like.
SERVERS: dict[str, tuple[Collection[str], str]] = {
    "DATABASE_URL": (
        {"postgres", "postgresql", "psql", "pgsql", "sqlite"},
        "postgres://clinic:secret@localhost/clinic",
    ),
    "CELERY_BROKER_URL": (TRANSPORT_ALIASES, "redis://localhost:6379/0"),
    "CACHE_URL": (environ.Env.CACHE_SCHEMES, "redis://localhost:6379/1"),
    "EMAIL_URL": (environ.Env.EMAIL_SCHEMES, "smtp+tls://clinic:secret@mail.example:587"),
}


class Environment(environ.Env):
    """The environment, and the `.env` file once that is read. What can't be read is refused by name."""

    def switch(self, name: str, *, usual: bool) -> bool:
        """Whether a setting says yes; `usual` where it is not set, or says nothing.

        Raises ImproperlyConfigured for any other word, so that no slip of the pen turns off what keeps people safe.
        """
        given = self.str(name, default="")
        word = given.strip().lower()
        if word and word not in YES | NO:
            raise ImproperlyConfigured(f"{name} is {given!r}. Set it to on or off.")
        return word in YES if word else usual

    def whole_number(self, name: str, *, usual: int, least: int) -> int:
        """The number in a setting; `usual` where it is not set, or says nothing.

        Raises ImproperlyConfigured for anything else, and for less than `least`.
        """
        given = self.str(name, default="")
        digits = given.strip() or str(usual)
        if not (digits.isascii() and digits.isdecimal() and int(digits) >= least):
            raise ImproperlyConfigured(f"{name} is {given!r}. Set it to a whole number, {least} or more.")
        return int(digits)

    def check_servers(self) -> None:
        """Raise ImproperlyConfigured for the address of a server that is set and none of what `SERVERS` has.

        An empty one is refused, too: data would go elsewhere than its operator thinks. What is said leaves the address
        out, as it may hold a password.
        """
        for name, (schemes, example) in SERVERS.items():
            if name in self and not _is_address(self.str(name), schemes):
                raise ImproperlyConfigured(
                    f"{name} is not an address that can be used here. Set it to, say, {example}, or leave it out. "
                    "In a password, write special characters percent-encoded (@ is %40)."
                )


def _is_address(given: str, schemes: Collection[str]) -> bool:
    try:
        address = urlsplit(given)
        return address.scheme in schemes and address.port != 0
    except ValueError:
        return False
