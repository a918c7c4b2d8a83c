"""Giving the seats of a plan away (S19, S20, K6)."""

from django.db.models import Q

from accounts.core import seat_rules
from accounts.models import Account, Invitation, Member
from accounts.models.member_sets import may_invite
from clinic.clock import database_now


def take_seat(account: Account) -> None:
    """Raise PlanFull where the plan has no seat for one more practitioner. For use inside another action."""
    let_go_of_seats(account)
    seat_rules.require_seat(account)


def take_seat_to_invite(member: Member) -> None:
    """The same where inviting `member` again takes a seat that they do not hold. For use inside another action."""
    if member.is_practitioner and not seat_rules.holds_seat(member):
        take_seat(member.account)


def let_go_of_seats(account: Account) -> None:
    """Let invitations expire that hold no seat, as nobody who may invite stands behind them, or their login is off.

    A login that was switched off may be switched on again, and must not bring an invitation back to a seat that was
    given away (C9). For use inside another action, which has locked the account and is about to count.
    """
    now = database_now()
    waiting = Invitation.objects.filter(member__account=account, member__joined_at=None, expires_at__gt=now)
    waiting.exclude(may_invite("invited_by__") & Q(member__user__is_active=True)).update(expires_at=now)
