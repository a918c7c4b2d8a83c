"""The plan."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.plans import PLANS


class PlanForm(forms.Form):
    """Which plan the clinic is on."""

    plan = forms.ChoiceField(
        label=_("Plan"),
        choices=[
            (plan.key, f"{plan.name}: {plan.seats} practitioner{'s' if plan.seats > 1 else ''}") for plan in PLANS
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a plan."), "invalid_choice": _("Choose one of the plans in the list.")},
    )
