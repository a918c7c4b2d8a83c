"""What a clinic's log says of what followed from a change of somebody's sign-in address, and who is told (A58)."""

from collections.abc import Iterable
from typing import Any

from accounts.core.acting import record
from accounts.core.recipients import owners_or_administrators_of
from accounts.models import Activity, Member
from accounts.outbox.queue import tell

# Why it was done: an address was changed and confirmed, or was put back after an objection.
CHANGED = "address_changed"
PUT_BACK = "address_put_back"


def note_move(verb: Activity.Verb, member: Member, *, because: str, email: list[str], **facts: Any) -> Activity:
    """Write it in the log of the member's clinic, where no one did it. For use inside another action.

    `email` are the address that the clinic saw before and the one that it sees from now on: never one that it has no
    business to know.
    """
    details = {"because": because, "email": email, **facts}
    return record(verb, account=member.account, actor=None, subject=member, details=details)


def tell_clinics(entries: Iterable[Activity]) -> None:
    """Tell every owner of the clinic of each entry; in an account without owners, its administrators.

    For use inside another action.
    """
    for entry in entries:
        tell(owners_or_administrators_of(entry.account), of=entry)
