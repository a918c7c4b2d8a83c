"""Redis as the broker, and what kombu 5.7 leaves out when it is lost or silent.

Losing Redis while a task was not acknowledged yet ended the whole worker: cleaning up looked for the address of a
connection that had been given up already, and the AttributeError counted as unrecoverable. As an error of the
connection it is one that Celery knows what to do about: connect again. tests/faults/test_brokers.py holds this.

A task whose end Redis did not hear kept its place among those that a worker may hold. After as many as it may hold, two
where WORKER_CONCURRENCY is not set, it took nothing more, without a word, until it was started again. Redis hands such
a task out again later, and the row in the outbox says by then that there is nothing left to do.
"""

from typing import Any

import redis
from kombu.transport import redis as kombu_redis
from kombu.transport import virtual


class QoS(kombu_redis.QoS):
    """The tasks that a worker holds, without those whose end was said to a Redis that did not answer."""

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except redis.RedisError:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        except redis.RedisError:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(kombu_redis.Channel):
    """A channel that says so where its connection has been given up."""

    QoS = QoS

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            raise redis.ConnectionError("The connection to the broker has been given up.")
        # What the base class has is no part of its types.
        parameters: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]
        return parameters


class Transport(kombu_redis.Transport):
    """Redis with the channel above."""

    Channel = Channel
