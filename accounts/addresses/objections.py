"""What becomes of the objections to earlier changes when a login's address moves: none outlives an older one (A69)."""

from datetime import datetime

from accounts.addresses.history import has_say_over, stays_of
from accounts.models import EmailChange, User
from clinic.clock import database_now


def is_return(user: User, email: str) -> bool:
    """Whether `user` would go back to an address that has the say over the one they have now.

    For use inside another action.
    """
    return has_say_over(email, user.email, stays_of(user, database_now()))


def move_objections(user: User, change: EmailChange) -> None:
    """Set what `change`, which `user` is just confirming, means for objections; the caller saves it.

    Those of addresses over which the new one has the say end, and so does its own: there is nothing left to undo. All
    that are left last as long as the one to this change. For use inside another action.
    """
    now = database_now()
    stays = stays_of(user, now)
    change.is_return = has_say_over(change.new_email, user.email, stays)
    open_ones = EmailChange.objects.can_be_put_back(now).filter(user=user)
    settled = [
        each.pk
        for each in open_ones
        if each.old_email == change.new_email or has_say_over(change.new_email, each.old_email, stays)
    ]
    EmailChange.objects.filter(pk__in=settled).update(objection_until=now)
    change.objection_until = prolong_objections(user)


def prolong_objections(user: User) -> datetime | None:
    """Let all that are open last for 72 hours from now, since the address moves again; two weeks are the most.

    Or the address that it moves to could object when an older one no longer can. Returns until when they last, None
    if there are none. For use inside another action.
    """
    now = database_now()
    open_ones = EmailChange.objects.can_be_put_back(now).filter(user=user)
    first = open_ones.order_by("pk").first()
    if first is None or first.confirmed_at is None:
        return None
    until = min(now + EmailChange.TIME_TO_OBJECT, first.confirmed_at + EmailChange.MOST_TIME_TO_OBJECT)
    open_ones.update(objection_until=until)
    return until
