"""Closing an account whole, and opening it again while there is time. Erasing it is `accounts.erasure`."""

from accounts import policies
from accounts.actions.base import acting, acting_while_closed, owners_of, permit, record, tell
from accounts.models import Activity, Member
from accounts.models.account import TIME_TO_REOPEN
from clinic.clock import database_now


def close_account(*, actor: Member) -> None:
    """Close the account for everybody in it; in thirty days it is erased, unless an owner opens it again.

    Raises NotPermitted where the actor is no owner.
    """
    with acting(actor) as actor:
        permit(policies.can_close_account(actor))
        account = actor.account
        account.closed_at = database_now()
        account.erase_at = account.closed_at + TIME_TO_REOPEN
        account.save(update_fields=["closed_at", "erase_at"])
        details = {"erase_at": account.erase_at.isoformat()}
        entry = record(Activity.Verb.ACCOUNT_CLOSED, account=account, actor=actor, details=details)
        tell(owners_of(account), of=entry)


def reopen_account(*, actor: Member) -> None:
    """Open a closed account again, with everything as it was.

    Raises NotPermitted where the actor is no owner, or the account is not closed, or is locked by support.
    """
    with acting_while_closed(actor) as actor:
        permit(policies.can_close_account(actor))
        account = actor.account
        account.closed_at = account.erase_at = None
        account.save(update_fields=["closed_at", "erase_at"])
        entry = record(Activity.Verb.ACCOUNT_REOPENED, account=account, actor=actor)
        tell(owners_of(account), of=entry)
