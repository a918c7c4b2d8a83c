"""Lists and facts for pages, each in a fixed number of queries."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.models import Account, Activity, Member, MemberStatus, OutboundEmail, User

MEMBERS_PER_PAGE = 25
ACTIVITY_SHOWN = 10


@dataclass(frozen=True)
class MemberFilter:
    """What the list is narrowed to; an empty value narrows nothing."""

    search: str = ""
    role: str = ""
    status: str = ""
    practitioners_only: bool = False
    show_inactive: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the usual list is asked for."""
        return bool(self.search or self.role or self.status or self.practitioners_only)


def members(account: Account, wanted: MemberFilter) -> QuerySet[Member]:
    """The people of a clinic by last name, with `status`, the active ones first."""
    found = Member.objects.filter(account=account).with_status().select_related("user")
    if wanted.status:
        found = found.filter(status=wanted.status)
    elif not wanted.show_inactive:
        found = found.filter(is_active=True)
    if wanted.role:
        found = found.filter(role=wanted.role)
    if wanted.practitioners_only:
        found = found.filter(is_practitioner=True)
    if wanted.search:
        found = found.alias(whole_name=Concat("first_name", Value(" "), "last_name")).filter(
            Q(whole_name__icontains=wanted.search) | Q(user__email__icontains=wanted.search)
        )
    ordered: QuerySet[Member] = found.order_by("-is_active", "last_name", "first_name", "pk")
    return ordered


def member_for_page(account: Account, member_id: int) -> Member | None:
    """One person with all that their page shows; None where this clinic has nobody with that id (A38)."""
    people = Member.objects.filter(account=account).with_status()
    member: Member | None = (
        people.select_related("user", "invitation__invited_by__account").filter(pk=member_id).first()
    )
    if member is not None:
        member.account = account
    return member


def newest_invitation_email(member: Member) -> OutboundEmail | None:
    """The last invitation mail of this person, with what the mail server said."""
    kind = OutboundEmail.Kind.INVITATION
    return OutboundEmail.objects.filter(invitation__member=member, kind=kind).order_by("-pk").first()


def recent_activity(member: Member) -> QuerySet[Activity]:
    """What was last done to this person."""
    return Activity.objects.filter(subject=member).select_related("actor").order_by("-pk")[:ACTIVITY_SHOWN]


def clinics_of(user: User) -> QuerySet[Member]:
    """The clinics that somebody can go to, by name (C10)."""
    mine: QuerySet[Member] = Member.objects.present().filter(user=user).select_related("account")
    return mine.order_by("account__name", "pk")


def clinics_opened_by(user: User, *, apart_from: Account) -> list[str]:
    """Names of the other clinics that this login opened."""
    opened = Account.objects.filter(creator=user).exclude(pk=apart_from.pk)
    return list(opened.order_by("pk").values_list("name", flat=True))


def who_needs_a_hand(account: Account) -> dict[str, Any]:
    """Counts for the home page: invitations that failed, expired or wait, and practitioners. One query."""
    statuses = list(Member.objects.filter(account=account).with_status().values_list("status", "is_practitioner"))
    counts = {status.value: sum(each == status for each, _ in statuses) for status in MemberStatus}
    return {
        **counts,
        "people": sum(each != MemberStatus.INACTIVE for each, _ in statuses),
        "practitioners": sum(each != MemberStatus.INACTIVE and practises for each, practises in statuses),
    }
