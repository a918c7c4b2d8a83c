"""What the command import_accounts says: a line for each person, one for each account, and a summary."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.access.roles import ROLES
from accounts.importing.actions import Finished, Outcome
from accounts.importing.lines import Line

_MOST_CHARACTERS = 1000


def printable(text: str) -> str:
    """Make a text from a file safe for a terminal: no control or hidden characters, and no more than a few lines."""
    shown = text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in shown)


@dataclass
class Count:
    """How many people were added, were there already, were refused."""

    added: int = 0
    there: int = 0
    refused: int = 0

    def __str__(self) -> str:
        return f"{self.added} added, {self.there} already there, {self.refused} refused"


class Report:
    """Says what happens as it happens, through `say`, and counts. `is_quiet` leaves out what went well."""

    def __init__(self, say: Callable[[str], None], *, is_quiet: bool) -> None:
        self._say = say
        self._is_quiet = is_quiet
        self._of_account = Count()
        self.all = Count()
        self._new = self._found = self._ownerless = 0

    def person(self, line: Line, outcome: Outcome) -> None:
        """Say what became of the person of a line."""
        for count in (self._of_account, self.all):
            count.added += outcome.is_new
            count.there += not outcome.is_new
        assert line.facts is not None
        details = line.facts[1].details
        words = f"added as {ROLES[details.role].name.lower()}" if outcome.is_new else "already there"
        inactive = ", inactive" if outcome.is_new and not details.is_active else ""
        self._line(line, f"{words}{inactive}{outcome.remark and f', {outcome.remark}'}", is_well=not outcome.remark)

    def refused(self, line: Line, reason: str) -> None:
        """Say why nothing was taken from a line."""
        self._of_account.refused += 1
        self.all.refused += 1
        self._line(line, f"refused: {reason}", is_well=False)

    def account(self, reference: str, finished: Finished | None) -> None:
        """Say what became of an account; None if no line of it was taken. Then the next account begins.

        Without a reference these were lines before the first account, of which nobody knows whose they were.
        """
        count, self._of_account = self._of_account, Count()
        if finished is None:
            if reference:
                self._say(printable(f"account {reference}: nothing taken; {count}"))
            return
        self._new += finished.is_new
        self._found += not finished.is_new
        self._ownerless += not finished.owners
        owners = ", ".join(owner.user.email for owner in finished.owners)
        whose = f"owned by {owners}" if owners else f"no owner ({finished.remark})"
        words = f"{'new' if finished.is_new else 'here already'}; {count}; {whose}; plan {finished.plan}"
        if not self._is_quiet or count.refused or not owners:
            self._say(printable(f"account {reference}: {words}"))

    def summary(self, *, is_saved: bool) -> None:
        """Say it all in numbers."""
        self._say(f"Accounts: {self._new} new, {self._found} here already; {self._ownerless} of them without an owner.")
        self._say(f"People: {self.all}.")
        if not is_saved:
            self._say("This was a trial: nothing was saved. Add --commit to save.")

    def _line(self, line: Line, words: str, *, is_well: bool) -> None:
        if not (is_well and self._is_quiet):
            about = f"line {line.number}: {line.email}: " if line.email else f"line {line.number}: "
            self._say(printable(about) + printable(words))
