"""Steps of the races about accounts that are brought over from a file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from accounts.models import Account, Activity, Member
from accounts.tests import import_files
from tests.races.steps import Race


def bring_over(lines: list[dict[str, str]]) -> Race:
    """Run the command on a file with these lines; what it printed, and the words of its error."""
    with TemporaryDirectory() as folder:
        path = import_files.csv_file(Path(folder), *[import_files.line(**each) for each in lines])
        yield
        ran = import_files.bring(path)
        return {"lines": ran.lines, "error": ran.error}


def look_at_imported(reference: str) -> dict[str, Any]:
    """Who is in the accounts with this reference, how often each was brought over, and how often the account was."""
    account = Account.objects.get(import_reference=reference)
    entries = Activity.objects.filter(account=account)
    return {
        "members": list(
            Member.objects.filter(account=account).order_by("user__email").values_list("user__email", flat=True)
        ),
        "owners": Member.objects.filter(account=account, is_owner=True).count(),
        "made": entries.filter(verb=Activity.Verb.ACCOUNT_IMPORTED).count(),
        "added": entries.filter(verb=Activity.Verb.MEMBER_IMPORTED).count(),
    }
