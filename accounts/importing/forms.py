"""A line of a file of accounts that are brought over from another system (S25): a field for each column."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.access import roles
from accounts.access.plans import PLANS_BY_KEY
from accounts.core.countries import CountryCodeField
from accounts.core.details import ImportedAccount, ImportedPerson, MemberDetails
from accounts.core.fields import EmailField, YesNoField, name_field, person_name_field
from accounts.core.phone_numbers import MobileField
from accounts.models.account import validate_time_zone
from accounts.text import validate_single_line
from accounts.text.countries import country_of_zone
from clinic.clock import database_now

LONGEST_REFERENCE = 100
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class MomentField(forms.Field):
    """A date, which stands for its first moment, or a date and time, both as ISO 8601 has them; in UTC unless said."""

    default_error_messages = {
        "required": _("Write a date, such as 2018-05-31."),
        "invalid": _("Write a date such as 2018-05-31, or a time such as 2018-05-31T14:30:00+10:00."),
        "range": _("Write a moment between 1970 and now."),
    }

    def to_python(self, value: str | None) -> datetime | None:
        """Return the moment, aware, or None where nothing is said. Raises ValidationError."""
        if not value or not value.strip():
            return None
        try:
            moment = datetime.fromisoformat(value.strip())
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        if not _EARLIEST <= moment <= database_now():
            raise forms.ValidationError(self.error_messages["range"], code="range")
        return moment


class FlagField(YesNoField):
    """yes or no, in small letters or capitals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages |= {"required": _("Write yes or no."), "invalid_choice": _("Write yes or no.")}

    def to_python(self, value: Any) -> str:
        """Return the choice."""
        return super().to_python((value or "").strip().lower())


def _one_of(keys: list[str], **kwargs: Any) -> forms.ChoiceField:
    words = _("Write one of: %(keys)s.") % {"keys": ", ".join(keys)}
    messages = {"required": words, "invalid_choice": words}
    return forms.ChoiceField(choices=[(key, key) for key in keys], error_messages=messages, **kwargs)


COLUMNS: dict[str, forms.Field] = {
    "account": forms.CharField(
        max_length=LONGEST_REFERENCE,
        validators=[validate_single_line],
        error_messages={"required": _("Write what the other system calls the account.")},
    ),
    "account_name": name_field(None, _("Write the clinic’s name.")),
    "account_created": MomentField(),
    "account_time_zone": forms.CharField(
        required=False,
        empty_value="UTC",
        validators=[validate_time_zone],
        error_messages={"time_zone": _("Write a name of the time zone database, such as Europe/Berlin.")},
    ),
    "account_country": CountryCodeField(),
    "account_plan": _one_of(list(PLANS_BY_KEY), required=False),
    "email": EmailField(),
    "first_name": person_name_field(None, _("Write a first name.")),
    "last_name": person_name_field(None, _("Write a last name.")),
    "mobile": MobileField(
        error_messages={
            "no_country": _(
                "Write a mobile number with its country code, such as %(international)s, or the clinic’s country in "
                "account_country."
            )
        }
    ),
    "role": _one_of(list(roles.ROLES)),
    "is_practitioner": FlagField(),
    "is_active": FlagField(),
    "joined": MomentField(required=False),
    "is_owner": FlagField(required=False),
}


def check_line(values: Mapping[str, str]) -> tuple[ImportedAccount, ImportedPerson]:
    """Read what one line says about an account and about one person in it.

    Raises ValidationError with what is wrong in which column. The fields do without a form: making one for each of
    100,000 lines takes ten times as long as reading them.
    """
    cleaned: dict[str, Any] = {}
    problems = []
    for name, field in COLUMNS.items():
        try:
            if isinstance(field, MobileField):
                country = cleaned.get("account_country") or country_of_zone(cleaned.get("account_time_zone", ""))
                cleaned[name] = field.read(values.get(name), country)
            else:
                cleaned[name] = field.clean(values.get(name))
        except forms.ValidationError as error:
            problems += [f"{name}: {words}" for words in error.messages]
    if problems:
        raise forms.ValidationError(problems)
    return _account(cleaned), _person(cleaned)


def _account(cleaned: dict[str, Any]) -> ImportedAccount:
    return ImportedAccount(
        reference=cleaned["account"],
        name=cleaned["account_name"],
        created=cleaned["account_created"],
        time_zone=cleaned["account_time_zone"],
        plan=cleaned["account_plan"],
        country=cleaned["account_country"],
    )


def _person(cleaned: dict[str, Any]) -> ImportedPerson:
    taken = ("first_name", "last_name", "email", "mobile", "role", "is_practitioner", "is_active")
    return ImportedPerson(
        details=MemberDetails(**{name: cleaned[name] for name in taken}),
        joined_at=cleaned["joined"] or cleaned["account_created"],
        is_named_owner=bool(cleaned["is_owner"]),
    )
