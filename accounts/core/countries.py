"""Fields for a country, which is kept as its two letters of ISO 3166-1."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_countries import countries


def _choices() -> list[tuple[str, Any]]:
    return [("", _("Same as the time zone")), *((each.code, each.name) for each in countries)]


class CountryField(forms.ChoiceField):
    """A country chosen by name; empty for the one that the time zone is in."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"invalid_choice": _("Choose a country from the list.")}
        super().__init__(
            **{"label": _("Country"), "required": False, "choices": _choices, "error_messages": messages, **kwargs}
        )


class CountryCodeField(CountryField):
    """A country written as its two letters, small ones or capitals."""

    def __init__(self) -> None:
        super().__init__(error_messages={"invalid_choice": _("Write a country’s two letters, such as AU.")})

    def to_python(self, value: Any) -> str:
        """Return the letters as capitals."""
        code: str = super().to_python(value)
        return code.strip().upper()
