"""The doors: sign up, sign in, a new password."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.authentication import try_password
from accounts.forms.fields import (
    EmailField,
    KnownEmailField,
    PasswordField,
    SubmissionField,
    TimeZoneField,
    name_field,
    person_name_field,
)
from accounts.models import User
from accounts.passwords import SHORTEST, check_new_password, hint, shortest_length
from clinic.clock import machine_now


def wait_words(until: datetime, *, for_code: bool = False) -> str:
    """Say until when no more tries are taken, as a time and as minutes, and what one can do instead of waiting.

    Nothing, where it was codes: a new password does not forgive those.
    """
    minutes = max(1, round((until - machine_now()).total_seconds() / 60))
    at = formats.date_format(timezone.localtime(until), "H:i")
    zone = timezone.get_current_timezone_name()
    words = _("Too many wrong tries. Wait %(minutes)s min, until %(at)s (%(zone)s), then try again.")
    advice = _("If you’ve forgotten your password, choose “Forgotten your password?” on the sign-in page.")
    said = words % {"minutes": minutes, "at": at, "zone": zone}
    return said if for_code else f"{said} {advice}"


class PasswordTryMixin:
    """Keeps whether the door is shut, so that the page can answer 429."""

    is_locked = False


class SignInForm(PasswordTryMixin, forms.Form):
    """Email and password. Every reason for a no reads the same (A9)."""

    email = KnownEmailField(widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}))
    password = PasswordField(autocomplete="current-password")

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self._user: User | None = None

    def clean(self) -> dict[str, Any]:
        """Try the password. Raises ValidationError."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        attempt = try_password(self.request, cleaned["email"], cleaned["password"])
        if attempt.locked_until is not None:
            self.is_locked = True
            raise ValidationError(wait_words(attempt.locked_until), code="locked")
        if attempt.user is None:
            raise self.refusal()
        self._user = attempt.user
        return cleaned

    @staticmethod
    def refusal() -> ValidationError:
        """What is said whenever nobody is let in."""
        words = _("That email and password don’t go together, or they can’t sign in here. Check both and try again.")
        return ValidationError(words, code="invalid_login")

    def get_user(self) -> User | None:
        """The user who signed in, once the form is valid."""
        return self._user


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


def ask_for_new_password(form: forms.Form, shortest: int) -> None:
    """Let the field `password` be one for a new password: with the length that holds, and our script's help."""
    field = PasswordField(autocomplete="new-password", help_text=hint(shortest))
    field.widget.attrs["data-shortest"] = shortest
    form.fields["password"] = field


class NewPasswordForm(forms.Form):
    """One field, to choose a password for `user`: on an invitation, after a reset link, or in place of an old one.

    `reads_mail` and `clinic_name` as in `check_new_password`.
    """

    password = PasswordField(autocomplete="new-password")

    def __init__(
        self, user: User, *args: Any, reads_mail: bool | None = None, clinic_name: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.reads_mail = reads_mail
        self.clinic_name = clinic_name
        ask_for_new_password(self, shortest_length(user, reads_mail=reads_mail))

    def clean_password(self) -> str:
        """Return the password exactly as typed. Raises ValidationError with every reason at once."""
        password: str = self.cleaned_data["password"]
        check_new_password(password, self.user, clinic_name=self.clinic_name, reads_mail=self.reads_mail)
        return password


class OwnPasswordForm(PasswordTryMixin, forms.Form):
    """One field, to show that somebody is `user`: an existing login that accepts an invitation."""

    password = PasswordField(autocomplete="current-password")

    def __init__(self, request: HttpRequest, user: User, *args: Any, looks_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        # As the password was checked against, once it was.
        self.user = user
        if looks_new:
            # Whoever handed the link over must not learn from the page that there is a login, or who else invited it.
            ask_for_new_password(self, SHORTEST)

    def clean_password(self) -> str:
        """Try the password. Raises ValidationError."""
        password: str = self.cleaned_data["password"]
        attempt = try_password(self.request, self.user.email, password, joining=True)
        if attempt.locked_until is not None:
            self.is_locked = True
            raise ValidationError(wait_words(attempt.locked_until), code="locked")
        if attempt.user is None:
            words = _(
                "That is not the password of this login. Check it and try again. If you have none yet, or have "
                "forgotten it, choose “Forgotten your password?” below."
            )
            raise ValidationError(words, code="wrong")
        self.user = attempt.user
        return password


class PasswordResetForm(forms.Form):
    """The address that a reset link is to be sent to."""

    email = KnownEmailField(widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}))
