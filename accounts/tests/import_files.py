"""Files of another system's accounts, and the command that brings them over."""

import csv
import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Account, Member

ANN = {
    "account": "A17",
    "account_name": "Old Town Physio",
    "account_created": "2018-05-31",
    "email": "ann@old.example",
    "first_name": "Ann",
    "last_name": "Ames",
    "role": "administrator",
    "is_practitioner": "no",
    "is_active": "yes",
}


def line(name: str = "Ann", **changes: str) -> dict[str, str]:
    """A line about a person of Old Town Physio: an active administrator, no practitioner, unless told."""
    return ANN | {"first_name": name, "email": f"{name.lower()}@old.example"} | changes


def of_another_clinic(name: str, **changes: str) -> dict[str, str]:
    """A line about a person of a clinic that was made after the rule about owners."""
    return line(name, account="B4", account_name="New Town Physio", account_created="2021-02-03", **changes)


def practitioner(number: int, **changes: str) -> dict[str, str]:
    """A line about one of many practitioners."""
    return line(f"Pru{number}", role="practitioner", is_practitioner="yes", **changes)


def text_of(*lines: dict[str, str]) -> str:
    """The lines as CSV, with a header of all their columns."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for each in lines for name in each)))
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def csv_file(folder: Path, *lines: dict[str, str]) -> Path:
    """The lines as a CSV file; one that is there is written anew."""
    path = folder / "accounts.csv"
    path.write_text(text_of(*lines), encoding="utf-8", newline="")
    return path


def json_file(folder: Path, *lines: object) -> Path:
    """The lines as a file of JSON lines; what is a text stands in it as it is."""
    path = folder / "accounts.jsonl"
    texts = [each if isinstance(each, str) else json.dumps(each) for each in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


@dataclass
class Ran:
    """What the command printed, and the words with which it ended where it did not end well."""

    lines: list[str]
    error: str

    def about(self, what: str) -> str:
        """The one line that begins with `what`."""
        [found] = [each for each in self.lines if each.startswith(f"{what}:")]
        return found.removeprefix(f"{what}: ")


def run(path: Path, *options: str) -> Ran:
    """Run the command as it is run from a shell."""
    printed = StringIO()
    error = ""
    try:
        call_command("import_accounts", path, *options, stdout=printed)
    except CommandError as refusal:
        error = str(refusal)
    return Ran(printed.getvalue().splitlines(), error)


def bring(path: Path, *options: str) -> Ran:
    """Run the command for good."""
    return run(path, "--commit", *options)


def account(reference: str = "A17") -> Account:
    """The account that was brought over under this reference."""
    return Account.objects.get(import_reference=reference)


def member(name: str = "Ann", reference: str = "A17") -> Member:
    """The person of that account, with their login."""
    found: Member = Member.objects.select_related("user", "account").get(
        account__import_reference=reference, user__email=f"{name.lower()}@old.example"
    )
    return found
