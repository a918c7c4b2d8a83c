"""The forms about one's own login: another password, another address."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.core.fields import KnownEmailField
from accounts.identity.authentication import try_password
from accounts.identity.password.fields import (
    WRONG_PASSWORD,
    NewPasswordForm,
    PasswordField,
    PasswordTryMixin,
    wait_words,
)
from accounts.models import User


class ChangePasswordForm(PasswordTryMixin, NewPasswordForm):
    """The password one has, and the one to have instead (A6). Both are checked at once, so that all is said at once."""

    current_password = PasswordField(
        autocomplete="current-password",
        label=gettext_lazy("Current password"),
        error_messages={"required": gettext_lazy("Enter the password that you have now.")},
    )

    field_order = ("current_password", "password")

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        assert isinstance(request.user, User)
        super().__init__(request.user, *args, **kwargs)
        self.request = request
        # As the password was checked against, once it was.
        self.shown_by: User | None = None
        self.fields["password"].label = _("New password")
        self.order_fields(self.field_order)

    def clean_current_password(self) -> str:
        """Try it, in the throttle of every other page (A20). Raises ValidationError."""
        password: str = self.cleaned_data["current_password"]
        attempt = try_password(self.request, self.user.email, password)
        if attempt.locked_until is not None:
            self.is_locked = True
            raise ValidationError(wait_words(attempt.locked_until), code="locked")
        if attempt.user != self.user:
            raise ValidationError(WRONG_PASSWORD, code="wrong")
        self.shown_by = attempt.user
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse the password that they have."""
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = cleaned.get("password")
        if chosen is not None and chosen == cleaned.get("current_password"):
            self.add_error("password", _("This is the password that you have now. Choose another."))
        return cleaned


class PasswordResetForm(forms.Form):
    """The address that a reset link is to be sent to."""

    email = KnownEmailField(widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}))
