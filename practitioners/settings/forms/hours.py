"""The hours and breaks of the page, at all businesses (C7)."""

from datetime import date
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from practitioners import rules
from practitioners.models import Business
from practitioners.schedule.week import Row, What
from practitioners.settings.details import PractitionerSettings
from practitioners.settings.forms.details import Mistake
from practitioners.settings.forms.rows import CopyForm, HoursRow
from practitioners.settings.forms.sent import HOURS, Place, rows_in
from practitioners.settings.forms.week import Section, put_in_place, set_beside


class Hours:
    """All of them. `ticked` are the businesses where somebody works, as typed; rows at others are kept for later.

    What is on file at a business that is not `shown`, as it is inactive or was when the page was opened, is kept, too.
    """

    def __init__(
        self,
        on_file: PractitionerSettings,
        businesses: dict[int, Business],
        data: QueryDict | None,
        *,
        shown: set[int],
        ticked: set[int],
        today: date,
    ) -> None:
        self.on_file, self.businesses, self.data, self.today = on_file, businesses, data, today
        self.shown, self.ticked = shown, ticked
        self.kept = tuple(row for row in on_file.rows if row.business not in shown)
        self.rows = self._on_file() if data is None else self._sent(data)
        self.sections = [self._section(each) for each in self._shown()]
        # What was sent for no business that can be changed here stands below the others, so that it is not lost.
        self.stray = put_in_place(self.rows, self.sections)

    def _on_file(self) -> list[HoursRow]:
        filled: list[dict[str, Any]] = [
            {"at": str(Place(row.what, row.business, row.weekday)), "starts": row.starts, "ends": row.ends}
            for row in self.on_file.rows
            if row not in self.kept
        ]
        begun = {row.business for row in self.on_file.rows}
        # Where there is nothing yet, Monday is ready to be filled in.
        filled += [{"at": str(Place(What.HOURS, each.pk, 0))} for each in self._shown() if each.pk not in begun]
        return [HoursRow(prefix=f"{HOURS}-{number}", initial=initial) for number, initial in enumerate(filled)]

    def _sent(self, data: QueryDict) -> list[HoursRow]:
        rows = [HoursRow(data, prefix=f"{HOURS}-{number}") for number in rows_in(data, HOURS)]
        return [row for row in rows if not self._is_kept(row)]

    def _is_kept(self, row: HoursRow) -> bool:
        """Whether it stands on file as it is, at a business that was made inactive while the page was open."""
        business = self._business_of(row)
        if business is None or business.pk in self.shown or row.is_blank or not row.is_valid():
            return False
        return row.row(business) in self.kept

    def _shown(self) -> list[Business]:
        return [each for each in self.businesses.values() if each.pk in self.shown]

    def _business_of(self, row: HoursRow) -> Business | None:
        return self.businesses.get(row.place.business) if row.place else None

    def _section(self, business: Business) -> Section:
        copy = CopyForm(self.data, business=business.pk)
        return Section.empty(business, copy, is_ticked=business.pk in self.ticked)

    @property
    def kept_at(self) -> list[str]:
        """The names of inactive businesses where something is on file."""
        kept = {row.business for row in self.kept}
        return [each.name for each in self.businesses.values() if each.pk in kept and not each.is_active]

    @property
    def _filled(self) -> list[HoursRow]:
        return [row for row in self.rows if not row.is_blank]

    @cached_property
    def is_right(self) -> bool:
        """Whether the rows are right; what is not is said at its row."""
        for row in self._filled:
            self._check_place(row)
        sound = [row for row in self._filled if row.is_valid()]
        is_whole = len(sound) == len(self._filled)
        # Whether rows agree is asked once all can be read: the one that cannot may be the one that a break lies in.
        active = [each for each in self.businesses.values() if each.is_active]
        counting = {each.pk: each.name for each in active if each.pk in self.ticked} if is_whole else {}
        wrong = rules.problems([*self.kept, *self._as_rows(sound)], counting, self.today)
        for position, words in wrong.items():
            # What is kept is not on the page; the row that it clashes with is, and says so.
            if position >= len(self.kept):
                sound[position - len(self.kept)].add_error("starts", words)
        return is_whole and not wrong

    def _check_place(self, row: HoursRow) -> None:
        business = self._business_of(row)
        if business is None:
            row.add_error("starts", _("This row is for no business of this clinic. Remove it."))
        elif business.pk not in self.shown:
            words = _(
                "%(business)s was made inactive, or active again, while this page was open, so its hours stay as they "
                "are on file. Remove this row."
            )
            row.add_error("starts", words % {"business": business.name})

    def _as_rows(self, rows: list[HoursRow]) -> list[Row]:
        return [row.row(self.businesses[row.place.business]) for row in rows if row.place]

    def as_rows(self) -> tuple[Row, ...]:
        """All rows, when they are right, with what is kept."""
        return (*self.kept, *self._as_rows(self._filled))

    @cached_property
    def draws_typed(self) -> bool:
        """Whether the picture shows what is typed, as that is right, and not what is on file."""
        return self.data is not None and self.is_right

    def that_count(self) -> list[Row]:
        """The rows to be drawn: those at businesses that count."""
        on_file = (self.on_file.rows, self.on_file.businesses)
        rows, where = (self.as_rows(), self.ticked) if self.draws_typed else on_file
        return [row for row in rows if row.business in where and self.businesses[row.business].is_active]

    def set_beside(self, now: PractitionerSettings) -> None:
        """Have what is on file now stand beside what somebody else has changed meanwhile."""
        set_beside(self.sections, now)

    def mistakes(self) -> list[Mistake]:
        """What is wrong, for the summary."""
        found = [
            Mistake(field.auto_id, f"{section.business.name}, {day.name}", str(words))
            for section in self.sections
            for day in section.days
            for row in day.rows
            for field in row
            for words in field.errors
        ]
        found += [each for section in self.sections for each in section.changed()]
        left = [(field, words) for row in self.stray for field in row for words in field.errors]
        return found + [Mistake(field.auto_id, _("Hours without a business"), str(words)) for field, words in left]
