"""Where and when the practitioners of the demo clinic work."""

from collections.abc import Iterator
from dataclasses import dataclass

from practitioners.models import Business
from practitioners.schedule.week import Row, What
from practitioners.settings.details import Number, PractitionerSettings


@dataclass(frozen=True)
class Shift:
    """The same hours on some weekdays (Monday is 0) at one of the businesses; all times in full hours."""

    business: int
    weekdays: tuple[int, ...]
    starts: int
    ends: int
    lunch: int | None = None

    def rows(self, businesses: list[Business]) -> Iterator[Row]:
        """The hours, and an hour of break from `lunch`."""
        business = businesses[self.business]
        for weekday in self.weekdays:
            yield Row(What.HOURS, business.pk, business.zone, weekday, self.starts * 60, self.ends * 60)
            if self.lunch is not None:
                yield Row(What.BREAK, business.pk, business.zone, weekday, self.lunch * 60, self.lunch * 60 + 60)


@dataclass(frozen=True)
class DemoPractitioner:
    """What is on file about one of them."""

    email: str
    designation: str
    description: str
    numbers: tuple[Number, ...]
    shifts: tuple[Shift, ...]

    def settings(self, businesses: list[Business]) -> PractitionerSettings:
        """The same as an action takes it."""
        return PractitionerSettings(
            designation=self.designation,
            description=self.description,
            businesses=frozenset(businesses[shift.business].pk for shift in self.shifts),
            numbers=self.numbers,
            rows=tuple(row for shift in self.shifts for row in shift.rows(businesses)),
        )


HARBOUR_STREET, NORTHSIDE = 0, 1
PRACTITIONERS = (
    DemoPractitioner(
        email="ada@harbour.example",
        designation="Physiotherapist",
        description="Shoulders, knees and getting back to sport.\n\nSpeaks English and Igbo.",
        numbers=(("Provider number", "2426621B", None), ("Registration number", "PHY0001234567", None)),
        shifts=(
            Shift(HARBOUR_STREET, (0, 2, 4), 8, 16, lunch=12),
            Shift(NORTHSIDE, (1,), 9, 18, lunch=13),
        ),
    ),
    DemoPractitioner(
        email="rosa@harbour.example",
        designation="Hand therapist",
        description="",
        numbers=(("Provider number", "3150774K", None),),
        shifts=(
            Shift(HARBOUR_STREET, (1, 2, 3), 10, 18, lunch=13),
            Shift(NORTHSIDE, (5,), 9, 13),
        ),
    ),
    DemoPractitioner(
        email="hiroshi@harbour.example",
        designation="Osteopath",
        description="",
        numbers=(),
        shifts=(Shift(HARBOUR_STREET, (0, 1, 2, 3), 7, 12),),
    ),
)
