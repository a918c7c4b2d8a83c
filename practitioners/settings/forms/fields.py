"""Fields that say what to do when they refuse something."""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from practitioners.schedule.week import MINUTES_A_DAY, in_words

# 9, 9:30, 9.30, 0930, 9am, 5:30 p.m.
_TIME = re.compile(r"(\d{1,2})(?:[:.,h]?(\d\d))?(?:([ap])\.?(?:m\.?)?)?")
NOON = 12
# Folding a long text takes longer than anybody may make us do.
LONGEST_TYPED = 50


def minutes_typed(text: str) -> int | None:
    """Read a time as people write it, by the 24-hour or the 12-hour clock, in minutes after midnight.

    None where it is no time. "24:00" is the end of the day, "12 am" its beginning.
    """
    if len(text) > LONGEST_TYPED:
        return None
    found = _TIME.fullmatch("".join(unicodedata.normalize("NFKC", text).casefold().split()))
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= NOON:
            return None
        hour = hour % NOON + (NOON if half == "p" else 0)
    minutes = hour * 60 + minute
    return minutes if minute < 60 and minutes <= MINUTES_A_DAY else None


class ClockField(forms.Field):
    """A time of the day, in minutes after midnight; None where nothing was typed.

    With `is_end` midnight is the end of the day rather than its beginning: nothing ends at 0:00.
    """

    default_error_messages = {"invalid": _("Enter a time such as 9:00, 17:30 or 5:30 pm.")}

    def __init__(self, *, is_end: bool = False) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false", "size": 6}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs))
        self.is_end = is_end

    def to_python(self, value: Any) -> int | None:
        """Return the minutes. Raises ValidationError for what is no time."""
        text = str(value or "").strip()
        if not text:
            return None
        minutes = minutes_typed(text)
        if minutes is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return MINUTES_A_DAY if self.is_end and minutes == 0 else minutes

    def prepare_value(self, value: Any) -> Any:
        """Show minutes, and whatever can be read as such, as H:MM; anything else as it was typed."""
        try:
            minutes = value if isinstance(value, int) else self.to_python(value)
        except forms.ValidationError:
            return value
        return "" if minutes is None else in_words(minutes)
