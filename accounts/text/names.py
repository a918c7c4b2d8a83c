"""Names of people and of clinics: neither may be a web address or an email address, whatever it is written with."""

import html
import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.text.characters import without_hidden
from accounts.text.lines import validate_single_line

_ENCODED_WORD = re.compile(r"=\?.*\?=")
_WEB_ADDRESS = re.compile(
    r"""
      ://                                                   # any scheme with slashes
    | (?<![^\W_])www\.                                      # www.
    | \.[^\W\d_]{2,}[/\\]                                   # a domain with a path
    | (?<![^\W_])(?:https?|ftp|mailto|javascript|data|file):\S  # the schemes that open something
    """,
    re.IGNORECASE | re.VERBOSE,
)
_EMAIL_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.[^\s@.]")
# Browsers take these for the dot of a domain as well; of the others NFKC makes a dot.
_IDEOGRAPHIC_DOT = {ord("。"): "."}
# What ends a label of a domain on either side, besides the dot.
_BETWEEN_LABELS = re.compile(r"[\s,;:!?/\\()\[\]{}<>\"'“”‘’«»&+*=|#%@~^`$]+")
# Before the dot these are how people are addressed, also if no space follows: Dr.Ng, St.Paris.
_TITLES = {
    *("dr", "st", "mr", "mrs", "ms", "mx", "md", "jr", "sr", "fr", "mt", "ste", "sta", "sto", "prof", "rev", "hon"),
    *("capt", "col", "gen", "lt", "maj", "sgt", "hj", "drs", "ir", "ing", "smt", "mohd"),
}
# After a title or an initial any other top-level domain may be a family name: J.Kim, A.Ng, P.Law.
_NEVER_A_FAMILY_NAME = {
    *("com", "net", "org", "info", "biz", "edu", "gov", "app", "dev", "xyz", "online", "site", "shop", "top", "link"),
    "click",
}
_MOST_LAYERS = 5


def validate_name(value: str) -> None:
    """Refuse what isn't a name: hidden characters, web and email addresses, encoded words. Raises ValidationError.

    For clinics and things. A bare domain is fine (Physio.com.au is a clinic); mails make no link of it (`unlinked`).
    """
    _require_name(value)


def _require_name(value: str) -> str:
    """Raises ValidationError; returns what programs could make of the name."""
    validate_single_line(value)
    plainest = _plainest(value)
    if _ENCODED_WORD.search(plainest):
        raise ValidationError(_("Enter the name in plain characters, without “=?” and “?=”."), code="encoded_word")
    if _WEB_ADDRESS.search(plainest):
        raise ValidationError(_("Enter a name, not a web address."), code="web_address")
    if _EMAIL_ADDRESS.search(plainest):
        raise ValidationError(_("Enter a name, not an email address."), code="email_address")
    if not any(character.isalnum() for character in value):
        raise ValidationError(_("Enter a name with at least one letter or digit."), code="no_letters")
    return plainest


def validate_person_name(value: str) -> None:
    """The same for people, whose names hold no domain and no @ either. Raises ValidationError."""
    plainest = _require_name(value)
    if "@" in plainest:
        raise ValidationError(_("Enter a name, not an email address."), code="email_address")
    if "." in plainest and _holds_domain(plainest):
        words = _("Enter a name, not a web address. If the dot belongs to the name, put a space after it.")
        raise ValidationError(words, code="domain")


def _plainest(value: str) -> str:
    """What programs could make of a text: entities, percent signs, widths and hidden characters are undone."""
    for _layer in range(_MOST_LAYERS):
        undone = unicodedata.normalize("NFKC", unquote(html.unescape(value)))
        undone = without_hidden(undone).translate(_IDEOGRAPHIC_DOT)
        if undone == value:
            break
        value = undone
    return value.casefold()


def _holds_domain(plainest: str) -> bool:
    """Whether a dot stands between a label and a top-level domain, other than after a title or an initial."""
    words = (word.split(".") for word in _BETWEEN_LABELS.split(plainest))
    return any(_is_domain(left, right) for labels in words for left, right in pairwise(labels))


def _is_domain(left: str, right: str) -> bool:
    # Of "evil.com-now" and "evil.com_now" some programs take the first half.
    last = right if right.startswith("xn--") else re.split("[-_]", right)[0]
    if not left or not (last in top_level_domains() or last.startswith("xn--")):
        return False
    is_short_form = left in _TITLES or (len(left) == 1 and left.isalpha())
    return not is_short_form or last in _NEVER_A_FAMILY_NAME


@cache
def top_level_domains() -> frozenset[str]:
    """Every top-level domain, in its own letters and small."""
    lines = (Path(__file__).parent / "top_level_domains.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
