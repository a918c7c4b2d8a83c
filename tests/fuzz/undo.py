"""What an input has done is undone before the next one, so that each finds the same rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction


@contextmanager
def undone() -> Iterator[None]:
    """Take back all that is written inside."""
    with transaction.atomic(), _kept_open():
        yield
        transaction.set_rollback(True)


@contextmanager
def _kept_open() -> Iterator[None]:
    """Let no request close the connection that the transaction is on, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
