"""Codes, and what is asked beside them."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.core.requests import ours
from accounts.identity.password.fields import WRONG_PASSWORD, PasswordField, PasswordTryMixin, wait_words
from accounts.identity.reverify import PASSWORD_FIELD, passkey_words
from accounts.identity.two_factor.totp import codes as totp
from accounts.models import User

LONGEST_TYPED = 40
# A passkey of a computer's own chip, with what its maker says about it, comes to some 10,000.
LONGEST_ANSWER = 30_000
CODE_ATTRIBUTES = {"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-field"}
SIX_DIGITS = re.compile(rf"[0-9]{{{totp.DIGITS}}}")


class CodeField(forms.CharField):
    """The six digits that an authenticator app shows, with spaces or without."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": gettext_lazy("Authentication code"),
                "max_length": LONGEST_TYPED,
                "error_messages": {"required": gettext_lazy("Enter the code that your app shows now.")},
                "widget": forms.TextInput(attrs=CODE_ATTRIBUTES),
                **kwargs,
            }
        )

    def to_python(self, value: Any) -> str:
        """Return the digits alone."""
        return re.sub(r"[\s-]", "", super().to_python(value) or "")

    def validate(self, value: str) -> None:
        """Refuse what no app shows. Raises ValidationError."""
        super().validate(value)
        if value and not SIX_DIGITS.fullmatch(value):
            raise ValidationError(_("Enter the six digits that your app shows now."), code="digits")


class EitherCodeField(forms.CharField):
    """A code of the app, or a backup code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "max_length": LONGEST_TYPED,
                "error_messages": {"required": gettext_lazy("Enter a code of your app, or a backup code.")},
                "widget": forms.TextInput(attrs={"autocomplete": "one-time-code", "class": "code-field"}),
                **kwargs,
            }
        )


class WithPasswordForm(PasswordTryMixin, forms.Form):
    """A form that asks for one's own password in a field of its own, which `ReverifyMiddleware` has checked (A19).

    A passkey takes the place of the password, and of whatever else a form asks for to prove who sends it.
    """

    proof: ClassVar[list[str]] = [PASSWORD_FIELD]

    reverify_password = PasswordField(autocomplete="current-password", label=gettext_lazy("Your password"))

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = ours(request).reverification

    def clean(self) -> dict[str, Any]:
        """Say what became of the password or passkey. Only one that was checked and right will do."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.state.locked_until is not None:
            self.show_wait(self.state.locked_until)
        elif self.state.by_passkey:
            self._take_passkey()
        elif not self.state.passed and not self.has_error(PASSWORD_FIELD):
            self.add_error(PASSWORD_FIELD, WRONG_PASSWORD)
        return cleaned

    def _take_passkey(self) -> None:
        for name in self.proof:
            self.errors.pop(name, None)
        if not self.state.passed:
            self.add_error(None, passkey_words(was_old=self.state.was_old, is_gone=self.state.is_gone))

    def show_wait(self, until: datetime) -> None:
        """Say until when no more tries are taken."""
        self.is_locked = True
        self.add_error(None, wait_words(until, for_code=True))


class SetUpForm(WithPasswordForm):
    """Shows that the new app is set up: a code of it."""

    code = CodeField()

    field_order: Sequence[str] = ("code", PASSWORD_FIELD)


class PresentCodeForm(WithPasswordForm):
    """A form that takes what signing in takes: beside the password a code of the app in use, or a backup code."""

    present_code: forms.CharField = EitherCodeField(
        label=gettext_lazy("Authentication code"),
        help_text=gettext_lazy("If you no longer have the app, enter one of your backup codes instead."),
    )

    proof = ["present_code", PASSWORD_FIELD]
    field_order: Sequence[str] = ("present_code", PASSWORD_FIELD)

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        assert isinstance(request.user, User)
        if not request.user.has_authenticator:
            field = self.fields["present_code"]
            field.label, field.help_text = _("Backup code"), _("One of the ten that you saved, such as 7F2K-9XQM-4TBN.")


class ReplaceForm(SetUpForm, PresentCodeForm):
    """The same, for somebody whose app is to be replaced: the one they have, or a backup code, has the say."""

    present_code = EitherCodeField(
        label=gettext_lazy("Code from the app you have now"),
        help_text=gettext_lazy("If you no longer have it, enter one of your backup codes instead."),
    )

    field_order = ("code", "present_code", PASSWORD_FIELD)


class PasskeyField(forms.CharField):
    """What the page's script puts in: the answer of a passkey, as JSON."""

    def __init__(self) -> None:
        super().__init__(max_length=LONGEST_ANSWER, required=False, widget=forms.HiddenInput)


class TwoFactorSignInForm(PasswordTryMixin, forms.Form):
    """The code after the password, or a passkey in its place."""

    code: forms.CharField = CodeField(widget=forms.TextInput(attrs={**CODE_ATTRIBUTES, "autofocus": True}))
    trust = forms.BooleanField(
        required=False,
        label=gettext_lazy("Trust this browser for 30 days"),
        help_text=gettext_lazy("It is not asked for a code then. Not on a shared computer."),
    )
    passkey = PasskeyField()

    def clean(self) -> dict[str, Any]:
        """Ask for no code beside a passkey."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("passkey"):
            self.errors.pop("code", None)
        return cleaned


class BackupCodeSignInForm(TwoFactorSignInForm):
    """The same with a backup code."""

    code = EitherCodeField(
        label=gettext_lazy("Backup code"),
        help_text=gettext_lazy("One of the ten that you saved, such as 7F2K-9XQM-4TBN. Each works once."),
        error_messages={"required": gettext_lazy("Enter one of your backup codes.")},
    )
