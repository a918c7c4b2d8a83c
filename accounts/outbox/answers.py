"""What a mail server's answer means: whether trying again can help, and its words on one line (R8, R9)."""

import smtplib

from accounts.text import plain_line
from clinic.postman import NotReached, Unwritable

FIRST_PERMANENT_CODE = 500
# 5xx answers that speak of us or of the connection, not of the message: worth trying again once somebody mends it.
_PASSING_CODES = frozenset({503, 530, 534, 535, 538})
_LONGEST_REASON = 500


def is_held_up(error: Exception) -> bool:
    """Whether it is about the mail server, which was away or silent, and not about the message."""
    return isinstance(error, OSError) and not _codes(error)


def is_permanent(error: Exception) -> bool:
    """Whether trying again cannot help: the server said no for good, or the address cannot be written to at all.

    NotReached never is, whatever was said: it is about the connection.
    """
    if isinstance(error, UnicodeError | ValueError) and not isinstance(error, OSError):
        return True
    codes = _codes(error)
    return bool(codes) and all(code >= FIRST_PERMANENT_CODE and code not in _PASSING_CODES for code in codes)


def reason(error: Exception) -> str:
    """The mail server's words, or the network's, on one line and cleaned; our own if no server was asked."""
    if isinstance(error, Unwritable):
        return f"The message could not be built ({type(error.__cause__).__name__})."
    if isinstance(error, NotReached) and isinstance(error.__cause__, Exception):
        return reason(error.__cause__)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return cleaned(" ".join(f"{code} {_text(said)}" for code, said in error.recipients.values()))
    if isinstance(error, smtplib.SMTPResponseException):
        return cleaned(f"{error.smtp_code} {_text(error.smtp_error)}")
    return cleaned(str(error) or type(error).__name__)


def cleaned(words: str) -> str:
    """A stranger's words as one line: no control characters, and none that turn the direction of text around."""
    return plain_line(words)[:_LONGEST_REASON]


def _codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _words in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
