"""A row of hours or a break, and what is copied from one day to others."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from practitioners.models import Business
from practitioners.rules import weekday_name
from practitioners.schedule.week import Row, What
from practitioners.settings.forms.fields import ClockField
from practitioners.settings.forms.sent import COPY, Place

WEEK = range(7)
# From Monday to the rest of a working week is what is copied most.
USUAL_TARGETS = ("1", "2", "3", "4")


class HoursRow(forms.Form):
    """Hours or a break. Whatever is wrong with it stands under it."""

    at = forms.CharField(required=False, widget=forms.HiddenInput)
    starts = ClockField()
    ends = ClockField(is_end=True)

    @property
    def place(self) -> Place | None:
        """Where it stands; None where what was sent names no place."""
        return Place.read(str(self["at"].value() or ""))

    @property
    def number_of_row(self) -> str:
        """Its number in what is sent, which its button **Remove** names."""
        return str(self.prefix).rpartition("-")[2]

    @property
    def is_break(self) -> bool:
        """Whether it is a break."""
        return self.place is not None and self.place.what is What.BREAK

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: such a row is passed over."""
        return not any(str(value).strip() for value in self._typed() if value is not None)

    @property
    def in_words(self) -> str:
        """Its times as they stand in the fields, to tell its buttons from those of other rows."""
        return " – ".join(str(self[name].value()) for name in ("starts", "ends") if self[name].value())

    def _typed(self) -> list[Any]:
        return [self[name].value() for name in ("starts", "ends")]

    def clean(self) -> dict[str, Any]:
        """Refuse a row that is filled in by half."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.is_blank:
            if "starts" in cleaned and cleaned["starts"] is None:
                self.add_error("starts", _("Enter when it starts, or remove the row."))
            if "ends" in cleaned and cleaned["ends"] is None:
                self.add_error("ends", _("Enter when it ends, or remove the row."))
        return cleaned

    def row(self, business: Business) -> Row:
        """The row of the week that a valid one is, at `business`."""
        place = self.place
        assert place is not None
        times = (self.cleaned_data["starts"], self.cleaned_data["ends"])
        return Row(place.what, business.pk, business.zone, place.weekday, *times)


class CopyForm(forms.Form):
    """**Copy** the rows of one day to others, at one business."""

    source = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    targets = forms.TypedMultipleChoiceField(required=False, coerce=int, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: QueryDict | None, *, business: int) -> None:
        super().__init__(data, prefix=f"{COPY}-{business}", initial={"source": "0", "targets": USUAL_TARGETS})
        for field in self.fields.values():
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(day, weekday_name(day)) for day in WEEK]
