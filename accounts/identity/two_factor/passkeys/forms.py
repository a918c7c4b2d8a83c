"""A new passkey."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.reverify import PASSWORD_FIELD
from accounts.identity.two_factor.forms import PasskeyField, PresentCodeForm, WithPasswordForm
from accounts.models.two_factor import LONGEST_PASSKEY_NAME
from accounts.text import validate_name


class NewPasskeyForm(WithPasswordForm):
    """A first passkey: what to call it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_PASSKEY_NAME,
        validators=[validate_name],
        help_text=gettext_lazy("To tell it from others later, such as “My phone” or “Key on the key ring”."),
        error_messages={"required": gettext_lazy("Enter a name for it.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    passkey = PasskeyField()

    field_order: Sequence[str] = ("name", PASSWORD_FIELD)

    def clean(self) -> dict[str, Any]:
        """Say where the browser made none."""
        cleaned = super().clean()
        if not self.errors and not cleaned.get("passkey"):
            words = _("Your browser made no passkey. Try again, or set up an authenticator app instead.")
            self.add_error(None, words)
        return cleaned


class FurtherPasskeyForm(NewPasskeyForm, PresentCodeForm):
    """A further one: what signing in takes so far has the say."""

    field_order = ("name", "present_code", PASSWORD_FIELD)
