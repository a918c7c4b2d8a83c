"""What the pages about people show, each in a fixed number of queries."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.core.queries import ACTIVITY_SHOWN
from accounts.core.search import NO_SEARCH, Search
from accounts.models import Account, Activity, EmailChange, Member, MemberStatus, OutboundEmail
from accounts.models.member_sets import can_accept

MEMBERS_PER_PAGE = 25


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


def newest_invitation_email(member: Member) -> OutboundEmail | None:
    """The last invitation mail of this person, with what the mail server said."""
    kind = OutboundEmail.Kind.INVITATION
    return OutboundEmail.objects.filter(invitation__member=member, kind=kind).order_by("-pk").first()


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
