"""Passwords that were found in data breaches, looked up by the start of their hash; off unless an operator turns it on.

Of a password nothing leaves but the first five of the 40 digits of its SHA-1, which hundreds of leaked passwords share.
"""

import time
from hashlib import sha1

import structlog
from django.conf import settings

from clinic.leaked_passwords.answers import DIGITS_SENT, NoAnswer, is_listed
from clinic.leaked_passwords.breaker import SECONDS_OF_SILENCE, Breaker
from clinic.leaked_passwords.files import is_on_file
from clinic.leaked_passwords.service import ask
from clinic.leaked_passwords.source import Source

logger = structlog.get_logger(__name__)

# Whoever asks for the health of the site may do so all the time; the service is asked once in so many seconds for it.
SECONDS_TO_TRUST = 60
# Of no password that anyone could have: what health asks about says nothing.
PROBE = "0" * 40

_breaker = Breaker()
_answered_at: dict[Source, float] = {}


def is_leaked(password: str) -> bool:
    """Whether a password is known to have leaked. False as well if it can't be found out, which the log says.

    Takes a second at most. It waits for the network, so no lock and no transaction may be open.
    """
    source: Source = settings.LEAKED_PASSWORDS
    if not source:
        return False
    # What leaks are listed by; nothing is kept under it.
    return bool(_look_up(sha1(password.encode(), usedforsecurity=False).hexdigest().upper(), source))


def is_answered() -> bool | None:
    """Whether look-ups work now; None if they are off."""
    source: Source = settings.LEAKED_PASSWORDS
    if not source:
        return None
    if time.monotonic() - _answered_at.get(source, float("-inf")) < SECONDS_TO_TRUST:
        return True
    return _look_up(PROBE, source) is not None


def _look_up(digest: str, source: Source) -> bool | None:
    """Whether a hash is listed; None if that can't be found out."""
    if not _breaker.lets_ask():
        logger.warning("leak_check_skipped", reason="it failed a moment ago")
        return None
    try:
        found = _is_in(source, digest)
    except NoAnswer as problem:
        _breaker.note(answered=False)
        _answered_at.pop(source, None)
        logger.warning("leak_check_failed", reason=str(problem), again_after_seconds=SECONDS_OF_SILENCE)
        return None
    _breaker.note(answered=True)
    _answered_at[source] = time.monotonic()
    return found


def _is_in(source: Source, digest: str) -> bool:
    if source.path is not None:
        return is_on_file(digest, source.path)
    return is_listed(digest[DIGITS_SENT:], ask(source.url, digest[:DIGITS_SENT]))
