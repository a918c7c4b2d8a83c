"""The plans: how many practitioners a clinic may have (C11). Other staff are free (S19)."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Plan:
    """One plan, from the smallest to the largest; the operator says how many practitioners each has room for."""

    key: str
    name: str

    @property
    def seats(self) -> int:
        """How many practitioners at the most."""
        return settings.PLAN_SEATS[self.key]


PLANS = (
    Plan("solo", "Solo"),
    Plan("small", "Small"),
    Plan("medium", "Medium"),
    Plan("large", "Large"),
    Plan("extra_large", "Extra large"),
    Plan("enterprise", "Enterprise"),
)
PLANS_BY_KEY = {plan.key: plan for plan in PLANS}
FIRST_PLAN = "small"
