"""Closing an account whole, and opening it again while there is time. Erasing it is in `erasure`."""

from typing import Any

from accounts.access import policies
from accounts.core.acting import acting, acting_while_closed, permit, record
from accounts.core.recipients import owners_and_administrators_of, who_disputed
from accounts.models import Activity, Member
from accounts.models.account import TIME_TO_REOPEN
from accounts.outbox.queue import tell, tell_support
from clinic.clock import database_now


def close_account(*, actor: Member) -> None:
    """Close the account for everybody in it; in thirty days it is erased, unless an owner opens it again.

    It is not erased before support has settled every open request about who owns it (A72). Owners, administrators and
    those who filed such a request are told, and for a request support as well. Raises NotPermitted where the actor is
    no owner.
    """
    with acting(actor) as actor:
        permit(policies.can_close_account(actor))
        account = actor.account
        account.closed_at = database_now()
        account.erase_at = account.closed_at + TIME_TO_REOPEN
        account.save(update_fields=["closed_at", "erase_at"])
        entry = _record(Activity.Verb.ACCOUNT_CLOSED, actor, {"erase_at": account.erase_at.isoformat()})
        if entry.details["disputed_by"]:
            tell_support(of=entry)


def reopen_account(*, actor: Member) -> None:
    """Open a closed account again, with everything as it was, and tell those who were told that it was closed.

    Raises NotPermitted where the actor is no owner, or the account is not closed, or is locked by support.
    """
    with acting_while_closed(actor) as actor:
        permit(policies.can_close_account(actor))
        account = actor.account
        account.closed_at = account.erase_at = None
        account.save(update_fields=["closed_at", "erase_at"])
        _record(Activity.Verb.ACCOUNT_REOPENED, actor, {})


def _record(verb: Activity.Verb, actor: Member, details: dict[str, Any]) -> Activity:
    """Write it down with whose requests are open, by login, and tell everyone concerned."""
    account = actor.account
    filed = who_disputed(account)
    disputed_by = [each.user_id for each in filed]
    entry = record(verb, account=account, actor=actor, details={**details, "disputed_by": disputed_by})
    tell([*owners_and_administrators_of(account), *filed], of=entry)
    return entry
