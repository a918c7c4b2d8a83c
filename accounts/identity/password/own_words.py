"""Passwords that are made of what others know of somebody (A5)."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from enum import Enum

# Shorter words of a name would let short passwords fall apart by chance. A name that is shorter counts as a whole.
SHORTEST_WORD = 3


class Kind(Enum):
    """What a word is part of."""

    CLINIC = "clinic"
    PRODUCT = "product"
    ROLE = "role"
    EMAIL = "email"


def kinds_it_is_made_of(password: str, names: Mapping[Kind, Iterable[str]]) -> set[Kind]:
    """Which of the names the password is made of, with nothing else in it; empty where there is something else.

    Case, spaces, digits, punctuation and order count for nothing, so that "Harbour2026!" is made of Harbour Street.
    A phrase that merely contains such a word has other letters, and is nobody's name.
    """
    return _made_of(password, names, str.isalpha) or _made_of(password, names, str.isalnum)


def _made_of(password: str, names: Mapping[Kind, Iterable[str]], keep: Callable[[str], bool]) -> set[Kind]:
    text = _only(password, keep)
    pieces: dict[str, Kind] = {}
    for kind, each in names.items():
        for name in each:
            pieces = {**dict.fromkeys(_pieces(name, keep), kind), **pieces}
    # How far the password is explained, and by which kinds of names.
    explained: dict[int, set[Kind]] = {0: set()}
    for start in range(len(text)):
        if start not in explained:
            continue
        for piece, kind in pieces.items():
            if text.startswith(piece, start):
                explained.setdefault(start + len(piece), explained[start] | {kind})
    return explained.get(len(text), set()) if text else set()


def _pieces(name: str, keep: Callable[[str], bool]) -> set[str]:
    """The whole name, and each of its words."""
    words = "".join(each if each.isalnum() else " " for each in name).split()
    long_enough = {word for word in (_only(each, keep) for each in words) if len(word) >= SHORTEST_WORD}
    return ({_only(name, keep)} | long_enough) - {""}


def _only(text: str, keep: Callable[[str], bool]) -> str:
    """The characters that count, in one Unicode form and without difference of case."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if keep(each))
