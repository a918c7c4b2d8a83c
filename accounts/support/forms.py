"""What support types: why, and on what evidence."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from accounts.core.errors import ActionRefused
from accounts.core.fields import ParagraphsField

SHORTEST_REASON = 10
LONGEST_REASON = 2000
EVERYBODY = _("Every administrator of the clinic can read it in the history of ownership.")


class ReasonForm(forms.Form):
    """A written reason for an act. `readers` says who reads it; `check` raises ActionRefused where the act is known to
    be refused already.
    """

    reason = ParagraphsField(
        label=_("Reason"),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        rows=6,
        error_messages={
            "required": _("Write down why."),
            "min_length": _("Write down why, in at least %(limit_value)d characters."),
            "max_length": _("Use at most %(limit_value)d characters (it has %(show_value)d)."),
        },
    )

    def __init__(self, *args: Any, readers: str, check: Callable[[], None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check = check
        self.fields["reason"].help_text = lazystr(readers)

    @property
    def why_not(self) -> str:
        """Why the act would be refused, said before anything is typed; an empty text where it would not."""
        try:
            self.check()
        except ActionRefused as refusal:
            return str(refusal)
        return ""

    def clean(self) -> dict[str, Any]:
        """Say what would be refused before the password is asked for; the action checks again under the lock."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and self.why_not:
            self.add_error(None, self.why_not)
        return cleaned


class RecoveryForm(ReasonForm):
    """How support made sure who is asking, and why two-factor authentication is to be reset."""

    evidence = ParagraphsField(
        label=_("How you made sure who is asking"),
        help_text=_(
            "What you saw or heard, and when: papers, a call back to a number on file, someone who knows them. The "
            "mailbox alone proves nothing. Only support reads this."
        ),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        rows=6,
        error_messages={
            "required": _("Write down how you made sure who is asking."),
            "min_length": _("Write down how, in at least %(limit_value)d characters."),
            "max_length": _("Use at most %(limit_value)d characters (it has %(show_value)d)."),
        },
    )

    field_order = ("evidence", "reason")
