"""Reading a file of accounts, CSV or JSON lines, with no more of it in memory than one line."""

import codecs
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

CSV = "csv"
JSON_LINES = "jsonl"
KINDS = (CSV, JSON_LINES)
KINDS_BY_SUFFIX = {".csv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES}

# In bytes, together with the further lines that a quoted field of it runs over.
LONGEST_LINE = 64 * 1024


class FileRefused(Exception):
    """A file of which nothing is taken; the text says why."""


class UnreadableLine(Exception):
    """A line that cannot be read; the text says why."""


@dataclass(frozen=True)
class Row:
    """A line as it stands in the file, or why it cannot be read. `number` counts from 1, as editors do."""

    number: int
    values: dict[str, str]
    problem: str = ""
    is_one_line: bool = True


def read_rows(file: BinaryIO, *, kind: str) -> Iterator[Row]:
    """Read the lines one by one, without the header and without empty ones.

    `kind` is one of KINDS. Raises FileRefused where a CSV file has no header that can be read.
    """
    lines = _Lines(file)
    taken = _values(lines, kind)
    while True:
        number = lines.begin()
        try:
            values = next(taken)
        except StopIteration:
            return
        except (UnreadableLine, csv.Error) as error:
            yield Row(number, {}, _in_words(error))
        else:
            if any(values.values()):
                yield Row(number, values, is_one_line=lines.number == number)


class _Lines:
    """The lines of a file as text. A line too long to be one is passed over without being held."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._bytes_left = LONGEST_LINE
        self.number = 0

    def begin(self) -> int:
        """Take what is read from here on as one; returns the number of its first line."""
        self._bytes_left = LONGEST_LINE
        return self.number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line. Raises UnreadableLine, after which one can go on with the line behind it."""
        raw = self._file.readline(self._bytes_left + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        if len(raw) > self._bytes_left:
            while not raw.endswith(b"\n") and (raw := self._file.readline(LONGEST_LINE)):
                pass
            raise UnreadableLine(f"It is longer than {LONGEST_LINE} bytes. Is a quotation mark left open?")
        self._bytes_left -= len(raw)
        try:
            return (raw.removeprefix(codecs.BOM_UTF8) if self.number == 1 else raw).decode()
        except UnicodeDecodeError:
            raise UnreadableLine("It is not in UTF-8.") from None


def _values(lines: _Lines, kind: str) -> Iterator[dict[str, str]]:
    if kind == JSON_LINES:
        return map(_from_json, lines)
    records = csv.reader(lines, strict=True)
    return map(partial(_from_record, _header(records)), records)


def _in_words(error: Exception) -> str:
    return f"It is not CSV: {error}." if isinstance(error, csv.Error) else str(error)


def _header(records: Iterator[list[str]]) -> list[str]:
    try:
        names = [name.strip() for name in next(records)]
    except StopIteration:
        raise FileRefused("The file is empty.") from None
    except (UnreadableLine, csv.Error) as error:
        raise FileRefused(f"The first line should be the header. {_in_words(error)}") from None
    if twice := {name for name in names if names.count(name) > 1}:
        raise FileRefused(f"The header names a column twice: {', '.join(sorted(twice))}.")
    return names


def _from_record(names: list[str], record: list[str]) -> dict[str, str]:
    if record and len(record) != len(names):
        raise UnreadableLine(f"The header has {len(names)} columns and this line {len(record)}.")
    return dict(zip(names, record, strict=False))


def _from_json(text: str) -> dict[str, str]:
    if not text.strip():
        return {}
    try:
        found = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        raise UnreadableLine("It is not JSON.") from None
    if not isinstance(found, _Pairs):
        raise UnreadableLine("It is not a JSON object.")
    values = {name: _as_text(name, value) for name, value in found}
    if len(values) != len(found):
        raise UnreadableLine("It names a column twice.")
    return values


class _Pairs(list[tuple[str, Any]]):
    """The names and values of a JSON object, those that are there twice included."""


def _as_text(name: str, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    if not isinstance(value, str | int):
        raise UnreadableLine(f"{name} should be a text.")
    try:
        return str(value).encode().decode()
    except UnicodeEncodeError:
        raise UnreadableLine(f"{name} holds half a character.") from None
