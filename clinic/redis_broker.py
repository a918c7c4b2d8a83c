"""Redis as the broker, and what kombu 5.7 leaves out when the connection to it is lost.

Losing Redis while a task was not acknowledged yet ended the whole worker: cleaning up looked for the address of a
connection that had been given up already, and the AttributeError counted as unrecoverable. As an error of the
connection it is one that Celery knows what to do about: connect again. tests/faults/test_brokers.py holds this.
"""

from typing import Any

import redis
from kombu.transport import redis as kombu_redis


class Channel(kombu_redis.Channel):
    """A channel that says so where its connection has been given up."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            raise redis.ConnectionError("The connection to the broker has been given up.")
        # What the base class has is no part of its types.
        parameters: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]
        return parameters


class Transport(kombu_redis.Transport):
    """Redis with the channel above."""

    Channel = Channel
