"""Every Python under bin/anyday imports this first: time.sleep() as faketime can bear it.

Python sleeps until a moment of the clock that counts seconds, and faketime 0.9.10 moves that moment, though it leaves
that clock alone.
"""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
