"""When a clinic can move to another plan: said before the password is asked for, and held under the lock."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access.plans import Plan
from accounts.core.errors import PlanTooSmall
from accounts.core.seat_rules import seat_holders
from accounts.core.stale import ChangedMeanwhile
from accounts.models import Account


def require_plan_can_change(account: Account, wanted: Plan, *, expected_plan: str | None) -> None:
    """Raise ChangedMeanwhile if the plan is not `expected_plan`, which the form was opened with (None: not known).

    Raises PlanTooSmall if `wanted` is a smaller plan with fewer seats than are in use (C11).
    """
    if expected_plan not in {None, account.plan}:
        words = _(
            "Someone changed the plan to %(now)s while you had this page open, so nothing was changed. If you still "
            "want %(wanted)s, choose Change plan again."
        )
        raise ChangedMeanwhile(words % {"now": account.plan_details.name, "wanted": wanted.name}, about=account)
    if wanted.seats < account.plan_details.seats:
        _require_room(account, wanted)


def _require_room(account: Account, plan: Plan) -> None:
    holders = seat_holders(account)
    over = len(holders) - plan.seats
    if over <= 0:
        return
    words = ngettext(
        "The %(plan)s plan has %(seats)s seat, and %(count)s are in use. Make %(over)s of these people inactive first.",
        "The %(plan)s plan has %(seats)s seats, and %(count)s are in use. Make %(over)s of these people inactive "
        "first.",
        plan.seats,
    )
    facts = {"plan": plan.name, "seats": plan.seats, "count": len(holders), "over": over}
    raise PlanTooSmall(words % facts, holders=holders)
