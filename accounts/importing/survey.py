"""A look through the whole file before anything starts: are its columns ours, and do accounts stand together?"""

import re
from collections.abc import Iterable

from accounts.importing.files import FileRefused, Row
from accounts.importing.forms import COLUMNS

_SECRET = re.compile("passw|passphrase|pwd|secret|hash|salt", re.IGNORECASE)
_MOST_NAMED = 5
_LONGEST_NAME = 60


def look_through(rows: Iterable[Row]) -> frozenset[str]:
    """Return the references of the accounts whose lines do not all stand together.

    Keeps one copy of each reference meanwhile. Raises FileRefused where columns are missing, unknown or for passwords.
    """
    columns: set[str] = set()
    seen: set[str] = set()
    scattered: set[str] = set()
    current = ""
    for row in rows:
        if not columns.issuperset(row.values):
            columns.update(row.values)
            _require_ours(columns)
        reference = reference_of(row)
        if reference and reference != current:
            (scattered if reference in seen else seen).add(reference)
            current = reference
    _require_all(columns)
    return frozenset(scattered)


def reference_of(row: Row) -> str:
    """What the line calls its account; empty where that cannot be read."""
    return row.values.get("account", "").strip()


def _require_ours(columns: set[str]) -> None:
    unknown = sorted(columns - set(COLUMNS))[:_MOST_NAMED]
    names = ", ".join(name[:_LONGEST_NAME] for name in unknown)
    if any(_SECRET.search(name) for name in unknown):
        raise FileRefused(f"No passwords are taken, in whatever form. Take these columns out: {names}.")
    if unknown:
        raise FileRefused(f"Unknown columns: {names}. There are: {', '.join(COLUMNS)}.")


def _require_all(columns: set[str]) -> None:
    if not columns:
        raise FileRefused("The file has no line that can be read, apart from a header.")
    if missing := [name for name, field in COLUMNS.items() if field.required and name not in columns]:
        raise FileRefused(f"Missing columns: {', '.join(missing)}.")
