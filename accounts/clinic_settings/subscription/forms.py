"""The plan."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access.plans import PLANS, Plan
from accounts.core.stale import StaleForm


class PlanForm(StaleForm, forms.Form):
    """Which plan the clinic is on. `expected_plan` notices that somebody else chose another meanwhile."""

    plan = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a plan."),
            "invalid_choice": gettext_lazy("Choose one of the plans in the list."),
        },
    )
    # A page that was opened before the field was added sends none.
    expected_plan = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, current: Plan) -> None:
        super().__init__(data, initial={"plan": current.key, "expected_plan": current.key})
        choose = self.fields["plan"]
        assert isinstance(choose, forms.ChoiceField)
        choose.choices = [(plan.key, _in_words(plan, current)) for plan in PLANS]

    def expect(self, current: Plan) -> None:
        """Let the next try be against the plan as it is now; the choice stays."""
        self.reopen(expected_plan=current.key)


def _in_words(plan: Plan, current: Plan) -> str:
    words = ngettext("%(plan)s: %(seats)s practitioner", "%(plan)s: %(seats)s practitioners", plan.seats)
    named = words % {"plan": plan.name, "seats": plan.seats}
    return _("%(named)s (your plan now)") % {"named": named} if plan == current else named
