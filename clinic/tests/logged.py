"""What a part of the product writes into the log, as tests look at it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, dict):
            self.lines.append({**record.msg})


@contextmanager
def logged(name: str) -> Iterator[list[dict[str, Any]]]:
    """The events that the logger `name` writes, whoever made it before: structlog keeps what it was first used with."""
    handler, logger = _Lines(), logging.getLogger(name)
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
