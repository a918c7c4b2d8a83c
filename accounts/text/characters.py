"""Characters that cannot be seen, or that pile up, in what people type."""

import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Characters that reorder the text around them can make a name read as something else in a mail or a list.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f")
_JOINERS = frozenset("\u200c\u200d")
# Beyond the format characters (Cf): what Unicode has as default-ignorable, and two that are blank (U+1D159, U+2800).
_UNSEEN = frozenset(
    map(
        chr,
        [
            *(0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x2800, 0x3164, 0xFFA0, 0x1D159),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xFFF0, 0xFFF9),
            *range(0xE0000, 0xE1000),
        ],
    )
)
_VARIATION_SELECTORS = frozenset(
    map(chr, [*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
)
# What has forms to choose from: ideographs in Japanese names, Mongolian letters, and symbols such as emoji.
_SCRIPTS_WITH_VARIANTS = ("CJK", "MONGOLIAN")
_SYMBOLS = {"So", "Sm"}
_KEYCAP = "\u20e3"
# In a few sentences these come along with what was pasted, and change nothing that is seen.
_PASTED = frozenset("\u00ad\u200b\u2060\ufeff") | _JOINERS | _DIRECTION_MARKS | _VARIATION_SELECTORS
_VIRAMA = 9
# As far as a joiner looks for the letters that it joins.
_NEAR = 16
# Vietnamese stacks two marks on a letter, Hebrew with its accents four, Tibetan five.
MOST_MARKS = 5
_SHOWN_BEFORE = 12


def is_hidden(character: str) -> bool:
    """Whether a character shows nothing of its own, wherever it stands."""
    return unicodedata.category(character) == "Cf" or character in _UNSEEN


def has_hidden(value: str) -> bool:
    """Whether a hidden character stands in `value` where no script needs it."""
    return any(is_hidden(each) and not _is_needed(value, at) for at, each in enumerate(value))


def refuse_hidden(value: str, *, is_long: bool = False) -> None:
    """Refuse hidden characters, except where a script needs them, and marks piled up. Raises ValidationError.

    `is_long`: a few sentences, where what comes along with pasted text and changes nothing may stay.
    """
    if value.isascii():
        return
    turning = _TURNING if is_long else _TURNING | _DIRECTION_MARKS
    if not turning.isdisjoint(value):
        raise ValidationError(_("Remove the hidden characters that change the direction of text."), code="bidi")
    for at, character in enumerate(value):
        if is_hidden(character) and not (is_long and character in _PASTED) and not _is_needed(value, at):
            _refuse(value[max(0, at - _SHOWN_BEFORE) : at])
    if _most_marks(value) > MOST_MARKS:
        raise ValidationError(_("Remove the accents that are piled up on one letter."), code="marks")


def without_hidden(value: str) -> str:
    """Return `value` without hidden characters, those that scripts need included."""
    return value if value.isascii() else "".join(each for each in value if not is_hidden(each))


def _refuse(before: str) -> None:
    if before.strip():
        words = _("Remove the hidden character after “%(before)s”, or type this again instead of pasting it.")
        raise ValidationError(words, code="hidden", params={"before": before.strip()})
    words = _("Remove the hidden character at the beginning, or type this again instead of pasting it.")
    raise ValidationError(words, code="hidden")


def _is_needed(value: str, at: int) -> bool:
    """Whether a hidden character does something for what stands beside it: Persian, Indic scripts, variants, emoji."""
    character, before, after = value[at], value[at - 1 : at], value[at + 1 : at + 2]
    if character in _VARIATION_SELECTORS and before:
        return _has_variants(before) or after == _KEYCAP
    if character not in _JOINERS or not before:
        return False
    return _joins_letters(value, at) or (character == "\u200d" and _joins_symbols(value[:at], after))


def _has_variants(character: str) -> bool:
    is_letter = unicodedata.name(character, "").startswith(_SCRIPTS_WITH_VARIANTS)
    return is_letter or unicodedata.category(character) in _SYMBOLS


def _joins_letters(value: str, at: int) -> bool:
    """By the rules of IDNA 2008. Bengali and Kannada also write one before the sign that takes a vowel away."""
    start = max(0, at - _NEAR)
    try:
        is_valid = idna.valid_contextj(value[start : at + _NEAR], at - start)
    except ValueError:
        return False
    return is_valid or (value[at - 1].isalpha() and unicodedata.combining(value[at + 1 : at + 2] or " ") == _VIRAMA)


def _joins_symbols(before: str, after: str) -> bool:
    """Whether both sides are parts of one emoji; on the left one may have a variant or a skin tone."""
    bare = before[-3:].rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
    return bool(bare and after) and all(unicodedata.category(each) in _SYMBOLS for each in (bare[-1], after))


def _most_marks(value: str) -> int:
    """The longest run of marks that stand on one letter. Counted as typed: putting them in order takes minutes."""
    longest = run = 0
    for character in value:
        run = run + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        longest = max(longest, run)
    return longest
