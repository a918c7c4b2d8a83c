"""A request to support about ownership, and the clinic's name typed before an account is closed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.core.fields import LONGEST_NAME, ParagraphsField
from accounts.core.phone_numbers import PhoneField, open_number
from accounts.models import Account
from accounts.models.dispute import LONGEST_STORY
from accounts.text import validate_name


class DisputeForm(forms.Form):
    """What support needs to know (S36)."""

    story = ParagraphsField(
        label=gettext_lazy("What has happened?"),
        help_text=gettext_lazy("Who should own the account and why, whom you have talked to, and what they said."),
        max_length=LONGEST_STORY,
        rows=8,
        error_messages={
            "required": gettext_lazy("Say in a few sentences what has happened."),
            "max_length": gettext_lazy("Use at most %(limit_value)s characters (it has %(show_value)s)."),
        },
    )
    rightful_owner = forms.CharField(
        label=gettext_lazy("Who should be the owner?"),
        required=False,
        max_length=LONGEST_NAME,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    phone = PhoneField(help_text=gettext_lazy("If support may ring you."))

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_number(self, "phone", account)
