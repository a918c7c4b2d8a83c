"""Files as the broker, each message whole or not there.

kombu 5.7 writes a message into the very file that the worker looks for. A worker that looks in between finds it empty,
and takes what it cannot read for a reason to end for good. Here a message is written under another name first.
"""

from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A channel whose messages appear at once."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        # Named as kombu names them: the worker takes them by the end of the name, in the order of the beginning.
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        unfinished = folder / f"{name}.part"
        unfinished.write_bytes(str_to_bytes(dumps(payload)))
        unfinished.replace(folder / name)


class Transport(filesystem.Transport):
    """Files with the channel above."""

    Channel = Channel
