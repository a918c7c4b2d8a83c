"""What the pages of support show, each in a fixed number of queries (S37)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Prefetch, QuerySet, Subquery, Value, When

from accounts.access.roles import ADMINISTRATOR
from accounts.models import Account, Activity, Dispute, Member, TwoFactorRecovery, User
from accounts.models.dispute import is_disputed
from accounts.ownership import rules
from clinic.clock import DatabaseNow

REQUESTS_SHOWN = 20
ACTIVITY_SHOWN = 50


@dataclass(frozen=True)
class Person:
    """Somebody in an account, and why ownership cannot be given to them, or taken from them, if it cannot."""

    member: Member
    why_no_owner: str
    why_owner_stays: str


def accounts() -> QuerySet[Account]:
    """Every account with `people`, how many it has, active or not, `owners_on_file`, and `is_disputed`."""
    count = Member.objects.filter(account=OuterRef("pk")).order_by().values("account").annotate(count=Count("pk"))
    owners = Member.objects.filter(is_owner=True).order_by("last_name", "first_name", "pk")
    found = Account.objects.annotate(people=Subquery(count.values("count")), is_disputed=is_disputed())
    return found.prefetch_related(Prefetch("members", queryset=owners, to_attr="owners_on_file"))


def disputes() -> QuerySet[Dispute]:
    """Every request about ownership, with whom it is from and whom it was settled by."""
    return Dispute.objects.select_related("account", "filed_by__user", "settled_by")


def memberships(user: User) -> list[Member]:
    """Where a login has a place, joined or not, by the name of the clinic. One query."""
    mine = Member.objects.filter(user=user).with_status().select_related("account", "user")
    return list(mine.order_by("account__name", "pk"))


def recoveries() -> QuerySet[TwoFactorRecovery]:
    """Every two-factor reset, those that have not ended first, with whom it is for, who acted, and `now`."""
    found = TwoFactorRecovery.objects.select_related("user", "opened_by", "ended_by", "stopped_by__account")
    columns: dict[str, Any] = {"now": DatabaseNow()}
    found = found.annotate(**columns)
    return found.order_by(F("ended_at").desc(nulls_first=True), "due_at", "pk")


def open_recoveries() -> int:
    """How many two-factor resets wait."""
    return TwoFactorRecovery.objects.waiting().count()


def open_requests() -> int:
    """How many requests wait for somebody to settle them."""
    return Dispute.objects.filter(settled_at=None).count()


def people(account: Account) -> QuerySet[Member]:
    """The people of an account: owners first, then administrators, then by name; the active before the others."""
    rank = Case(When(is_owner=True, then=Value(0)), When(role=ADMINISTRATOR, then=Value(1)), default=Value(2))
    found = Member.objects.filter(account=account).with_status().select_related("user")
    return found.alias(rank=rank).order_by("rank", "-is_active", "last_name", "first_name", "pk")


def standing(account: Account, members: Iterable[Member]) -> list[Person]:
    """Each of `members` with what stands in the way of giving or taking ownership. One query."""
    able = set(Member.objects.filter(account=account).owners().values_list("pk", flat=True))
    return [
        Person(
            member,
            why_no_owner=rules.why_no_owner(member),
            why_owner_stays="" if able - {member.pk} else rules.only_owner_words(member),
        )
        for member in members
    ]


def requests_of(account: Account) -> list[Dispute]:
    """The requests about one account: the open ones, oldest first, then those settled last."""
    found = disputes().filter(account=account)
    return list(found.order_by(F("settled_at").desc(nulls_first=True), "created_at", "pk")[:REQUESTS_SHOWN])


def activity_of(account: Account) -> QuerySet[Activity]:
    """What was last done in an account, by members and by support; not what support read, which would drown it."""
    done = Activity.objects.filter(account=account).exclude(verb__in=Activity.READ)
    found = done.select_related("actor", "staff", "subject")
    return found.order_by("-pk")[:ACTIVITY_SHOWN]
