"""Hands messages to the mail server, many over one connection, none for longer than its time."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address

# Some mail servers hang up after a hundred or so, which would look like a refusal.
MOST_ON_ONE_CONNECTION = 50
WELL = 250
DEFAULT_CHARSET = "utf-8"


class NotReached(OSError):
    """The mail server was not there, or would not talk to us; its cause says which. No message was spoken of."""


class TooSlow(OSError):
    """The mail server answered, but took too long over one message."""


class Unwritable(ValueError):
    """The message can't be put into the form in which mail servers take one; its cause says why."""


class _Plain(smtplib.SMTP):
    """Tells the backend of itself before it says its first word."""

    def __init__(self, backend: "SmtpBackend", *given: Any, **named: Any) -> None:
        backend.conversation = self
        super().__init__(*given, **named)


class _Encrypted(smtplib.SMTP_SSL):
    """The same over TLS from the start."""

    def __init__(self, backend: "SmtpBackend", *given: Any, **named: Any) -> None:
        backend.conversation = self
        super().__init__(*given, **named)


class SmtpBackend(smtp.EmailBackend):
    """Django's, whose conversation can be cut from the greeting on: Django's own tells of it after the login only."""

    conversation: smtplib.SMTP | None = None

    @property
    def connection_class(self) -> Any:
        """What makes a connection."""
        return partial(_Encrypted if self.use_ssl else _Plain, self)


class Postman:
    """A connection to the mail server that is opened for the first message and kept for the next ones.

    For one thread; close it, or use it as a context manager.
    """

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def send(self, message: EmailMessage) -> None:
        """Send one message.

        Raises Unwritable before anyone is spoken to, NotReached and TooSlow, ValueError for one without an address,
        and what Django's mail backend raises about the message.
        """
        _require_writable(message)
        if not self._is_usable():
            self.close()
            self._backend = get_connection()
        assert self._backend
        message.connection = self._backend
        try:
            with _limited(self._backend):
                _open(self._backend)
                if not message.send():
                    raise ValueError("There is no address to send it to.")
        except smtplib.SMTPRecipientsRefused:
            # The server is well, and goes on with the next one.
            raise
        except Exception:
            self.close()
            raise
        self._sent += 1

    def close(self) -> None:
        """Hang up. What the server says to that changes nothing about what it took."""
        backend, self._backend, self._sent = self._backend, None, 0
        if backend is not None:
            with _quietly(), _limited(backend):
                backend.close()

    def _is_usable(self) -> bool:
        """Whether the server at the other end is still listening, asked of the server itself."""
        if self._backend is None or self._sent >= MOST_ON_ONE_CONNECTION:
            return False
        conversation = getattr(self._backend, "connection", None)
        if conversation is None:
            return True
        with _quietly(), _limited(self._backend):
            return bool(conversation.noop()[0] == WELL)
        return False


def _require_writable(message: EmailMessage) -> None:
    """Write it as the backend will. Raises Unwritable, whatever the library calls it: no server has a say in that."""
    try:
        message.message().as_bytes()
        for address in message.recipients():
            sanitize_address(address, DEFAULT_CHARSET).encode("ascii")
    except Exception as error:
        raise Unwritable(str(error)) from error


def _open(backend: BaseEmailBackend) -> None:
    """Raises NotReached: whatever is said before there is a message, be it 554, is not about the message."""
    try:
        backend.open()
    except Exception as error:
        raise NotReached(str(error)) from error


@contextmanager
def _quietly() -> Iterator[None]:
    try:
        yield
    except (smtplib.SMTPException, OSError):
        return


@contextmanager
def _limited(backend: BaseEmailBackend) -> Iterator[None]:
    """Cut the connection after MAIL_MESSAGE_SECONDS. A server that sends a byte now and then never times out."""
    seconds, is_cut = settings.MAIL_MESSAGE_SECONDS, threading.Event()

    def cut() -> None:
        is_cut.set()
        conversation = getattr(backend, "conversation", None)
        connected: socket.socket | None = conversation.sock if conversation else None
        if connected is not None:
            with _quietly():
                # That of TLS would first let what is being written go on in plain text.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if is_cut.is_set():
            raise TooSlow(f"The mail server took longer than {seconds} seconds.") from error
        raise
    finally:
        timer.cancel()
