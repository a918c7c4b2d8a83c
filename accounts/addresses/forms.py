"""The form that asks for another sign-in address."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.core.errors import ActionRefused
from accounts.core.fields import (
    EmailField,
)
from accounts.models import User


class EmailChangeForm(forms.Form):
    """The address to sign in with instead."""

    email = EmailField(
        label=gettext_lazy("New email address"),
        help_text=gettext_lazy("We send it a link. Nothing changes until you open the link and confirm."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        """Refuse the address that they have; of any other nothing is said (A9). Raises ValidationError."""
        email: str = self.cleaned_data["email"]
        if email == self.user.email:
            raise ValidationError(_("This is the address that you sign in with already."), code="same")
        return email

    def show_refusal(self, refusal: ActionRefused) -> None:
        """Say why nothing was done; what was typed stays."""
        self.add_error("email", str(refusal))
