"""Rules about the places of a plan, which a form says early and an action holds under the lock (S19, S20, K6)."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.core.details import MemberDetails
from accounts.core.errors import PlanFull
from accounts.models import Account, Member


def seats_in_use(account: Account) -> int:
    """How many practitioners count against the plan now."""
    return Member.objects.filter(account=account).holding_seat().count()


def seat_holders(account: Account) -> list[Member]:
    """Who counts against the plan, by last name, with login and invitation. One query."""
    holding = Member.objects.filter(account=account).holding_seat().select_related("user", "invitation")
    return list(holding.order_by("last_name", "first_name", "pk"))


def require_seat(account: Account) -> None:
    """Raise PlanFull where the plan has no seat for one more practitioner (S20)."""
    plan = account.plan_details
    if seats_in_use(account) < plan.seats:
        return
    words = ngettext(
        "Your plan, %(plan)s, has room for %(seats)s practitioner, and that place is taken.",
        "Your plan, %(plan)s, has room for %(seats)s practitioners and all of them are taken.",
        plan.seats,
    )
    full = words % {"plan": plan.name, "seats": plan.seats}
    raise PlanFull(f"{full} {_('Change the plan under Settings, Subscription.')}")


def holds_seat(member: Member) -> bool:
    """Whether `member` counts against the plan. One query."""
    return Member.objects.filter(pk=member.pk).holding_seat().exists()


def needs_place(member: Member) -> bool:
    """Whether inviting `member`, who holds no seat, again is refused for want of one (S20)."""
    account = member.account
    return member.is_practitioner and seats_in_use(account) >= account.plan_details.seats


def require_seat_for(member: Member, details: MemberDetails) -> None:
    """Raise PlanFull where changing `member` to `details` takes a seat that they do not hold and none is left."""
    if takes_seat(member, details):
        require_seat(member.account)


def takes_seat(member: Member, details: MemberDetails) -> bool:
    """Whether changing `member` to `details` takes a seat that they do not hold. One query at most."""
    claims = (
        {"is_active", "is_practitioner"} if member.has_joined else {"is_active", "is_practitioner", "email", "role"}
    )
    if not details.is_active or not details.is_practitioner:
        return False
    # A corrected address or role sends a new invitation, which holds a seat again where the old one had expired.
    return bool(claims & details.differences(MemberDetails.of(member)).keys()) and not holds_seat(member)
