"""The reference numbers of the page (C6)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.text import validate_single_line
from practitioners import rules
from practitioners.models import Business
from practitioners.settings.details import Number
from practitioners.settings.forms.details import TOO_LONG, Mistake
from practitioners.settings.forms.sent import NUMBERS, rows_in

LONGEST = 100


def _text_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST,
        validators=[validate_single_line],
        error_messages={"max_length": TOO_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )


class NumberRow(forms.Form):
    """A reference number: its type, itself, and at which business it holds."""

    kind = _text_field(gettext_lazy("Type"))
    number = _text_field(gettext_lazy("Number"))
    business = forms.TypedChoiceField(
        label=gettext_lazy("Business"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the businesses in the list.")},
    )

    def __init__(self, *args: Any, businesses: Iterable[Business], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(each.pk, each.name if each.is_active else _("%s (inactive)") % each.name) for each in businesses]
        field = self.fields["business"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("All businesses")), *names]
        chosen = str(self["business"].value() or "")
        if chosen not in {str(value) for value, _name in field.choices}:
            # A list that falls back to its first line would change what is meant without a word.
            field.widget.choices = [*field.choices, (chosen, _("A business that is not in the list"))]
        for name in ("kind", "number"):
            self.fields[name].widget.attrs.pop("maxlength", None)

    @property
    def number_of_row(self) -> str:
        """Its number in what is sent, which its button **Remove** names."""
        return str(self.prefix).rpartition("-")[2]

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: such a row is passed over."""
        return not any(str(self[name].value() or "").strip() for name in ("kind", "number"))

    def clean(self) -> dict[str, Any]:
        """Refuse a row that is filled in by half."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.is_blank:
            if cleaned.get("kind") == "":
                self.add_error("kind", _("Enter the type, for example Provider number, or remove the row."))
            if cleaned.get("number") == "":
                self.add_error("number", _("Enter the number, or remove the row."))
        return cleaned

    def as_number(self) -> Number:
        """The number that a valid row is."""
        return self.cleaned_data["kind"], self.cleaned_data["number"], self.cleaned_data["business"]


class Numbers:
    """All of them. `businesses` are those that can be chosen, and those that are on file already."""

    def __init__(self, on_file: tuple[Number, ...], businesses: list[Business], data: QueryDict | None) -> None:
        self.names = {each.pk: each.name for each in businesses}
        self._as_they_were = set(on_file)
        self._inactive = {each.pk for each in businesses if not each.is_active}
        self.on_file: list[str] = []
        if data is None:
            filled = [{"kind": kind, "number": number, "business": place} for kind, number, place in on_file] or [{}]
            self.rows = [
                NumberRow(prefix=f"{NUMBERS}-{position}", initial=initial, businesses=businesses)
                for position, initial in enumerate(filled)
            ]
        else:
            self.rows = [
                NumberRow(data, prefix=f"{NUMBERS}-{number}", businesses=businesses)
                for number in rows_in(data, NUMBERS)
            ]

    def check(self) -> bool:
        """Whether they are right; what is not is said at its row."""
        filled = [row for row in self.rows if not row.is_blank]
        sound = [row for row in filled if row.is_valid()]
        numbers = [row.as_number() for row in sound]
        wrong = rules.number_problems(numbers)
        for position, words in wrong.items():
            sound[position].add_error("number", words)
        closed = [
            row
            for row, number in zip(sound, numbers, strict=True)
            if number[2] in self._inactive and number not in self._as_they_were
        ]
        for row in closed:
            row.add_error("business", _("This business is inactive. Choose another, or leave the number as it was."))
        return len(sound) == len(filled) and not wrong and not closed

    def as_numbers(self) -> tuple[Number, ...]:
        """What was filled in, when it is right."""
        return tuple(row.as_number() for row in self.rows if not row.is_blank)

    def set_beside(self, now: Iterable[Number]) -> None:
        """Have what is on file now stand on top of the list, where somebody else has changed it meanwhile."""
        typed = {row.as_number() for row in self.rows if not row.is_blank and row.is_valid()}
        if typed != set(now):
            everywhere = _("all businesses")
            self.on_file = [
                f"{kind} {number} ({everywhere if place is None else self.names[place]})" for kind, number, place in now
            ] or [_("none")]

    def mistakes(self) -> list[Mistake]:
        """What is wrong, for the summary."""
        changed = [Mistake("numbers-on-file", _("Reference numbers"), _("On file now: others"))] if self.on_file else []
        return changed + [
            Mistake(field.auto_id, _("Reference number %(row)s") % {"row": position}, str(words))
            for position, row in enumerate(self.rows, start=1)
            for field in row
            for words in field.errors
        ]
