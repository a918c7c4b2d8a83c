"""Hands messages to the mail server, many over one connection, none for longer than its time."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPException, SMTPRecipientsRefused
from types import TracebackType
from typing import Self

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

# Each step has EMAIL_TIMEOUT seconds, counted anew with every byte; this is what all of them have together.
MOST_SECONDS_A_MESSAGE = 30
# Some mail servers hang up after a hundred or so, which would look like a refusal.
MOST_ON_ONE_CONNECTION = 50
WELL = 250


class TooSlow(OSError):
    """The mail server answered, but took too long over one message."""


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
        """Send one message. Raises what Django's mail backend raises, and TooSlow."""
        if not self._is_usable():
            self.close()
            self._backend = get_connection()
        assert self._backend
        message.connection = self._backend
        try:
            with _limited(self._backend):
                self._backend.open()
                message.send()
        except SMTPRecipientsRefused:
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
            with _quietly():
                backend.close()

    def _is_usable(self) -> bool:
        """Whether the server at the other end is still listening, asked of the server itself."""
        if self._backend is None or self._sent >= MOST_ON_ONE_CONNECTION:
            return False
        smtp = getattr(self._backend, "connection", None)
        if smtp is None:
            return True
        with _quietly():
            return bool(smtp.noop()[0] == WELL)
        return False


@contextmanager
def _quietly() -> Iterator[None]:
    try:
        yield
    except (SMTPException, OSError):
        return


@contextmanager
def _limited(backend: BaseEmailBackend) -> Iterator[None]:
    """Cut the connection after MOST_SECONDS_A_MESSAGE. A server that sends a byte now and then never times out."""
    is_cut = threading.Event()

    def cut() -> None:
        is_cut.set()
        smtp = getattr(backend, "connection", None)
        if smtp is not None and smtp.sock is not None:
            with _quietly():
                smtp.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(MOST_SECONDS_A_MESSAGE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if is_cut.is_set():
            raise TooSlow(f"The mail server took longer than {MOST_SECONDS_A_MESSAGE} seconds.") from error
        raise
    finally:
        timer.cancel()
