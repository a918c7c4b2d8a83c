"""How rows are named in what a browser sends: their list, their number, the field, as in "hours-12-starts"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

from practitioners.schedule.week import What

HOURS, NUMBERS, COPY, SHOWN, CLOCK = "hours", "numbers", "copy", "shown", "clock"
# Far more than can be saved; each costs its time, and a page that shows it again.
MOST_SENT = 300

_PLACE = re.compile(r"(hours|break):(\d{1,18}):([0-6])", re.ASCII)


def rows_in(data: QueryDict, prefix: str) -> list[int]:
    """The numbers of the rows that were sent in a list, in order; gaps are where rows were removed.

    A row is there as soon as one of its fields is, so that there is no count beside them that could be wrong. Raises
    TooManyFieldsSent (400).
    """
    pattern = re.compile(rf"{prefix}-(\d{{1,6}})-\w+", re.ASCII)
    numbers = sorted({int(found[1]) for name in data if (found := pattern.fullmatch(name))})
    if len(numbers) > MOST_SENT:
        raise TooManyFieldsSent
    return numbers


def was_shown(data: QueryDict, business: int) -> bool:
    """Whether the page from which this was sent had a place for this business."""
    return str(business) in data.getlist(SHOWN)


def clocks_in(data: QueryDict, businesses: Iterable[int]) -> dict[int, str]:
    """In which time zone the page showed the hours at these businesses, by their ids; without those it didn't say."""
    return {each: zone for each in businesses if (zone := data.get(f"{CLOCK}-{each}"))}


@dataclass(frozen=True)
class Place:
    """Where in the week a row stands, and what it is; written "hours:7:0" for hours at business 7 on Monday."""

    what: What
    business: int
    weekday: int

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Read what was sent; None for what names no place."""
        found = _PLACE.fullmatch(text)
        return cls(What(found[1]), int(found[2]), int(found[3])) if found else None

    def __str__(self) -> str:
        return f"{self.what}:{self.business}:{self.weekday}"
