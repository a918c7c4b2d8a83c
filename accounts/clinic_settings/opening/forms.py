"""The forms that open a clinic."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.core.fields import EmailField, SubmissionField, TimeZoneField, name_field, person_name_field
from accounts.identity.authentication import try_password
from accounts.identity.password.fields import PasswordField, PasswordTryMixin, ask_for_new_password, wait_words
from accounts.identity.password.rules import check_new_password, shortest_length
from accounts.models import User


class OpenClinicForm(forms.Form):
    """A clinic and its first person; all that somebody signed in has to say."""

    clinic_name = name_field(
        gettext_lazy("Clinic name"), gettext_lazy("Enter the clinic’s name."), autocomplete="organization"
    )
    first_name = person_name_field(
        gettext_lazy("First name"), gettext_lazy("Enter your first name."), autocomplete="given-name"
    )
    last_name = person_name_field(
        gettext_lazy("Last name"), gettext_lazy("Enter your last name."), autocomplete="family-name"
    )
    time_zone = TimeZoneField()
    submission = SubmissionField()


class SignUpForm(PasswordTryMixin, OpenClinicForm):
    """A clinic, its first person, and their login: a new one, or an existing one with its password."""

    email = EmailField(widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = PasswordField(autocomplete="new-password")

    field_order = ("clinic_name", "first_name", "last_name", "email", "password")

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.existing_user: User | None = None
        ask_for_new_password(self, shortest_length(User()))

    def clean(self) -> dict[str, Any]:
        """Check a new login's password against the rules, an existing login's against itself."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        user = User.objects.filter(email=cleaned["email"]).first()
        if user is not None and not user.is_unclaimed:
            self._try_existing(cleaned["email"], cleaned["password"])
        else:
            self._check_new(cleaned)
        return cleaned

    def _check_new(self, cleaned: dict[str, Any]) -> None:
        newcomer = User(email=cleaned["email"])
        try:
            check_new_password(cleaned["password"], newcomer, clinic_name=cleaned["clinic_name"])
        except ValidationError as error:
            self.add_error("password", error)

    def _try_existing(self, email: str, password: str) -> None:
        attempt = try_password(self.request, email, password, joining=True)
        self.existing_user = attempt.user
        if attempt.locked_until is not None:
            self.is_locked = True
            self.add_error(None, wait_words(attempt.locked_until))
        elif attempt.user is None:
            self.refuse_existing()

    def refuse_existing(self) -> None:
        """Say that the password is not the one of the login that there is."""
        self.add_error(
            "password",
            _(
                "This email address already has a login, and this is not its password. Enter the password of that "
                "login to open another clinic with it, or choose a new one under “Forgotten your password?”."
            ),
        )
