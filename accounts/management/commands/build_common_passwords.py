"""`manage.py build_common_passwords`: make the list of well-known passwords anew (A2)."""

import gzip
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.management.base import BaseCommand, CommandError

from accounts.identity.password.common import FILE, folded
from accounts.identity.password.rules import LONGEST, SHORTEST, SHORTEST_WITH_TWO_FACTOR

SAYINGS = FILE.with_name("common_passwords_sayings.txt")
BEFORE = (
    "iloveyou",
    "mypassword",
    "mynameis",
    "password",
    "thisis",
    "welcome",
    "hello",
    "iam",
    "iama",
    "ihate",
    "ilove",
)
AFTER = (
    *("1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890"),
    *("!", "!!", "1!", "12!", "123!", "1234!", "!1", "!123", "!1234", "@1", "@123", "@1234", "#1", "#123", ".", "?"),
    *("01", "007", "00", "000", "11", "111", "22", "69", "77", "99", "100", "321", "4321", "54321", "321!"),
    *("qwerty", "abc", "abc123", "abcd1234", "password", "password1", "forever", "rules"),
    *(f"{year}{after}" for year in range(2015, 2031) for after in ("", "!")),
    *(f"@{year}" for year in range(2015, 2031)),
)
# Of the well-known ones, so many of the first are lengthened and put together, as guessers do.
LENGTHENED, PAIRED = 1000, 80
LONGEST_MADE = 24


def readable(lines: Iterable[str]) -> Iterator[str]:
    """Entries one to a line, folded; without remarks, and without what came to its source in a broken encoding."""
    for line in lines:
        entry = folded(line.strip("\r\n"))
        if entry and not entry.startswith("# ") and "пїѕ" not in entry and entry.isprintable():
            yield entry


def django_list() -> list[str]:
    """Django's own list, the most frequent first."""
    with gzip.open(CommonPasswordValidator().DEFAULT_PASSWORD_LIST_PATH, "rt", encoding="utf-8") as lines:
        return list(readable(lines))


def lengthened(words: Iterable[str]) -> Iterator[str]:
    """Each word as people lengthen it until a rule takes it."""
    for word in words:
        yield from (f"{word}{after}" for after in AFTER)
        yield from (f"{before}{word}" for before in BEFORE)


def made_of(frequent: list[str], sayings: list[str]) -> Iterator[str]:
    """What is not taken from a list but made of it: longer forms of what is frequent, words in pairs, sayings."""
    words = [each for each in frequent if each.isalpha() and len(each) >= SHORTEST_WITH_TWO_FACTOR - 3]
    squeezed = [saying.replace(" ", "") for saying in sayings]
    yield from lengthened(frequent[:LENGTHENED])
    yield from map("".join, permutations(words[:PAIRED], 2))
    yield from sayings
    yield from squeezed
    yield from lengthened(squeezed)


def well_known(more: Iterable[str]) -> dict[str, list[str]]:
    """Every entry by where it comes from: "listed" by Django or `more`, or "made" of that. None stands in both."""
    frequent = django_list()
    listed = {each for each in (*frequent, *more) if SHORTEST_WITH_TWO_FACTOR <= len(each) <= LONGEST}
    sayings = list(readable(SAYINGS.read_text(encoding="utf-8").splitlines()))
    squeezed = {saying.replace(" ", "") for saying in sayings}
    made = {
        each
        for each in made_of(frequent, sayings)
        if len(each) >= SHORTEST and (len(each) <= LONGEST_MADE or each.replace(" ", "") in squeezed)
    }
    return {"listed": sorted(listed), "made": sorted(made - listed)}


class Command(BaseCommand):
    """Writes common_passwords.txt.gz: the same bytes for the same sources."""

    help = "Make the list of well-known passwords anew, from Django's list, our own sayings, and further lists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Further lists, and where to write."""
        parser.add_argument("lists", nargs="*", type=Path, help="further lists: UTF-8, a password to a line")
        parser.add_argument("--output", type=Path, default=FILE, help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say what is in it."""
        try:
            more = [each for path in options["lists"] for each in readable(path.read_text("utf-8").splitlines())]
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"Nothing was written: {error}") from error
        found = well_known(more)
        text = "".join(f"{each}\n" for each in sorted(found["listed"] + found["made"]))
        options["output"].write_bytes(gzip.compress(text.encode(), mtime=0))
        for origin, passwords in found.items():
            long = sum(len(each) >= SHORTEST for each in passwords)
            self.stdout.write(f"{origin}: {len(passwords) - long:,} of 8 to 14 characters, {long:,} of 15 or more")
