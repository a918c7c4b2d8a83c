"""Counting what strangers ask for, by IP address, in the transaction of what they asked for (A63)."""

from accounts.core.network_limits import INVITATIONS, Limit
from accounts.core.origin import Origin
from accounts.core.unconfirmed import is_unconfirmed
from accounts.models import Account, LimitedUse, User
from clinic.clock import database_now


def count_use(limit: Limit, source: str | None) -> None:
    """Count one more from `source`, or raise LimitReached. For use inside another action, before it tells anyone.

    Others from there wait until the action ends, so that however many come at once, no more than the limit pass. What
    is refused, or rolled back, is not counted; nor is anything where the source is None.
    """
    if source is None:
        return
    row = _locked(limit, source)
    now = database_now()
    limit.require_room(row.times, now, source)
    row.times = [*limit.counting(row.times, now), now.timestamp()]
    row.last_at = now
    row.save(update_fields=["times", "last_at"])


def count_unconfirmed(limit: Limit, user: User, origin: Origin) -> None:
    """The same for somebody signed in, unless their address is confirmed: caps of their own hold them.

    For use inside another action.
    """
    if user.email_confirmed_at is None:
        count_use(limit, origin.network)


def count_invitation(account: Account, origin: Origin) -> None:
    """The same for an invitation of a clinic for which no one has confirmed their address. For use inside an action."""
    if is_unconfirmed(account):
        count_use(INVITATIONS, origin.network)


def _locked(limit: Limit, source: str) -> LimitedUse:
    """The row, made if need be; one that was tidied away while this waited for it is made again."""
    while True:
        names = {"limit": limit.name, "source": source}
        LimitedUse.objects.get_or_create(**names, defaults={"last_at": database_now()})
        row = LimitedUse.objects.select_for_update(no_key=True).filter(**names).first()
        if row is not None:
            return row
