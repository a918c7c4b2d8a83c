"""Fields for phone numbers, which are kept as E.164 and typed as people write them (decision 19)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.text.phone_numbers import (
    example_numbers,
    extension_in,
    is_blank,
    read_number,
    shown_number,
)


class PhoneField(forms.CharField):
    """A phone number, not required. `open_number` tells it how the clinic writes numbers, and what is on file."""

    is_mobile = False
    default_error_messages = {
        "invalid": _("Enter a phone number, such as %(national)s or %(international)s."),
        "no_country": _(
            "Enter a phone number with its country code, such as %(international)s. It can be left out once the "
            "clinic’s country is chosen under Settings, General."
        ),
        "extension": _("Enter the number alone and leave out “%(extension)s”: an extension can’t be kept here."),
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
        super().__init__(**{"label": _("Phone number"), "required": False, "widget": widget, **kwargs})
        self.country = ""
        self.on_file = ""

    def shown(self, value: str) -> str:
        """A number on file as the page shows it."""
        return shown_number(value, self.country)

    def clean(self, value: Any) -> str:
        """Return the number as E.164, or what is on file if that was left alone. Raises ValidationError."""
        return self.read(value, self.country)

    def read(self, value: Any, country: str) -> str:
        """As `clean`, for a number that was written in `country`."""
        typed: str = super().clean(value)
        if is_blank(typed):
            return ""
        if typed in {self.on_file, self.shown(self.on_file)}:
            return self.on_file
        number = read_number(typed, country)
        if number is None:
            raise self._refusal(typed, country)
        return number

    def _refusal(self, typed: str, country: str) -> ValidationError:
        if extension := extension_in(typed, country):
            return ValidationError(self.error_messages["extension"], code="extension", params={"extension": extension})
        national, international = example_numbers(country, is_mobile=self.is_mobile)
        code = "invalid" if country else "no_country"
        examples = {"national": national, "international": international}
        return ValidationError(self.error_messages[code], code=code, params=examples)


class MobileField(PhoneField):
    """A mobile number, not required, recommended (S5). Any phone number is taken."""

    is_mobile = True
    default_error_messages = {
        "invalid": _("Enter a mobile number, such as %(national)s or %(international)s."),
        "no_country": _(
            "Enter a mobile number with its country code, such as %(international)s. It can be left out once the "
            "clinic’s country is chosen under Settings, General."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        words = _("Recommended: it makes it easier to keep everyone’s contact details up to date.")
        super().__init__(**{"label": _("Mobile number"), "help_text": words, **kwargs})


def open_number(form: forms.Form, name: str, account: Account, *, on_file: str = "") -> None:
    """Have the field `name` of `form` read and show numbers as written in the clinic's country.

    `on_file` is the number now; a form that leaves it alone keeps it, whether or not it can be read.
    """
    field = form.fields[name]
    assert isinstance(field, PhoneField)
    field.country, field.on_file = account.home_country, on_file
    if on_file:
        form.initial[name] = field.shown(on_file)
