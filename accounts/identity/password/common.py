"""The passwords that guessers try first (A2). docs/passwords.md says where the list comes from."""

import gzip
import unicodedata
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("common_passwords.txt.gz")

# What a finger runs along: rows and columns of a keyboard, the alphabet, the digits.
RUNS = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
    *("qwertzuiop", "azertyuiop"),
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol", "qaz", "wsx", "edc", "rfv", "tgb", "yhn"),
    *("1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "!@#$%^&*()"),
)
_BOTH_WAYS = (*RUNS, *(run[::-1] for run in RUNS))
SHORTEST_PIECE = 3
# A repeated piece shorter than this adds nothing to guess.
SHORTEST_UNIT = 8


def folded(password: str) -> str:
    """The form in which passwords are compared: one Unicode form, no difference of case."""
    return unicodedata.normalize("NFC", password).casefold()


@cache
def entries() -> frozenset[str]:
    """The list, as `folded` leaves its entries. Read once for each process."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        return frozenset(line.rstrip("\n") for line in lines)


def is_common(password: str) -> bool:
    """Whether the whole password is on the list, spaces or not, or is a listed or short one over and over."""
    whole = folded(password)
    unit = repeated_unit(whole)
    return bool({whole, whole.replace(" ", ""), unit, unit.replace(" ", "")} & entries())


def is_pattern(password: str) -> bool:
    """Whether it is a few characters over and over, or nothing but runs along the keyboard or the alphabet.

    With its spaces or without: they make nothing less regular.
    """
    text = folded(password)
    return any(_is_regular(each) for each in (text, text.replace(" ", "")))


def _is_regular(text: str) -> bool:
    unit = repeated_unit(text)
    return (unit != text and len(unit) < SHORTEST_UNIT) or is_run(unit)


def repeated_unit(text: str) -> str:
    """The shortest piece that `text` is a repetition of, be the last one cut off: "abc" of "abcabcab"."""
    # The shortest shift at which the text meets itself; it is a repetition where at least two pieces fit.
    for length in range(1, len(text) // 2 + 1):
        if text.startswith(text[length:]):
            return text[:length]
    return text


def is_run(text: str) -> bool:
    """Whether `text` falls into pieces of three or more characters, each along one of the runs, in either direction."""
    reached = {0}
    for end in range(SHORTEST_PIECE, len(text) + 1):
        pieces = (text[start:end] for start in reached if end - start >= SHORTEST_PIECE)
        if any(piece in run for piece in pieces for run in _BOTH_WAYS):
            reached.add(end)
    return bool(text) and len(text) in reached
