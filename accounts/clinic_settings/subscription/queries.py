"""What the page of the plan shows."""

from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.access.plans import PLANS_BY_KEY, Plan
from accounts.core.queries import ACTIVITY_SHOWN
from accounts.core.seat_rules import seat_holders
from accounts.models import Account, Activity, Member


@dataclass(frozen=True)
class Seats:
    """Who counts against the plan, and how many practitioners do not (S19)."""

    plan: Plan
    holders: list[Member]
    expired: int
    inactive: int

    @property
    def free(self) -> int:
        """How many more there is room for; below nought where more count than the plan has room for."""
        return self.plan.seats - len(self.holders)

    @property
    def over(self) -> int:
        """How many more count than the plan has room for, as after the operator made it smaller."""
        return max(0, -self.free)


def seats(account: Account) -> Seats:
    """The seats of the plan, by last name of who holds them. Two queries."""
    practising = Member.objects.filter(account=account, is_practitioner=True)
    holders = seat_holders(account)
    is_active = Q(is_active=True)
    counts = practising.aggregate(active=Count("pk", filter=is_active), inactive=Count("pk", filter=~is_active))
    expired = max(0, counts["active"] - len(holders))
    return Seats(account.plan_details, holders, expired=expired, inactive=counts["inactive"])


@dataclass(frozen=True)
class PlanChange:
    """One change of plan: the entry of the activity log, and the names of the plans."""

    entry: Activity
    before: str
    after: str


def plan_history(account: Account) -> list[PlanChange]:
    """The last changes of plan, the newest first. One query."""
    found = Activity.objects.filter(account=account, verb=Activity.Verb.PLAN_CHANGED).select_related("actor")
    return [
        PlanChange(entry, *(PLANS_BY_KEY[key].name for key in entry.details["plan"]))
        for entry in found.order_by("-pk")[:ACTIVITY_SHOWN]
    ]
