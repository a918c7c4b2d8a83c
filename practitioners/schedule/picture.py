"""The picture of a week: blocks on a grid, and the same hours in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from string import ascii_uppercase
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from practitioners.schedule.clock import DAY, beginning
from practitioners.schedule.days import by_day
from practitioners.schedule.lanes import lanes
from practitioners.schedule.spans import spans
from practitioners.schedule.week import Row, in_words

if TYPE_CHECKING:
    from practitioners.models import Business

# Across, everything is in percent, so that the picture is as wide as its place; down, in pixels, so that what is
# written in it keeps its size.
COLUMN = round(100 / 7, 3)
MARGIN = 0.5
USUAL_HOURS = (8, 18)
TALL_HOUR, LOW_HOUR = 34, 24
MOST_TALL_HOURS = 14
SEAM = 1
ONE_LINE, TWO_LINES = 18, 40


@dataclass(frozen=True)
class Place:
    """A business in the picture, by its colour and, where there are several, by a letter."""

    name: str
    tint: int
    letter: str
    time_zone: str


@dataclass(frozen=True)
class Stretch:
    """Hours at one business on one day, in minutes after midnight by the account's clock."""

    place: Place
    starts: int
    ends: int

    @property
    def from_to(self) -> tuple[str, str]:
        """The same in words."""
        return in_words(self.starts), in_words(self.ends)


@dataclass(frozen=True)
class Block:
    """A stretch where it is drawn: `x` and `width` in percent of the picture, `y` and `height` in pixels."""

    stretch: Stretch
    x: float
    width: float
    y: int
    height: int

    @property
    def lines(self) -> int:
        """How many lines of words it has room for: none, where, or where and when."""
        return (self.height >= ONE_LINE) + (self.height >= TWO_LINES)

    @property
    def is_narrow(self) -> bool:
        """Whether it shares the column with another, so that only a letter fits."""
        return self.width < COLUMN / 2


@dataclass(frozen=True)
class Day:
    """A column: its left edge and its middle in percent, and what is in it."""

    date: date
    is_today: bool
    x: float
    middle: float
    blocks: list[Block]

    @property
    def stays(self) -> list[tuple[Place, list[tuple[str, str]]]]:
        """The same hours in words, those in a row at one business together."""
        stretches = [block.stretch for block in self.blocks]
        return [(place, [each.from_to for each in there]) for place, there in groupby(stretches, lambda it: it.place)]


@dataclass(frozen=True)
class Scale:
    """The hours from top to bottom; `hour` is the height of one in pixels."""

    first: int
    last: int
    hour: int

    @classmethod
    def around(cls, stretches: Iterable[Stretch]) -> Scale:
        """From the first full hour to the last, and never less than a usual day."""
        stretches = list(stretches)
        first = min([USUAL_HOURS[0], *(each.starts // 60 for each in stretches)])
        last = max([USUAL_HOURS[1], *(-(-each.ends // 60) for each in stretches)])
        return cls(first, last, TALL_HOUR if last - first <= MOST_TALL_HOURS else LOW_HOUR)

    @property
    def height(self) -> int:
        """In pixels."""
        return (self.last - self.first) * self.hour

    @property
    def lines(self) -> list[tuple[int, str]]:
        """How far down each full hour is, and what is written beside it."""
        return [((each - self.first) * self.hour, in_words(each * 60)) for each in range(self.first, self.last + 1)]

    def blocks(self, stretches: list[Stretch], x: float) -> list[Block]:
        """The stretches of one day, in the column that begins at `x`."""
        stretches = sorted(stretches, key=lambda each: (each.starts, each.ends))
        beside = lanes([(each.starts, each.ends) for each in stretches])
        return [self._block(each, x, lane, count) for each, (lane, count) in zip(stretches, beside, strict=True)]

    def _block(self, stretch: Stretch, x: float, lane: int, lanes: int) -> Block:
        width = (COLUMN - 2 * MARGIN) / lanes
        top, bottom = (round((each - self.first * 60) * self.hour / 60) for each in (stretch.starts, stretch.ends))
        height = max(bottom - top - 2 * SEAM, 1)
        y = min(top + SEAM, self.height - height)
        return Block(stretch, round(x + MARGIN + lane * width, 3), round(width, 3), y, height)


@dataclass(frozen=True)
class Picture:
    """What `practitioners/schedule/_week.html` draws."""

    days: list[Day]
    scale: Scale
    places: list[Place]
    time_zone: str
    column: float = COLUMN

    @property
    def elsewhere(self) -> list[Place]:
        """The businesses where the clock shows another time zone."""
        return [place for place in self.places if place.time_zone != self.time_zone]


def picture(rows: Iterable[Row], businesses: Iterable[Business], *, zone: ZoneInfo, today: date) -> Picture:
    """The week of `today` as somebody with these rows works it, in the account's time zone `zone`.

    `rows` may be what is on file or what was typed; `businesses` are those that the rows name, for name and colour.
    """
    monday = today - today.weekday() * DAY
    since, until = beginning(zone, monday), beginning(zone, monday + 7 * DAY)
    worked = spans(rows, since, until)
    places = _places(businesses, {span.business for span in worked})
    stretches: dict[date, list[Stretch]] = {monday + number * DAY: [] for number in range(7)}
    for span in worked:
        for day, starts, ends in by_day(span.starts_at, span.ends_at, zone):
            stretches[day].append(Stretch(places[span.business], starts, ends))
    scale = Scale.around(each for day in stretches.values() for each in day)
    days = []
    for number, (day, found) in enumerate(stretches.items()):
        x = round(number * 100 / 7, 3)
        days.append(Day(day, day == today, x, round(x + COLUMN / 2, 3), scale.blocks(found, x)))
    return Picture(days, scale, list(places.values()), str(zone))


def _places(businesses: Iterable[Business], worked_at: set[int]) -> dict[int, Place]:
    """Those worked at, lettered in the order given; one alone needs no letter."""
    there = [business for business in businesses if business.pk in worked_at]
    letters = ascii_uppercase if len(there) > 1 else ""
    return {
        business.pk: Place(business.name, business.colour, letters[number % 26 : number % 26 + 1], business.time_zone)
        for number, business in enumerate(there)
    }
