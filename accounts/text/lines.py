"""One line of text, a few sentences, a phone number."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.text.characters import refuse_hidden, without_hidden

# Control characters, and Unicode's own line and paragraph separators.
_NOT_ONE_LINE = {"Cc", "Zl", "Zp"}
# What stands in for bytes that were no UTF-8.
_UNREADABLE = "\ufffd"
# The odd-looking spaces are those that come along with a number copied from a web page.
_MOBILE = re.compile("\\+?[\\d \u00a0\u2009\u202f().\\-]{4,30}")


def validate_single_line(value: str) -> None:
    """Refuse line breaks and control characters (A48): they could add headers to a mail. Raises ValidationError."""
    if any(unicodedata.category(each) in _NOT_ONE_LINE for each in value):
        raise ValidationError(_("Use one line of text, without line breaks or control characters."), code="control")
    _refuse_unreadable(value)
    refuse_hidden(value)


def validate_paragraphs(value: str) -> None:
    """Refuse control characters other than line breaks and tabs: what a terminal or a mail would act on.

    Raises ValidationError.
    """
    if any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in value):
        raise ValidationError(
            _("Remove the control characters, which may have come along when you pasted."), code="control"
        )
    _refuse_unreadable(value)
    refuse_hidden(value, is_long=True)


def _refuse_unreadable(value: str) -> None:
    if _UNREADABLE in value:
        raise ValidationError(_("Type this again: part of it arrived unreadable."), code="unreadable")


def plain_line(value: str) -> str:
    """Return a stranger's words as one line that can be shown: nothing in it breaks lines, turns text or is hidden."""
    one_line = "".join(" " if unicodedata.category(each) in _NOT_ONE_LINE else each for each in value)
    return " ".join(without_hidden(one_line).split())


def validate_mobile(value: str) -> None:
    """Refuse what nobody could dial. Spaces, brackets, dots and dashes are fine. Raises ValidationError."""
    if not _MOBILE.fullmatch(value) or sum(each.isdigit() for each in value) < 4:
        raise ValidationError(_("Enter a phone number with digits, for example +61 400 000 000."), code="mobile")
