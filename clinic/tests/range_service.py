"""A service of leaked passwords on loopback, which answers as a test tells it to, and remembers what it was sent."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]


def answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer, as it goes over the wire."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


@dataclass
class RangeService:
    """Takes connections, reads each request to its end, and lets `behaviour` do the rest."""

    listener: socket.socket
    behaviour: Behaviour = lambda _connection: None
    requests: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    # Whether there is a request to read before anything is sent.
    reads_first: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/range/"

    def says(self, whole: bytes) -> None:
        """Answer everything with these bytes."""
        self.behaviour = lambda connection: connection.sendall(whole)

    def drips(self, whole: bytes, *, at_once: int = 0) -> None:
        """Send the first `at_once` bytes, then one at a time, each well within any time limit of a socket."""

        def drip(connection: socket.socket) -> None:
            connection.sendall(whole[:at_once])
            for byte in whole[at_once:]:
                connection.sendall(bytes([byte]))
                if self.over.wait(0.1):
                    return

        self.behaviour = drip

    def serve(self) -> None:
        while not self.over.is_set():
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(20)
            said = b""
            while self.reads_first and b"\r\n\r\n" not in said and (more := connection.recv(4096)):
                said += more
            self.requests.append(said.decode())
            self.behaviour(connection)


@contextmanager
def running_service() -> Iterator[RangeService]:
    """A service that listens until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        service = RangeService(listener)
        threading.Thread(target=service.serve, daemon=True).start()
        try:
            yield service
        finally:
            service.over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
