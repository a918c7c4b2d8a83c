"""Bring accounts and their people over from a file of another system. docs/importing.md has the file's format."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from tqdm import tqdm

from accounts.core.errors import ActionRefused
from accounts.importing.actions import AccountImport, Finished, bringing_over
from accounts.importing.files import KINDS, KINDS_BY_SUFFIX, FileRefused, read_rows
from accounts.importing.lines import Line, read_lines
from accounts.importing.survey import look_through
from accounts.management.import_report import Report, printable


class Command(BaseCommand):
    """One transaction for each account; a trial unless told to save."""

    help = "Bring accounts and their people over from a file (docs/importing.md). A trial, unless --commit is given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what can be given."""
        parser.add_argument("file", type=Path, help="a CSV file with a header, or JSON lines; in UTF-8")
        parser.add_argument("--format", choices=KINDS, help="where the end of the file's name does not say it")
        parser.add_argument("--commit", action="store_true", help="save; otherwise everything is tried and undone")
        parser.add_argument("--welcome", action="store_true", help="with --commit: mail everybody active who is added")
        parser.add_argument("--quiet", action="store_true", help="leave out the lines that went well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file. Raises CommandError where it cannot be taken, and where lines were refused."""
        path: Path = options["file"]
        kind = options["format"] or KINDS_BY_SUFFIX.get(path.suffix.lower())
        if kind is None:
            raise CommandError("The file's name ends in none of .csv, .jsonl, .ndjson: say --format csv or jsonl.")
        self._commit, self._welcome = options["commit"], options["welcome"]
        self._report = Report(self._say, is_quiet=options["quiet"])
        with _opened(path) as file:
            try:
                self._import(file, kind)
            except FileRefused as refusal:
                raise CommandError(printable(f"{refusal} Nothing was started.")) from refusal
        self._report.summary(is_saved=self._commit)
        if self._report.all.refused:
            raise CommandError("Lines were refused. Mend them and run this again: what is here already stays as it is.")

    def _import(self, file: BinaryIO, kind: str) -> None:
        scattered = look_through(read_rows(file, kind=kind))
        size = file.tell()
        file.seek(0)
        lines = read_lines(read_rows(file, kind=kind), scattered=scattered)
        # Where it is no terminal there is no bar.
        with tqdm(total=size, unit="B", unit_scale=True, leave=False, disable=None) as bar:
            for reference, of_account in groupby(_counted(lines, file, bar), key=attrgetter("reference")):
                try:
                    finished = self._account(of_account)
                except DatabaseError as error:
                    said = " ".join(str(error).split())
                    words = (
                        f"The database refused account {reference}. Run this again for what is not here yet. It said:"
                    )
                    raise CommandError(printable(f"{words} {said}")) from error
                self._report.account(reference, finished)

    def _account(self, lines: Iterable[Line]) -> Finished | None:
        """Bring one account over in one transaction, which the first good line opens; None if no line was taken."""
        work: AccountImport | None = None
        is_whole = True
        with ExitStack() as transaction:
            for line in lines:
                try:
                    if line.facts is None:
                        raise ActionRefused(line.problem)
                    account, person = line.facts
                    if work is None:
                        over = bringing_over(account, commit=self._commit, welcome=self._welcome)
                        work = transaction.enter_context(over)
                    self._report.person(line, work.add(account, person))
                    is_whole = is_whole and not line.in_doubt
                except ActionRefused as refusal:
                    self._report.refused(line, str(refusal))
                    is_whole = False
            return work.finish(is_whole=is_whole) if work and not work.is_empty else None

    def _say(self, text: str) -> None:
        """Print a line without tearing the progress bar."""
        with tqdm.external_write_mode():
            self.stdout.write(text)


def _opened(path: Path) -> BinaryIO:
    if not path.is_file():
        raise CommandError(printable(f"{path} is not there or no file. It is read twice, so a pipe will not do."))
    try:
        return path.open("rb")
    except OSError as error:
        raise CommandError(printable(f"{path}: {error.strerror}.")) from error


def _counted(lines: Iterable[Line], file: BinaryIO, bar: "tqdm[Any]") -> Iterator[Line]:
    for line in lines:
        bar.update(file.tell() - bar.n)
        yield line
