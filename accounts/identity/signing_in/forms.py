"""Sign up, sign in, a new password."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.core.fields import KnownEmailField
from accounts.identity.authentication import try_password
from accounts.identity.password.fields import PasswordField, PasswordTryMixin, wait_words
from accounts.models import User


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
