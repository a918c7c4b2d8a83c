"""Rules for passwords that Django has not got."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User


class MaximumLengthValidator:
    """Refuses a password so long that hashing it is an attack; 128 characters are always taken (A1)."""

    def __init__(self, max_length: int = 256) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError where the password is longer than `max_length` characters."""
        if len(password) > self.max_length:
            words = ngettext(
                "Use a password of at most %(most)s character.",
                "Use a password of at most %(most)s characters.",
                self.max_length,
            )
            raise ValidationError(words % {"most": self.max_length}, code="password_too_long")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("At most %(most)s characters.") % {"most": self.max_length}
