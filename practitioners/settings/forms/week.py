"""The rows of the page as it shows them: by business and weekday."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from practitioners.models import Business
from practitioners.rules import weekday_name
from practitioners.schedule.week import Row, What, in_words
from practitioners.settings.details import PractitionerSettings
from practitioners.settings.forms.details import Mistake
from practitioners.settings.forms.rows import WEEK, CopyForm, HoursRow
from practitioners.settings.forms.sent import COPY, Place


@dataclass
class Day:
    """One weekday at one business, as typed; `on_file` says what is on file where that is to stand beside it."""

    business: int
    weekday: int
    rows: list[HoursRow]
    on_file: str = ""

    @property
    def name(self) -> str:
        """Monday, say."""
        return weekday_name(self.weekday)

    @property
    def anchor(self) -> str:
        """What the summary on top links to."""
        return f"day-{self.business}-{self.weekday}"

    @property
    def add_hours(self) -> str:
        """What the button **Add hours** sends."""
        return f"add:{Place(What.HOURS, self.business, self.weekday)}"

    @property
    def add_break(self) -> str:
        """What the button **Add break** sends."""
        return f"add:{Place(What.BREAK, self.business, self.weekday)}"


@dataclass
class Section:
    """One business: whether somebody works there, and when."""

    business: Business
    is_ticked: bool
    days: list[Day]
    copy: CopyForm
    on_file: str = ""

    @classmethod
    def empty(cls, business: Business, copy: CopyForm, *, is_ticked: bool) -> "Section":
        """Without any rows yet."""
        return cls(business, is_ticked, [Day(business.pk, weekday, []) for weekday in WEEK], copy)

    @property
    def anchor(self) -> str:
        """What the summary on top links to: the box that says whether somebody works here."""
        return f"works-{self.business.pk}"

    def changed(self) -> Iterator[Mistake]:
        """What is on file now where something else is typed, for the summary."""
        if self.on_file:
            yield Mistake(self.anchor, self.business.name, self.on_file)
        for day in self.days:
            if day.on_file:
                yield Mistake(day.anchor, f"{self.business.name}, {day.name}", day.on_file)

    @property
    def has_rows(self) -> bool:
        """Whether anything is typed here."""
        return any(not row.is_blank for day in self.days for row in day.rows)

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong here, so that it is shown even where it is not ticked."""
        return any(row.errors for day in self.days for row in day.rows)

    @property
    def copy_button(self) -> str:
        """What the button **Copy** sends."""
        return f"{COPY}:{self.business.pk}"


def put_in_place(rows: Iterable[HoursRow], sections: Iterable[Section]) -> list[HoursRow]:
    """Put each row on its day; returns those that were filled in and have none here."""
    days = {(day.business, day.weekday): day for section in sections for day in section.days}
    stray = []
    for row in rows:
        day = days.get((row.place.business, row.place.weekday)) if row.place else None
        if day is not None:
            day.rows.append(row)
        elif not row.is_blank:
            stray.append(row)
    return stray


def set_beside(sections: Iterable[Section], now: PractitionerSettings) -> None:
    """Write what is on file now beside each day and business where something else is typed."""
    for section in sections:
        works_here = section.business.pk in now.businesses
        if works_here != section.is_ticked:
            section.on_file = _("On file now: works here") if works_here else _("On file now: does not work here")
        for day in section.days:
            rows = [row for row in now.rows if (row.business, row.weekday) == (day.business, day.weekday)]
            if {(row.what, row.starts, row.ends) for row in rows} != set(_typed(day.rows)):
                day.on_file = _("On file now: %(rows)s") % {"rows": _in_words(rows) or _("no hours")}


def _typed(rows: Iterable[HoursRow]) -> Iterator[tuple[What, int | None, int | None]]:
    for row in rows:
        if row.place and not row.is_blank:
            yield row.place.what, row.cleaned_data.get("starts"), row.cleaned_data.get("ends")


def _in_words(rows: Collection[Row]) -> str:
    hours, rest = _("%(starts)s to %(ends)s"), _("break %(starts)s to %(ends)s")
    return ", ".join(
        (rest if row.what is What.BREAK else hours) % {"starts": in_words(row.starts), "ends": in_words(row.ends)}
        for row in rows
    )
