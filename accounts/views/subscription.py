"""Settings -> **Subscription**: the plan and its seats (S19, S20, C11)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import policies, rules
from accounts.actions.accounts import change_plan
from accounts.errors import ActionRefused
from accounts.forms.subscription import PlanForm
from accounts.plans import PLANS_BY_KEY
from accounts.views.base import ClinicView


class SubscriptionView(ClinicView):
    """The page that upgrades."""

    policy = staticmethod(policies.can_see_subscription)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the plan and how many seats are taken."""
        return self._page(PlanForm(initial={"plan": self.request.account.plan}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change the plan."""
        form = PlanForm(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        plan = PLANS_BY_KEY[form.cleaned_data["plan"]]
        try:
            change_plan(actor=self.request.member, plan=plan.key)
        except ActionRefused as refusal:
            form.add_error(refusal.field, str(refusal))
            return self._page(form, status=422)
        words = _("Your clinic is on the %(plan)s plan: %(seats)s practitioners. An invoice follows by email.")
        messages.success(request, words % {"plan": plan.name, "seats": plan.seats})
        return self.go("subscription")

    def _page(self, form: PlanForm, *, status: int = 200) -> HttpResponse:
        account = self.request.account
        context = {
            "nav": "subscription",
            "form": form,
            "plan": account.plan_details,
            "seats_in_use": rules.seats_in_use(account),
        }
        return self.page("accounts/subscription.html", context, status=status)
