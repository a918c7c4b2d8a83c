"""The form that accepts an invitation with a login."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.identity.authentication import try_password
from accounts.identity.password.fields import PasswordField, PasswordTryMixin, ask_for_new_password, wait_words
from accounts.identity.password.rules import SHORTEST
from accounts.models import User


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
