"""What forms share that ask for a password: to show one, or to choose one."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.password.rules import check_new_password, hint, shortest_length
from accounts.models import User
from accounts.text import (
    LONGEST_PASSWORD_TYPED,
    canonical_password,
)
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


# Whichever form or prompt the password was typed in.
WRONG_PASSWORD = gettext_lazy("That is not your password. Nothing was changed; try again.")


class PasswordField(forms.CharField):
    """A password, as typed but for its Unicode form (A4). `autocomplete`: "current-password" or "new-password"."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": gettext_lazy("Password"),
                "strip": False,
                "max_length": LONGEST_PASSWORD_TYPED,
                "widget": forms.PasswordInput(attrs={"autocomplete": autocomplete}),
                "error_messages": {
                    "required": gettext_lazy("Enter a password."),
                    "max_length": gettext_lazy("This is longer than any password can be here."),
                },
                **kwargs,
            }
        )

    def to_python(self, value: Any) -> str:
        """Return the password in its one form."""
        return canonical_password(super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without `maxlength`, by which a browser cuts off what is pasted and says nothing (A4)."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class PasswordTryMixin:
    """Keeps whether it is locked, so that the page can answer 429."""

    is_locked = False


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
