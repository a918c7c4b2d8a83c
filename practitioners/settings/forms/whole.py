"""**Practitioner settings**: details, reference numbers and the week as one form (S13 to S15, C6, C7)."""

from collections.abc import Iterable
from datetime import date

from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _

from practitioners.models import Business, Practitioner
from practitioners.schedule.week import Row
from practitioners.settings.details import PractitionerSettings
from practitioners.settings.forms.buttons import Pressed
from practitioners.settings.forms.details import DetailsForm, Mistake
from practitioners.settings.forms.hours import Hours
from practitioners.settings.forms.numbers import Numbers
from practitioners.settings.forms.sent import was_shown


class SettingsForm:
    """The whole page; without `data` it shows what is on file. `businesses` are all of the clinic.

    It shows those that are active. What was sent is about those alone that its page showed: another one may have been
    made active since, and what is on file there is kept.
    """

    def __init__(
        self, practitioner: Practitioner, businesses: Iterable[Business], data: QueryDict | None = None, *, today: date
    ) -> None:
        known = {each.pk: each for each in businesses}
        active = [each for each in known.values() if each.is_active and (data is None or was_shown(data, each.pk))]
        self.businesses, self.is_bound = list(known.values()), data is not None
        self.shown = {each.pk for each in active}
        self.on_file = on_file = PractitionerSettings.of(practitioner)
        self.details = DetailsForm(data, businesses=active, initial=_initial(practitioner, on_file, active))
        self.ticked = self._ticked()
        self.hours = Hours(on_file, known, data, shown=self.shown, ticked=self.ticked, today=today)
        numbered = {place for _kind, _number, place in on_file.numbers}
        places = [each for each in known.values() if each.is_active or each.pk in numbered]
        self.numbers = Numbers(on_file.numbers, places, data)
        # Why nothing was saved, where it is about no field.
        self.refusal, self.is_conflict = "", False
        self.has_other_clocks = any(each.time_zone != practitioner.member.account.time_zone for each in active)
        # The row, or the button, to go on from, and why that button did nothing.
        self.focus = self.hint = ""

    def _ticked(self) -> set[int]:
        """Where somebody works: as ticked, and at businesses that the page does not show as on file."""
        ticked = {str(each) for each in self.details["businesses"].value() or []}
        return {*self.on_file.businesses} - self.shown | {pk for pk in self.shown if str(pk) in ticked}

    def is_valid(self) -> bool:
        """Whether all of it is right; what is not is said where it stands."""
        return all([self.details.is_valid(), self.numbers.check(), self.hours.is_right])

    def settings(self) -> PractitionerSettings:
        """All of it, when it is right, as the action takes it."""
        return PractitionerSettings(
            designation=self.details.cleaned_data["designation"],
            description=self.details.cleaned_data["description"],
            businesses=frozenset(self.ticked),
            numbers=self.numbers.as_numbers(),
            rows=self.hours.as_rows(),
        )

    def that_count(self) -> list[Row]:
        """The rows to be drawn: as typed where they are right, else as on file; at businesses that count only."""
        return self.hours.that_count()

    def show_unsaved(self, pressed: Pressed | None = None) -> None:
        """Show what was typed and say nothing about it, as it is not being saved; what is right is still drawn."""
        self.that_count()
        for form in (self.details, *self.numbers.rows, *self.hours.rows):
            form.errors.clear()
        if pressed is not None:
            self.focus, self.hint = pressed.focus, "" if pressed.is_done else pressed.words
            self._focus_row("starts", self.hours.rows)
            self._focus_row("kind", self.numbers.rows)

    def _focus_row(self, field: str, rows: Iterable[Form]) -> None:
        for row in rows:
            if row.prefix == self.focus:
                row.fields[field].widget.attrs["autofocus"] = True

    def show_what_changed(self) -> None:
        """After somebody else's change, say what is on file now where something else is typed."""
        self.is_conflict = True
        self.is_valid()
        for name in ("designation", "description"):
            before, typed = getattr(self.on_file, name), self.details.cleaned_data.get(name)
            if typed != before:
                self.details.add_error(name, _("On file now: %(value)s") % {"value": before or _("nothing")})
        self.numbers.set_beside(self.on_file.numbers)
        self.hours.set_beside(self.on_file)

    @property
    def mistakes(self) -> list[Mistake]:
        """What is wrong, for the summary on top, in the order of the page."""
        return [*self.details.mistakes(), *self.numbers.mistakes(), *self.hours.mistakes()]


def _initial(practitioner: Practitioner, on_file: PractitionerSettings, active: list[Business]) -> dict[str, object]:
    ticked = set(on_file.businesses)
    if practitioner.version == 1 and not ticked and len(active) == 1:
        # Never saved, and there is only one place to work at.
        ticked = {active[0].pk}
    return {
        "designation": on_file.designation,
        "description": on_file.description,
        "businesses": ticked,
        "version": practitioner.version,
    }
