"""Owners for pages: who they are, what could leave the account without any, and what was done to its ownership."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Account, Activity, Member
from clinic.clock import database_now

HISTORY_SHOWN = 50
READ_SHOWN = 10
DAYS_AWAY = 60


@dataclass(frozen=True)
class Owner:
    """An owner, and the entry of the activity log that made them one; None where the log goes back less far."""

    member: Member
    entry: Activity | None
    # Since the last time, in whole days; since joining, where they have never signed in.
    days_away: int

    @property
    def can_sign_in(self) -> bool:
        """Whether a password opens this owner's login, as `has_another_owner` counts them."""
        return self.member.user.can_sign_in


@dataclass(frozen=True)
class Continuity:
    """What could leave the account without anybody who can act for it: to be mended while there is time."""

    owners: list[Owner]
    away: list[Owner]

    @property
    def has_one_owner(self) -> bool:
        """Whether one alone can sign in."""
        return sum(owner.can_sign_in for owner in self.owners) == 1

    @property
    def has_lost_its_owners(self) -> bool:
        """Whether there are owners, and none can sign in."""
        return bool(self.owners) and not any(owner.can_sign_in for owner in self.owners)

    @property
    def is_at_risk(self) -> bool:
        """Whether there is anything to warn of."""
        return self.has_one_owner or self.has_lost_its_owners or bool(self.away)


def owners(account: Account) -> list[Owner]:
    """The owners, since when and by whom (S27). Two queries."""
    made_owners = [Activity.Verb.ACCOUNT_CREATED, Activity.Verb.OWNERSHIP_GRANTED]
    entries = Activity.objects.filter(account=account, verb__in=made_owners).select_related("actor").order_by("pk")
    newest = {entry.subject_id or entry.actor_id: entry for entry in entries}
    now = database_now()
    found = account.members.filter(is_owner=True).select_related("user").order_by("last_name", "first_name", "pk")
    return [Owner(member, newest.get(member.pk), _days_away(member, now)) for member in found]


def _days_away(member: Member, now: datetime) -> int:
    seen = member.user.last_login or member.joined_at or member.created_at
    return (now - seen).days


def continuity(found: list[Owner]) -> Continuity:
    """What to warn of, where one owner alone can sign in or none, or one who can has not for sixty days."""
    return Continuity(found, [owner for owner in found if owner.can_sign_in and owner.days_away >= DAYS_AWAY])


def ownership_history(account: Account) -> QuerySet[Activity]:
    """What was last done to the ownership of an account, and to how its people sign in, by support."""
    verb = Activity.Verb
    about = [verb.ACCOUNT_CREATED, verb.ACCOUNT_IMPORTED, verb.OWNERSHIP_GRANTED, verb.OWNERSHIP_RELINQUISHED]
    about += [verb.OWNERSHIP_REMOVED, verb.OWNERSHIP_DISPUTED, verb.DISPUTE_SETTLED, verb.ACCOUNT_LOCKED]
    about += [verb.ACCOUNT_UNLOCKED, verb.ACCOUNT_CLOSED, verb.ACCOUNT_REOPENED]
    about += [verb.TWO_FACTOR_RECOVERY_OPENED, verb.TWO_FACTOR_RECOVERY_STOPPED, verb.TWO_FACTOR_RECOVERY_DONE]
    about += [verb.TWO_FACTOR_RECOVERY_STOPPED_BY_PERSON]
    found = Activity.objects.filter(account=account, verb__in=about).select_related("actor", "subject")
    return found.order_by("-pk")[:HISTORY_SHOWN]


def read_by_support(account: Account) -> QuerySet[Activity]:
    """When support last opened the account or found it in a search (A66)."""
    return Activity.objects.filter(account=account, verb__in=Activity.READ).order_by("-pk")[:READ_SHOWN]
