"""Erase what is over: an account closed and not opened again in time, with logins only its own; old sign-ins."""

from contextlib import suppress
from typing import Any

import structlog
from axes.models import AccessAttempt
from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet

from accounts.identity.throttle import counted_names
from accounts.models import (
    Account,
    Activity,
    Dispute,
    Invitation,
    Member,
    OutboundEmail,
    User,
)
from accounts.models.dispute import is_disputed
from accounts.outbox.rows import may_be_told, new_row
from accounts.ownership import rules
from clinic.clock import database_now

logger = structlog.get_logger(__name__)


def due_for_erasure() -> list[int]:
    """The ids of closed accounts whose time has come.

    One that support has locked waits until it is unlocked, one with a request about who owns it until that is settled
    (A72).
    """
    due = Account.objects.filter(erase_at__lte=database_now(), locked_at=None).exclude(is_disputed())
    return list(due.order_by("pk").values_list("pk", flat=True))


def erase(account_id: int) -> bool:
    """Erase one account with all that is its own, and send its owners a receipt; in one transaction, or not at all.

    A login that is in use at that moment goes right afterwards, if nothing else needs it by then.

    Returns whether it did: an account that was reopened or locked in the meantime is left alone, and so is one with an
    open request about who owns it.
    """
    with transaction.atomic():
        now = database_now()
        found = Account.objects.select_for_update().filter(pk=account_id, erase_at__lte=now, locked_at=None)
        account = found.first()
        # Asked once the lock is held: filing a request takes the same lock, and does not change the account's row.
        if account is None or rules.has_open_dispute(account):
            return False
        people = list(account.members.select_related("user"))
        receipts = _receipts(account, people)
        _erase_rows(account)
        user_ids = [person.user_id for person in people]
        logins = _erase_logins(_logins(user_ids).select_for_update(skip_locked=True))
        OutboundEmail.objects.bulk_create(receipts)
    for user_id in _logins(user_ids).values_list("pk", flat=True):
        # It was in use: somebody signed in, or was added elsewhere. One alone, waiting can't be a deadlock.
        with transaction.atomic():
            logins += _erase_logins(_logins([user_id]).select_for_update())
    logger.info("account_erased", account_id=account_id, people=len(people), logins=logins)
    return True


def _receipts(account: Account, people: list[Member]) -> list[OutboundEmail]:
    """What is told to the owners. It names an address and not a login: that may be gone by the time it is sent.

    One account is erased once, a month after it was closed, so that these need no limit.
    """
    now = database_now()
    assert account.closed_at is not None
    facts: dict[str, Any] = {
        "clinic": account.name,
        "people": len(people),
        "closed_at": account.closed_at.isoformat(),
        "erased_at": now.isoformat(),
        "time_zone": account.time_zone,
    }
    kind = OutboundEmail.Kind.ERASURE_RECEIPT
    told = [owner.user for owner in people if owner.is_owner and may_be_told(kind, owner.user)]
    return [new_row(kind, user.email, now=now, facts=facts) for user in told]


def _erase_rows(account: Account) -> None:
    """Delete from the leaves up; what other apps keep about a member goes with the member."""
    of_account = Q(activity__account=account) | Q(invitation__member__account=account)
    OutboundEmail.objects.filter(of_account).delete()
    Dispute.objects.filter(account=account).delete()
    Activity.objects.filter(account=account).delete()
    Invitation.objects.filter(member__account=account).delete()
    Member.objects.filter(account=account).delete()
    account.delete()


def _logins(user_ids: list[int]) -> QuerySet[User]:
    return User.objects.filter(pk__in=user_ids, is_staff=False)


def _erase_logins(locked: QuerySet[User]) -> int:
    """Delete the logins that nothing else needs: no other clinic, and no record of what they did as our support.

    Returns how many.
    """
    count = 0
    for user in locked:
        with suppress(ProtectedError):
            user.delete()
            AccessAttempt.objects.filter(username__in=counted_names(user.email)).delete()
            count += 1
    return count
