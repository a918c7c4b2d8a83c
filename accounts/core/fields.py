"""Fields that say what to do when they refuse something."""

from collections.abc import Callable
from functools import cache, partial
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.access import roles
from accounts.models.account import time_zones, validate_time_zone
from accounts.text import (
    LONGEST_ADDRESS,
    canonical_email,
    validate_address,
    validate_name,
    validate_paragraphs,
    validate_person_name,
)

LONGEST_NAME = 100
REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def name_field(
    label: Any, required_message: Any, *, autocomplete: str = "off", validate: Callable[[str], None] = validate_name
) -> forms.CharField:
    """The name of a clinic or a business. `autocomplete` is the browser's word for what to fill in."""
    return forms.CharField(
        label=label,
        max_length=LONGEST_NAME,
        validators=[validate],
        error_messages={"required": required_message},
        widget=forms.TextInput(attrs={"autocomplete": autocomplete, "dir": "auto"}),
    )


# One of a person's names, which holds no domain.
person_name_field = partial(name_field, validate=validate_person_name)


class KnownEmailField(forms.EmailField):
    """The address of someone who may be on file, in its canonical spelling.

    What was taken before `validate_address` held still signs in, and asks for a new password.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": _("Email"),
                "max_length": LONGEST_ADDRESS,
                "error_messages": {
                    "required": _("Enter an email address."),
                    "invalid": _("Enter an email address in the form name@example.com."),
                },
                **kwargs,
            }
        )

    def to_python(self, value: Any) -> str:
        """Return the canonical spelling."""
        return canonical_email(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        """Refuse a domain that has no ASCII form: nothing can be sent there. Raises ValidationError."""
        super().validate(value)
        if not value.isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")


class EmailField(KnownEmailField):
    """An address that mail is to be sent to from now on: a mailbox in its one spelling (A64).

    `on_file` is the address that was there before; a form that leaves it alone is not refused for it.
    """

    default_validators = [validate_address]
    on_file = ""

    def run_validators(self, value: str) -> None:
        """Raises ValidationError."""
        if not self.on_file or value != self.on_file:
            super().run_validators(value)


class ParagraphsField(forms.CharField):
    """A few sentences. A line break counts as one character, as on the screen, though a browser sends two."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
        super().__init__(validators=[validate_paragraphs], widget=widget, **kwargs)

    def to_python(self, value: Any) -> str:
        """Return the text with plain line breaks, without space around it."""
        return "\n".join((super().to_python(value) or "").splitlines())

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without `maxlength`, by which a browser cuts off what is pasted and says nothing."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class RoleField(forms.ChoiceField):
    """One of the security roles (S6)."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Security role"),
            choices=[("", _("Choose a role")), *roles.ROLE_CHOICES],
            error_messages={
                "required": _("Choose a security role."),
                "invalid_choice": _("Choose one of the security roles in the list."),
            },
        )


class YesNoField(forms.TypedChoiceField):
    """Yes or No, as two radio buttons; the value is a bool."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("yes", _("Yes")), ("no", _("No"))],
            coerce=lambda value: value == "yes",
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose Yes or No."), "invalid_choice": _("Choose Yes or No.")},
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        """Return the choice; a disabled field is given its initial bool."""
        choice: str = super().to_python(self.prepare_value(value))
        return choice

    def prepare_value(self, value: Any) -> Any:
        """Show a bool as the choice it is."""
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class SubmissionField(forms.UUIDField):
    """Names one opening of a form, so that sending it twice does the thing once."""

    def __init__(self) -> None:
        super().__init__(required=False, initial=uuid4, widget=forms.HiddenInput)

    def clean(self, value: Any) -> UUID:
        """Return the UUID, or a new one where it is missing or broken: then nothing is recognised as a repeat."""
        try:
            return super().clean(value) or uuid4()
        except forms.ValidationError:
            return uuid4()


class TimeZoneField(forms.CharField):
    """The browser's time zone, filled in by a script; UTC where it is missing or unknown."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self, value: Any) -> str:
        """Return the name of a known time zone."""
        try:
            cleaned: str = super().clean(value) or "UTC"
            validate_time_zone(cleaned)
        except forms.ValidationError:
            return "UTC"
        return cleaned


@cache
def zone_choices() -> list[tuple[Any, Any]]:
    """The time zones of each region by the name of a place, so that typing "Syd" finds Sydney; then all others.

    Those are UTC and old spellings, such as US/Eastern: one that is on file must not change by saving a form.
    """
    names = sorted(time_zones())
    groups = [(region, [name for name in names if name.startswith(f"{region}/")]) for region in REGIONS]
    others = sorted({*names}.difference(*(found for _region, found in groups)), key=lambda name: (name != "UTC", name))
    return [
        ("", _("Choose a time zone")),
        *((region, sorted(((name, _place(name)) for name in found), key=itemgetter(1))) for region, found in groups),
        (_("Other"), [(name, name) for name in others]),
    ]


def _place(zone: str) -> str:
    """America/Argentina/San_Juan is "San Juan, Argentina"."""
    return ", ".join(reversed(zone.replace("_", " ").split("/")[1:]))


class ZoneField(forms.ChoiceField):
    """A time zone chosen from the list, by region."""

    def __init__(self, **kwargs: Any) -> None:
        words = _("Choose a time zone from the list.")
        super().__init__(
            **{
                "label": _("Time zone"),
                "choices": zone_choices,
                "error_messages": {"required": words, "invalid_choice": words},
                **kwargs,
            }
        )


class VersionField(forms.IntegerField):
    """The version the page was opened with; 0, which nothing on file has, where it was not sent whole."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def clean(self, value: Any) -> int:
        """Return the version."""
        try:
            return super().clean(value) or 0
        except forms.ValidationError:
            return 0
