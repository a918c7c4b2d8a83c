"""Files as the broker, each message whole or not there, and a worker that outlives the processes it sends with.

kombu 5.7 writes a message into the very file that the worker looks for. A worker that looks in between finds it empty,
and takes what it cannot read for a reason to end for good. Here a message is written under another name first.

Without an event loop, Celery hands tasks to its processes through one pipe with one lock. Whichever process is killed
while it waits for work takes the lock with it, and no other gets any more. With the loop each has a pipe of its own.
tests/faults/test_kills.py holds this.
"""

from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A channel whose messages appear at once."""

    # The base classes differ from each other in this.
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        # Named as kombu names them: the worker takes them by the end of the name, in the order of the beginning.
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        unfinished = folder / f"{name}.part"
        unfinished.write_bytes(str_to_bytes(dumps(payload)))
        unfinished.replace(folder / name)


class Transport(filesystem.Transport):
    """Files with the channel above, looked at from an event loop."""

    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Look for messages again and again; called by Celery's worker."""
        loop.call_repeatedly(self.polling_interval, self._take_all)

    def _take_all(self) -> None:
        """Hand on what is there, as far as the worker wants more."""
        with suppress(Empty):
            while self.cycle is not None:
                self.cycle.get(self._deliver, timeout=0)
