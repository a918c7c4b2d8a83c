"""Settings -> **Subscription**: the plan and its seats (S19, S20, C11)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import policies
from accounts.access.plans import PLANS_BY_KEY, Plan
from accounts.clinic_settings.opening.actions import change_plan
from accounts.clinic_settings.subscription import queries
from accounts.clinic_settings.subscription.forms import PlanForm
from accounts.clinic_settings.subscription.rules import require_plan_can_change
from accounts.core.errors import ActionRefused, PlanTooSmall
from accounts.core.views import ClinicView
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.models import Account, Member


class SubscriptionView(ClinicView):
    """The page that upgrades."""

    policy = staticmethod(policies.can_see_subscription)
    change_policy = staticmethod(policies.can_change_plan)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(PlanForm(current=self.request.account.plan_details))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change the plan. It costs money, so the password is asked for (A60)."""
        form = PlanForm(request.POST, current=self.request.account.plan_details)
        if not form.is_valid():
            return self._page(form, status=422)
        if was_cancelled(request):
            return self._page(form)
        plan = PLANS_BY_KEY[form.cleaned_data["plan"]]
        if plan.key == self.request.account.plan:
            return self._done(plan, is_changed=False)
        try:
            is_changed = self._change(plan, form.cleaned_data["expected_plan"] or None)
        except ActionRefused as refusal:
            return self._refuse(request, refusal)
        return self._done(plan, is_changed=is_changed)

    def _change(self, plan: Plan, expected_plan: str | None) -> bool:
        """Say what is in the way, then ask for the password, then change it. Raises ActionRefused."""
        account = self.request.account
        require_plan_can_change(account, plan, expected_plan=expected_plan)
        require_reverification(self.request, act=_act_in_words(account, plan), button=_("Change plan"))
        return change_plan(actor=self.request.member, plan=plan.key, expected_plan=expected_plan)

    def _done(self, plan: Plan, *, is_changed: bool) -> HttpResponse:
        messages.success(self.request, _done_words(plan, is_changed=is_changed))
        return self.go("subscription")

    def _refuse(self, request: HttpRequest, refusal: ActionRefused) -> HttpResponse:
        """Say why; the plan may be another by now than when this request began."""
        self.request.account.refresh_from_db(fields=["plan"])
        form = PlanForm(request.POST, current=self.request.account.plan_details)
        form.add_error(refusal.field, str(refusal))
        form.expect(self.request.account.plan_details)
        return self._page(form, too_many=refusal.holders if isinstance(refusal, PlanTooSmall) else None, status=422)

    def _page(self, form: PlanForm, *, too_many: list[Member] | None = None, status: int = 200) -> HttpResponse:
        account = self.request.account
        context = {
            "nav": "subscription",
            "form": form,
            "seats": queries.seats(account),
            "too_many": too_many,
            "history": queries.plan_history(account),
            "may_open_people": policies.can_manage_members(self.request.member),
        }
        return self.page("accounts/clinic_settings/subscription/index.html", context, status=status)


def _act_in_words(account: Account, plan: Plan) -> str:
    words = ngettext(
        "Change the plan of %(clinic)s from %(now)s to %(plan)s (%(seats)s practitioner). It applies right away.",
        "Change the plan of %(clinic)s from %(now)s to %(plan)s (%(seats)s practitioners). It applies right away.",
        plan.seats,
    )
    now = account.plan_details.name
    return words % {"clinic": account.name, "now": now, "plan": plan.name, "seats": plan.seats}


def _done_words(plan: Plan, *, is_changed: bool) -> str:
    facts = {"plan": plan.name, "seats": plan.seats}
    if not is_changed:
        return _("Your clinic is on the %(plan)s plan already. Nothing was changed.") % facts
    words = ngettext(
        "Your clinic is now on the %(plan)s plan, with room for %(seats)s practitioner. Billing is arranged "
        "separately.",
        "Your clinic is now on the %(plan)s plan, with room for %(seats)s practitioners. Billing is arranged "
        "separately.",
        plan.seats,
    )
    return words % facts
