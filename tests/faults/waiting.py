"""Ports, and waiting with a limit."""

import socket
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """Return the first true value of `condition`; fail in words where there is none within `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"Waited {seconds} s for {what}.")


def is_listening(port: int) -> bool:
    """Whether somebody takes connections on a loopback port."""
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
