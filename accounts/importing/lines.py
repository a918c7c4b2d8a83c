"""The lines of an import, checked one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from accounts.core.details import ImportedAccount, ImportedPerson
from accounts.importing.files import Row
from accounts.importing.forms import check_line
from accounts.importing.survey import reference_of


@dataclass(frozen=True)
class Line:
    """A line and what it says; `problem` is why nothing is taken from it.

    `reference` is that of the account before, where the line does not show its own. A line is `in_doubt` where the
    file may say more about its account in lines that cannot be told to be about it.
    """

    number: int
    reference: str
    email: str
    facts: tuple[ImportedAccount, ImportedPerson] | None
    problem: str
    in_doubt: bool


def read_lines(rows: Iterable[Row], *, scattered: frozenset[str]) -> Iterator[Line]:
    """Check each line by itself. `scattered` are the accounts whose lines do not all stand together."""
    current, after_riddle = "", False
    ended: set[str] = set()
    for row in rows:
        reference = reference_of(row) or current
        if reference != current and current in scattered:
            ended.add(current)
        facts, problem = _facts(row, is_apart=reference in ended)
        yield Line(
            number=row.number,
            reference=reference,
            email=row.values.get("email", "").strip(),
            facts=facts,
            problem=problem,
            in_doubt=reference in scattered or (after_riddle and reference != current),
        )
        # What cannot be read, or runs over several lines and is refused, may have held lines of the account behind it.
        after_riddle = bool(problem) and not (reference_of(row) and row.is_one_line)
        current = reference


def _facts(row: Row, *, is_apart: bool) -> tuple[tuple[ImportedAccount, ImportedPerson] | None, str]:
    if row.problem:
        return None, row.problem
    if is_apart:
        return None, "The lines of an account have to stand together; another account is between."
    try:
        return check_line(row.values), ""
    except ValidationError as error:
        return None, " ".join(error.messages)
