"""Where leaked passwords are looked up, as the operator has set it; nowhere if nothing is set."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Source:
    """A service's address, ending with a slash, or a local file or folder. Neither: nothing is looked up."""

    url: str = ""
    path: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.url or self.path)


def read_source(url: str, path: str) -> Source:
    """Read LEAKED_PASSWORDS_URL and LEAKED_PASSWORDS_PATH. Raises ImproperlyConfigured for what can't be used.

    What is said leaves the address out, as it may hold a key.
    """
    if url and path:
        raise ImproperlyConfigured("LEAKED_PASSWORDS_URL and LEAKED_PASSWORDS_PATH are both set. Set only one of them.")
    if url and not _is_usable(url):
        raise ImproperlyConfigured(
            "LEAKED_PASSWORDS_URL can't be used. Set it to an address without user, query or fragment that starts "
            "with https://, such as https://passwords.example/range/ (plain http is for this machine only)."
        )
    if path and not Path(path).exists():
        raise ImproperlyConfigured(f"LEAKED_PASSWORDS_PATH is {path!r}, where there is neither a file nor a folder.")
    return Source(f"{url.rstrip('/')}/" if url else "", Path(path) if path else None)


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)
    is_plain = url.isascii() and url.isprintable() and " " not in url and not set("@?#") & set(url)
    return is_safe and is_plain and bool(parts.hostname) and port != 0
