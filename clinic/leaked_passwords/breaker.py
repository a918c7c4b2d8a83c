"""After a failure, a while without asking: a service that is away costs one person a second, not everyone."""

import threading
import time

SECONDS_OF_SILENCE = 30


class Breaker:
    """Whether to ask, by how the last question of this process went."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent_until: float | None = None

    def lets_ask(self) -> bool:
        """Whether to ask now. After the silence one may try, and the others wait for what becomes of it."""
        with self._lock:
            now = time.monotonic()
            if self._silent_until is None:
                return True
            if now < self._silent_until:
                return False
            self._silent_until = now + SECONDS_OF_SILENCE
            return True

    def note(self, *, answered: bool) -> None:
        """Say how it went."""
        with self._lock:
            self._silent_until = None if answered else time.monotonic() + SECONDS_OF_SILENCE
