"""What our support does to an account whose ownership is in dispute (S37). Each act needs a written reason.

And what it reads, which needs none and is written down as well (A66).
"""

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.acting import on_file, permit, record, supporting
from accounts.core.errors import ActionRefused
from accounts.core.recipients import owners_and_administrators_of, owners_or_administrators_of, who_disputed
from accounts.core.security_log import note_done
from accounts.invitations.dismissal import end_changes_of_owner
from accounts.models import Account, Activity, Dispute, Member, User
from accounts.models.account import TIME_TO_REOPEN
from accounts.outbox.queue import tell
from accounts.ownership import rules
from clinic.clock import database_now

# So that turning pages and coming back to one do not fill the list that the owners read.
READ_ONCE_IN = timedelta(hours=1)


def note_read(*, staff: User, account_ids: Collection[int], verb: Activity.Verb) -> None:
    """Write down which accounts `staff` has just read of, for their owners: once an hour for each of `Activity.READ`.

    Takes the same few queries for any number of accounts. One that was erased meanwhile is left out. Raises
    NotPermitted for someone who is not of support.
    """
    with transaction.atomic():
        # Two windows of one person wait for each other.
        staff = User.objects.select_for_update(no_key=True).get(pk=staff.pk)
        permit(policies.is_support(staff))
        now = database_now()
        lately = Activity.objects.filter(staff=staff, verb=verb, created_at__gt=now - READ_ONCE_IN)
        noted = lately.filter(account__in=account_ids).values_list("account", flat=True)
        there = Account.objects.filter(pk__in=account_ids).exclude(pk__in=list(noted))
        entries = [
            Activity(account=account, staff=staff, verb=verb, created_at=now) for account in there.order_by("pk")
        ]
        for entry in Activity.objects.bulk_create(entries):
            transaction.on_commit(partial(note_done, entry))


def lock(*, staff: User, account: Account, reason: str) -> None:
    """Lock an account: everybody in it sees that it is locked, and nothing else.

    Raises NotPermitted for somebody who is not of support, ActionRefused where it is locked already.
    """
    with supporting(staff, account) as (staff, account):
        if account.locked_at is not None:
            raise ActionRefused(_("This account is locked already."))
        account.locked_at = database_now()
        account.save(update_fields=["locked_at"])
        _write_down(Activity.Verb.ACCOUNT_LOCKED, staff, account, reason)


def unlock(*, staff: User, account: Account, reason: str) -> None:
    """Unlock an account. One that an owner had closed before stays closed, and its thirty days begin again.

    Raises NotPermitted for somebody who is not of support, ActionRefused where it is not locked.
    """
    with supporting(staff, account) as (staff, account):
        if account.locked_at is None:
            raise ActionRefused(_("This account is not locked."))
        account.locked_at = None
        account.save(update_fields=["locked_at"])
        facts = _thirty_days_again(account) if account.closed_at is not None else {}
        _write_down(Activity.Verb.ACCOUNT_UNLOCKED, staff, account, reason, facts=facts)


def appoint_owner(*, staff: User, target: Member, reason: str) -> None:
    """Make an administrator an owner, also in an account that has none (S26, S37).

    Raises NotPermitted for somebody who is not of support, ActionRefused as `ownership.make_owner` does.
    """
    with supporting(staff, target.account) as (staff, account):
        target = on_file(account, target)
        rules.require_can_become_owner(target)
        target.is_owner = True
        target.touch("is_owner")
        end_changes_of_owner(target, actor=None, staff=staff)
        _write_down(Activity.Verb.OWNERSHIP_GRANTED, staff, account, reason, target)


def remove_owner(*, staff: User, target: Member, reason: str) -> None:
    """Take ownership from somebody, who stays an administrator. The last owner stays one (C17).

    Raises NotPermitted for somebody who is not of support, ActionRefused where the target is no owner, or the only one.
    """
    with supporting(staff, target.account) as (staff, account):
        target = on_file(account, target)
        if not target.is_owner:
            raise ActionRefused(_("%(name)s is no owner.") % {"name": target.full_name})
        rules.require_another_owner(target)
        target.is_owner = False
        target.touch("is_owner")
        _write_down(Activity.Verb.OWNERSHIP_REMOVED, staff, account, reason, target)


def settle_dispute(*, staff: User, dispute: Dispute, reason: str) -> None:
    """Mark a request as settled; `reason` says how.

    The last one of a closed account starts its thirty days again (A72). Raises NotPermitted for somebody who is not of
    support, ActionRefused where it is settled already.
    """
    with supporting(staff, dispute.account) as (staff, account):
        fresh = Dispute.objects.select_related("filed_by__user").get(pk=dispute.pk, account=account)
        if fresh.settled_at is not None:
            raise ActionRefused(_("This request is settled already."))
        fresh.settled_at, fresh.settled_by, fresh.outcome = database_now(), staff, reason
        fresh.save(update_fields=["settled_at", "settled_by", "outcome"])
        fresh.account = account
        facts = _thirty_days_again(account) if rules.starts_thirty_days(fresh) else {}
        _write_down(Activity.Verb.DISPUTE_SETTLED, staff, account, reason, fresh.filed_by, facts=facts)


def _thirty_days_again(account: Account) -> dict[str, Any]:
    """Let a closed account wait as long as when it was closed; what the entry says of it."""
    account.erase_at = database_now() + TIME_TO_REOPEN
    account.save(update_fields=["erase_at"])
    disputed_by = [each.user_id for each in who_disputed(account)]
    return {"erase_at": account.erase_at.isoformat(), "disputed_by": disputed_by}


def _write_down(
    verb: Activity.Verb,
    staff: User,
    account: Account,
    reason: str,
    subject: Member | None = None,
    *,
    facts: dict[str, Any] | None = None,
) -> None:
    """Record it, and tell the owners, whom it was done to, and the administrators of an account without owners.

    The administrators as well if it says when a closed account is erased: they are who can object.
    """
    entry = record(
        verb, account=account, actor=None, staff=staff, subject=subject, details={"reason": reason, **(facts or {})}
    )
    people = owners_and_administrators_of(account) if facts else owners_or_administrators_of(account)
    tell([*people, *([subject] if subject else [])], of=entry)
