"""docs/traceability.md says where each requirement is held, and by which tests: what it names is there.

A row without a test has to stand, with its reason, in the page's last section.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = ROOT / "docs" / "traceability.md"
TABLES = ("Product", "Security", "Failures of others", "Concurrency and reliability")
LATER = "Later"
UNTESTED = "Held by no test yet"

MOST_WORDS = 12
MOST_TESTS = 3
# Every number of the requirements; those that are left out were never given.
REQUIREMENTS = {
    "S": range(1, 38),
    "C": chain(range(1, 12), range(13, 15)),
    "A": chain(range(1, 55), range(56, 74)),
    "F-C": chain([1], range(3, 19), range(20, 23), range(25, 29)),
    "K": range(1, 9),
    "R": chain(range(1, 16), [17, 19, 20]),
}
NUMBERS = {f"{letters}{number}" for letters, numbers in REQUIREMENTS.items() for number in numbers} | {"Roles"}


@dataclass(frozen=True)
class Row:
    """One requirement: its number, its words, the files that hold it, and the tests as "path::name"."""

    number: str
    words: str
    files: list[str]
    tests: list[str]


def section(heading: str) -> str:
    """What stands under a heading of the page."""
    _before, _heading, after = f"{PAGE.read_text()}\n".partition(f"\n## {heading}\n")
    return after.partition("\n## ")[0]


def cells(heading: str) -> Iterator[list[str]]:
    """The rows of the table under a heading, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def quoted(cell: str) -> list[str]:
    """What stands between backticks, where the cell holds nothing else; an empty list for a dash."""
    assert re.fullmatch(r"-|`[^`]+`(, `[^`]+`)*", cell), cell
    return re.findall(r"`([^`]+)`", cell)


def rows_of(heading: str) -> list[Row]:
    """The requirements in one table."""
    return [Row(number, words, quoted(files), quoted(tests)) for number, words, files, tests in cells(heading)]


ROWS = [row for heading in TABLES for row in rows_of(heading)]


def numbers_in(words: str) -> Iterator[str]:
    """The numbers in a list such as "S21, S24 to S26"."""
    for each in words.split(", "):
        letters, first, last = re.fullmatch(r"([A-Z-]+)(\d+)(?: to \1(\d+))?", each).groups()
        yield from (f"{letters}{number}" for number in range(int(first), int(last or first) + 1))


@cache
def names_of_tests(path: str) -> frozenset[str]:
    """The names of the tests that pytest finds in a file."""
    functions = (node for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


@pytest.mark.parametrize("heading", TABLES)
def test_each_table_is_found(heading):
    """Otherwise the next tests would look at nothing."""
    assert rows_of(heading)


def test_every_number_stands_on_the_page_once():
    later = [number for _work, numbers, _there in cells(LATER) for number in numbers_in(numbers)]
    named = [row.number for row in ROWS] + later

    assert [number for number in sorted(set(named)) if named.count(number) > 1] == []
    assert set(named) == NUMBERS


def test_the_files_that_hold_it_are_there():
    assert [row.number for row in ROWS if not row.files] == []
    assert [f"{row.number}: {path}" for row in ROWS for path in row.files if not (ROOT / path).is_file()] == []


def test_the_tests_that_hold_it_are_there():
    wrong = []
    for row in ROWS:
        for test in row.tests:
            path, _, name = test.partition("::")
            is_collected = Path(path).name.startswith("test_") and (ROOT / path).is_file()
            if not is_collected or name not in names_of_tests(path):
                wrong.append(f"{row.number}: {test}")

    assert wrong == []


def test_the_tests_named_are_the_most_telling_ones_and_the_words_are_few():
    assert [row.number for row in ROWS if len(row.tests) > MOST_TESTS or len(set(row.tests)) < len(row.tests)] == []
    assert [row.number for row in ROWS if not 0 < len(row.words.split()) <= MOST_WORDS] == []


def test_what_no_test_holds_is_said_with_the_reason():
    said = re.findall(r"^- (\S+?)(, in part)?: \S", section(UNTESTED), re.MULTILINE)
    whole = [number for number, in_part in said if not in_part]

    assert sorted(whole) == sorted(row.number for row in ROWS if not row.tests)
    assert {number for number, _in_part in said} <= {row.number for row in ROWS}


def test_what_no_test_holds_is_said_last():
    headings = re.findall(r"^## (.+)$", PAGE.read_text(), re.MULTILINE)

    assert headings == [*TABLES, LATER, UNTESTED]


def test_the_code_named_in_passing_is_there():
    """Paths in the text and in the column of what is there already."""
    text = "".join(section(heading) for heading in (LATER, UNTESTED))
    paths = re.findall(r"`((?:[\w.-]+/)+[\w.-]+)`", text)

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
