"""Ask a service for all hashes that begin with five digits, within a second whatever the service does.

A time limit on a socket begins anew with each byte, and none ends a look-up of a name. So a thread asks, and whoever
waits for it stops waiting after a second and shuts its socket, which ends the thread as well.
"""

import socket
import ssl
import threading
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from clinic.leaked_passwords.answers import MOST_BYTES, NoAnswer

SECONDS = 1.0
# Threads that look up a name can't be ended. With so many of them the service counts as away.
MOST_AT_ONCE = 8
# The same for every password. Padding hides from onlookers how long the answer is, and with that which range it was.
HEADERS = {"Add-Padding": "true", "User-Agent": "password-check", "Connection": "close"}

_room = threading.BoundedSemaphore(MOST_AT_ONCE)


def ask(url: str, prefix: str) -> bytes:
    """The body of the service's answer about a prefix. Raises NoAnswer, at the latest after SECONDS."""
    if not _room.acquire(blocking=False):
        raise NoAnswer("too many questions are open")
    try:
        question = _Question(urlsplit(f"{url}{prefix}"))
        question.start()
    except RuntimeError:
        _room.release()
        raise NoAnswer("no thread could be started") from None
    question.join(SECONDS)
    if question.is_alive():
        question.cut()
        raise NoAnswer("there was no whole answer within a second")
    return question.answer()


class _Question(threading.Thread):
    """One request, and its answer once the thread has ended. Follows no redirect."""

    def __init__(self, address: SplitResult) -> None:
        super().__init__(name="leaked-passwords", daemon=True)
        self._address = address
        self._socket: socket.socket | None = None
        self._is_cut = False
        self._body = b""
        self._problem: str | None = None

    def run(self) -> None:
        try:
            self._body = self._fetch()
        except (OSError, HTTPException, ValueError) as error:
            # By its kind alone: its words may quote what the service sent.
            self._problem = type(error).__name__
        except NoAnswer as refused:
            self._problem = str(refused)
        finally:
            if self._socket is not None:
                self._socket.close()
            _room.release()

    def answer(self) -> bytes:
        """What was answered. Raises NoAnswer."""
        if self._problem is not None:
            raise NoAnswer(self._problem)
        return self._body

    def cut(self) -> None:
        """End the thread, which may be waiting for a byte. Called from another."""
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):
                # Not the method of a TLS socket, which lets go of its state while the thread is using it.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _fetch(self) -> bytes:
        host, port = self._address.hostname or "", self._address.port
        secure = self._address.scheme == "https"
        connection = HTTPSConnection(host, port, context=_tls()) if secure else HTTPConnection(host, port)
        reached = self._hold(socket.create_connection((host, connection.port), timeout=SECONDS))
        if secure:
            # The socket is held before the greeting, which a service could draw out as well.
            greeted = _tls().wrap_socket(reached, server_hostname=host, do_handshake_on_connect=False)
            self._hold(greeted)
            greeted.do_handshake()
            reached = greeted
        connection.sock = reached
        connection.request("GET", self._address.path, headers=HEADERS)
        response = connection.getresponse()
        if response.status != 200:
            raise NoAnswer(f"the answer has the status {response.status}")
        body = response.read(MOST_BYTES + 1)
        if response.length:
            raise NoAnswer("the answer is too long, or was cut off")
        return body

    def _hold(self, made: socket.socket) -> socket.socket:
        self._socket = made
        if self._is_cut:
            raise TimeoutError
        return made


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
