"""What people may type: one line, no trickery. Shared by models and forms."""

import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST_ADDRESS = 254
LONGEST_PASSWORD_TYPED = 1024

# Characters that reorder the text around them can make a name read as something else in a mail or a list.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Control characters, and Unicode's own line and paragraph separators.
_NOT_ONE_LINE = {"Cc", "Zl", "Zp"}
# What stands in for bytes that were no UTF-8.
_UNREADABLE = "\ufffd"
_WEB_ADDRESS = re.compile(r"://|\bwww\.|\.[a-z]{2,}/", re.IGNORECASE)
# The odd-looking spaces are those that come along with a number copied from a web page.
_MOBILE = re.compile("\\+?[\\d \u00a0\u2009\u202f().\\-]{4,30}")


def validate_single_line(value: str) -> None:
    """Refuse line breaks and control characters (A48): they could add headers to a mail. Raises ValidationError."""
    if any(unicodedata.category(each) in _NOT_ONE_LINE for each in value):
        raise ValidationError(_("Use one line of text, without line breaks or control characters."), code="control")
    _refuse_trickery(value)


def validate_paragraphs(value: str) -> None:
    """Refuse control characters other than line breaks and tabs: what a terminal or a mail would act on.

    Raises ValidationError.
    """
    if any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in value):
        raise ValidationError(
            _("Remove the control characters, which may have come along when you pasted."), code="control"
        )
    _refuse_trickery(value)


def _refuse_trickery(value: str) -> None:
    if _UNREADABLE in value:
        raise ValidationError(_("Type this again: part of it arrived unreadable."), code="unreadable")
    if _BIDI_CONTROLS.search(value):
        raise ValidationError(_("Remove the hidden characters that change the direction of text."), code="bidi")


def plain_line(value: str) -> str:
    """Return a stranger's words as one line that can be shown: nothing in it breaks lines or turns text around."""
    one_line = "".join(" " if unicodedata.category(each) in _NOT_ONE_LINE else each for each in value)
    return " ".join(_BIDI_CONTROLS.sub("", one_line).split())


def validate_name(value: str) -> None:
    """Refuse what is no name: hidden characters, and web addresses, the stuff of spam. Raises ValidationError."""
    validate_single_line(value)
    if _WEB_ADDRESS.search(value):
        raise ValidationError(_("Enter a name, not a web address."), code="web_address")
    if not any(character.isalnum() for character in value):
        raise ValidationError(_("Enter a name with at least one letter or digit."), code="no_letters")


def validate_mobile(value: str) -> None:
    """Refuse what nobody could dial. Spaces, brackets, dots and dashes are fine. Raises ValidationError."""
    if not _MOBILE.fullmatch(value) or sum(each.isdigit() for each in value) < 4:
        raise ValidationError(_("Enter a phone number with digits, for example +61 400 000 000."), code="mobile")


def canonical_password(value: str) -> str:
    """Return the form in which a password is hashed and compared (A4): keyboards write “ü” as one sign or two.

    What is longer than any password here is returned as it is, to be refused as too long.
    """
    if len(value) > LONGEST_PASSWORD_TYPED:
        # Putting marks in order takes minutes for some very long texts.
        return value
    return unicodedata.normalize("NFC", value)


def canonical_email(value: str) -> str:
    """Return the one spelling of an address under which it is stored, compared and written to.

    Compatibility forms and case are folded, and the domain is put in its ASCII form, so that two spellings that a
    mail server takes for one address are one login here (C13, K5). Returns `value` stripped where it is no address.
    """
    if len(value) > LONGEST_ADDRESS:
        # Refused as too long wherever it is checked; folding some very long texts takes minutes.
        return value
    folded = unicodedata.normalize("NFKC", value).strip().lower()
    local, at, domain = folded.rpartition("@")
    if not at:
        return folded
    try:
        domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return folded
    return f"{local}@{domain}"
