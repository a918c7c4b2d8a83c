"""The form that closes a clinic."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.core.fields import LONGEST_NAME
from accounts.models import Account


class ClosingForm(forms.Form):
    """The clinic's name, typed: nobody closes an account by a slip of the hand."""

    clinic_name = forms.CharField(
        label=gettext_lazy("Clinic name"),
        max_length=LONGEST_NAME,
        error_messages={"required": gettext_lazy("Type the clinic’s name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.fields["clinic_name"].help_text = _("Type %(clinic)s to confirm.") % {"clinic": account.name}

    def clean_clinic_name(self) -> str:
        """Return the name, in whatever case and spacing it was typed. Raises ValidationError for another one."""
        typed: str = self.cleaned_data["clinic_name"]
        if _as_compared(typed) != _as_compared(self.account.name):
            words = _("This is not the clinic’s name. Type %(clinic)s.")
            raise forms.ValidationError(words % {"clinic": self.account.name}, code="other_name")
        return typed


def _as_compared(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
