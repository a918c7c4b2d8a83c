"""Mail servers for tests: one that takes everything, and all the ways in which one can misbehave."""

import asyncio
import logging
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.faults.waiting import free_port, wait_until

FOREVER = 3600


@dataclass(frozen=True)
class Received:
    """A message, and when it was taken."""

    at: float
    message: EmailMessage


class MailServer:
    """A real SMTP server on a loopback port, which keeps what it is given and does what its attributes say."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: list[Received] = []
        self.connections = 0
        # How long it thinks before it says that it has taken a message.
        self.seconds_to_answer = 0.0
        # What it says to everybody who is written to; nothing is "250 OK".
        self.answer = ""
        # The address that it is silent about, for ever.
        self.silent_about = ""
        # How many of the next messages it takes, only to hang up instead of saying so.
        self.hang_ups = 0
        self._controller: Controller | None = None
        logging.getLogger("mail.log").setLevel(logging.ERROR)

    @property
    def url(self) -> str:
        """The address of this server, as EMAIL_URL has it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(  # noqa: N802  (aiosmtpd's name)
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet, and count the connection."""
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Say whether the address is taken."""
        if address == self.silent_about:
            await asyncio.sleep(FOREVER)
        envelope.rcpt_tos.append(address)
        return self.answer or "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the message."""
        self.taken.append(Received(time.time(), message_from_bytes(envelope.content, policy=policy.default)))
        await asyncio.sleep(self.seconds_to_answer)
        if self.hang_ups:
            self.hang_ups -= 1
            server.transport.abort()
        return "250 Taken"

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Listen no longer; what was taken is kept, and it can be started again."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def received(self) -> list[EmailMessage]:
        """The messages so far."""
        return [each.message for each in list(self.taken)]

    def to(self, address: str) -> list[EmailMessage]:
        """The messages for one address."""
        return [message for message in self.received if message["To"] == address]

    def wait_for(self, address: str, *, seconds: float) -> EmailMessage:
        """The first message for `address`."""
        message: EmailMessage = wait_until(
            lambda: next(iter(self.to(address)), None), seconds=seconds, what=f"mail to {address}"
        )
        return message


class RawServer:
    """Says one thing to whoever connects, and goes on by itself; `talk` is what follows."""

    def __init__(self, greeting: bytes) -> None:
        self.greeting = greeting
        self.is_over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of this server, as EMAIL_URL has it; with a login, which is asked for before any message."""
        return f"smtp://clinic:password@127.0.0.1:{self.port}"

    def _serve(self) -> None:
        with suppress(OSError):
            while not self.is_over.is_set():
                connection, _address = self._listener.accept()
                threading.Thread(target=self._greet, args=(connection,), daemon=True).start()

    def _greet(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.sendall(self.greeting)
            self.talk(connection)

    def talk(self, connection: socket.socket) -> None:
        """Nothing more; the connection is closed."""

    def stop(self) -> None:
        """End it."""
        self.is_over.set()
        self._listener.close()


class DrippingServer(RawServer):
    """Answers a byte at a time and never to the end, so that no step of the conversation times out."""

    SECONDS_A_BYTE = 1

    def talk(self, connection: socket.socket) -> None:
        """Go on so."""
        while not self.is_over.wait(self.SECONDS_A_BYTE):
            connection.sendall(b"2")
