"""Lists and facts for pages, each in a fixed number of queries."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.access.plans import PLANS_BY_KEY, Plan
from accounts.core.search import NO_SEARCH, Search
from accounts.core.seat_rules import seat_holders
from accounts.models import Account, Activity, EmailChange, Member, MemberStatus, OutboundEmail, User
from accounts.models.member_sets import can_accept

MEMBERS_PER_PAGE = 25
ACTIVITY_SHOWN = 10


@dataclass(frozen=True)
class MemberFilter:
    """What the list is narrowed to; an empty value narrows nothing."""

    search: Search = NO_SEARCH
    role: str = ""
    status: str = ""
    practitioners_only: bool = False
    show_inactive: bool = False
    without_two_factor: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the usual list is asked for."""
        return bool(self.search.text or self.role or self.status or self.practitioners_only or self.without_two_factor)


def members(account: Account, wanted: MemberFilter) -> QuerySet[Member]:
    """The people of a clinic by last name, with `status` and `two_factor_since`, the active ones first."""
    people = Member.objects.filter(account=account).with_two_factor()
    if wanted.without_two_factor:
        people = people.without_two_factor()
    found = people.with_status().select_related("user")
    if wanted.status == MemberStatus.BOUNCED:
        # Also of those who have joined: it is their address that wants a hand, whatever was sent to it.
        found = found.filter(Q(status=wanted.status) | Q(comes_back=True, is_active=True))
    elif wanted.status:
        found = found.filter(Q(status=wanted.status))
    elif not wanted.show_inactive:
        found = found.filter(is_active=True)
    if wanted.role:
        found = found.filter(role=wanted.role)
    if wanted.practitioners_only:
        found = found.filter(is_practitioner=True)
    if words := wanted.search.text:
        found = found.alias(whole_name=Concat("first_name", Value(" "), "last_name")).filter(
            Q(whole_name__icontains=words) | Q(user__email__icontains=words) | Q(released_email__icontains=words)
        )
    return found.order_by("-is_active", "last_name", "first_name", "pk")


def member_for_page(account: Account, member_id: int) -> Member | None:
    """One person with all that their page shows; None where this clinic has nobody with that id (A38)."""
    people = Member.objects.filter(account=account).with_two_factor().with_status()
    inviter = ("invitation__invited_by__account", "invitation__invited_by__user")
    member = people.select_related("user", *inviter).filter(pk=member_id).first()
    if member is not None:
        member.account = account
    return member


def newest_invitation_email(member: Member) -> OutboundEmail | None:
    """The last invitation mail of this person, with what the mail server said."""
    kind = OutboundEmail.Kind.INVITATION
    return OutboundEmail.objects.filter(invitation__member=member, kind=kind).order_by("-pk").first()


def returned_mail(user: User) -> OutboundEmail | None:
    """The last mail to this login's address, where it came back. One query."""
    sent = OutboundEmail.objects.last_sent(user, user.email)
    last = sent.select_related("activity", "invitation__member").first()
    return last if last is not None and last.state == OutboundEmail.State.BOUNCED else None


def recent_activity(member: Member) -> QuerySet[Activity]:
    """What was last done to this person."""
    found = Activity.objects.filter(subject=member).select_related("actor", "subject")
    return found.order_by("-pk")[:ACTIVITY_SHOWN]


def suspension_of(member: Member) -> Activity | None:
    """Why somebody is inactive, where that followed from a sign-in address that was put back (A58). One query."""
    verb = Activity.Verb
    about = [verb.MEMBER_SUSPENDED, verb.MEMBER_DEACTIVATED, verb.MEMBER_REACTIVATED, verb.INVITATION_CANCELLED]
    newest = Activity.objects.filter(subject=member, verb__in=about).order_by("-pk").first()
    return newest if newest is not None and newest.verb == verb.MEMBER_SUSPENDED else None


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


def invitations_in_the_name_of(inviter: Member) -> list[Member]:
    """Those whom `inviter` invited and who can still accept, by last name."""
    people = Member.objects.filter(can_accept(), is_active=True, invitation__invited_by=inviter)
    return list(people.order_by("last_name", "first_name", "pk"))


def has_another_entry(history: Member) -> bool:
    """Whether the login of a row that only keeps history has a row in its clinic that counts. One query."""
    found = Member.objects.filter(account=history.account_id, user=history.user_id, released_at=None)
    return found.exists()


def people_asked_to_change_address(asker: Member) -> list[Member]:
    """Those of the clinic whose other address, which `asker` asked for, has yet to be confirmed, by last name."""
    waiting = EmailChange.objects.waiting().filter(asked_by=asker)
    people = Member.objects.filter(account=asker.account_id, released_at=None, user__in=waiting.values("user"))
    return list(people.order_by("last_name", "first_name", "pk"))


def without_two_factor(account: Account) -> list[Member]:
    """Those who would have to set up a second factor, were everybody asked for one (A34), by last name."""
    return list(account.members.without_two_factor().order_by("last_name", "first_name", "pk"))


def people_count(account: Account) -> int:
    """How many people an account has, active or not."""
    return Member.objects.filter(account=account).count()


def clinics_of(user: User) -> QuerySet[Member]:
    """The clinics that somebody can go to, by name (C10)."""
    mine = Member.objects.present().filter(user=user).select_related("account")
    return mine.order_by("account__name", "pk")


def clinics_opened_by(user: User, *, apart_from: Account) -> list[str]:
    """Names of the other clinics that this login opened."""
    opened = Account.objects.filter(creator=user).exclude(pk=apart_from.pk)
    return list(opened.order_by("pk").values_list("name", flat=True))


_COUNTED = ("status", "is_practitioner", "comes_back")


def who_needs_a_hand(account: Account) -> dict[str, Any]:
    """Counts for the home page: invitations that failed, expired or wait, and practitioners. One query."""
    found = Member.objects.filter(account=account).with_status()
    people = list(found.values_list(*_COUNTED))
    counts = {status.value: sum(each == status for each, _, _ in people) for status in MemberStatus}
    active = [each for each in people if each[0] != MemberStatus.INACTIVE]
    is_bounced = [status == MemberStatus.BOUNCED or comes_back for status, _, comes_back in active]
    return {
        **counts,
        "bounced": sum(is_bounced),
        "people": len(active),
        "practitioners": sum(practises for _, practises, _ in active),
    }
