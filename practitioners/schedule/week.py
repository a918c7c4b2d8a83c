"""The usual week as rows: who knows a database knows nothing here, so that pages, forms and rules can share it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60


class What(StrEnum):
    """What a row of the week is."""

    HOURS = "hours"
    BREAK = "break"


@dataclass(frozen=True)
class Row:
    """Hours or a break of one practitioner at one business.

    `weekday` is 0 on Monday; `starts` and `ends` are minutes after midnight by the clock of `zone`, the business's, and
    an end of 1440 is the end of the day.
    """

    what: What
    business: int
    zone: ZoneInfo
    weekday: int
    starts: int
    ends: int


def hours(rows: Iterable[Row]) -> list[Row]:
    """The rows that are hours, in order of weekday and start."""
    return sorted((row for row in rows if row.what is What.HOURS), key=lambda row: (row.weekday, row.starts))


def breaks(rows: Iterable[Row]) -> list[Row]:
    """The rows that are breaks, in order of weekday and start."""
    return sorted((row for row in rows if row.what is What.BREAK), key=lambda row: (row.weekday, row.starts))


def in_words(minutes: int) -> str:
    """Minutes after midnight as the screen writes them: 540 is "9:00", 1440 is "24:00"."""
    return f"{minutes // 60}:{minutes % 60:02}"
