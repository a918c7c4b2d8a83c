"""Names of people and of clinics: neither may be a web address or an email address, whatever it is written with."""

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache
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
    | (?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)                  # an IPv4 address
    """,
    re.IGNORECASE | re.VERBOSE,
)
_EMAIL_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.[^\s@.]")
# Browsers take these for the dot of a domain as well; of the others NFKC makes a dot.
_IDEOGRAPHIC_DOT = {ord("。"): "."}
# What a domain is made of, besides letters, marks and numbers. The long sign of Japanese stands in some.
_IN_DOMAINS = "._-ー"
# Before the dot these are how people are addressed, also if no space follows: Dr.Ng, St.Paris.
_TITLES = {
    *("dr", "st", "mr", "mrs", "ms", "mx", "md", "jr", "sr", "fr", "mt", "ste", "sta", "sto", "prof", "rev", "hon"),
    *("capt", "col", "gen", "lt", "maj", "sgt", "hj", "drs", "ir", "ing", "smt", "mohd"),
}
# After titles and initials these are family names, as in J.Kim and Dr.Ng, or degrees, as in B.Sc; the others are taken
# for a domain.
_FAMILY_NAMES = {
    *("ba", "bo", "do", "ga", "ge", "gu", "hu", "im", "ki", "la", "li", "lu", "ly", "ma", "mo", "mu", "na", "ng", "ni"),
    *("re", "sa", "se", "so", "su", "sy", "to", "vu", "ye", "ch", "sc", "kim", "law", "paris", "wang", "abbott"),
    *("bosch", "chase", "dupont", "ferrari", "ferrero", "ford", "fox", "gallo", "george", "hughes", "leclerc", "lilly"),
    *("lincoln", "lundbeck", "norton", "ott", "philips", "pohl", "rogers", "schaeffler", "schmidt", "schwarz", "sharp"),
    *("song", "suzuki", "walter", "weber", "weir", "yun", "zara"),
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
    if any(map(_holds_domain, (plainest, _plainest(value, _spaced)))):
        words = _("Enter a name, not a web address. If the dot belongs to the name, put a space after it.")
        raise ValidationError(words, code="domain")


def _composed(value: str) -> str:
    return unicodedata.normalize("NFKC", value)


def _spaced(value: str) -> str:
    """What ends a word that it would become a part of if composed: evil.com™ would be evil.comtm."""
    return "".join(each if _composed(each) in {each, "."} else " " for each in value)


def _plainest(value: str, composed: Callable[[str], str] = _composed) -> str:
    """What programs could make of a text: entities, percent signs, widths and hidden characters are undone."""
    for _layer in range(_MOST_LAYERS):
        undone = composed(unquote(html.unescape(value)))
        undone = without_hidden(undone).translate(_IDEOGRAPHIC_DOT)
        if undone == value:
            break
        value = undone
    return value.casefold()


def _holds_domain(plainest: str) -> bool:
    """Whether a dot stands between a label and a top-level domain, other than after titles and initials."""
    words = "".join(each if _is_in_domains(each) else " " for each in plainest).split()
    return any(_is_domain(labels, at) for labels in (word.split(".") for word in words) for at in range(1, len(labels)))


def _is_in_domains(character: str) -> bool:
    category = unicodedata.category(character)
    return character in _IN_DOMAINS or (category[0] in "LMN" and category != "Lm")


def _is_domain(labels: list[str], at: int) -> bool:
    # Of "evil.com-now" and "evil.com_now" some programs take the first half.
    last = labels[at] if labels[at].startswith("xn--") else re.split("[-_]", labels[at])[0]
    if not labels[at - 1] or not (last in top_level_domains() or last.startswith("xn--")):
        return False
    # A title has a name after it: M.St.John.
    is_name = last in _FAMILY_NAMES or (last in _TITLES and any(labels[at + 1 :]))
    return not (is_name and all(map(_is_short_form, labels[:at])))


def _is_short_form(label: str) -> bool:
    return label in _TITLES or (len(label) == 1 and label.isalpha())


@cache
def top_level_domains() -> frozenset[str]:
    """Every top-level domain, in its own letters and small."""
    lines = (Path(__file__).parent / "top_level_domains.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
