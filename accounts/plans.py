"""The plans: how many practitioners a clinic may have (C11). Other staff are free (S19)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """One plan: `seats` practitioners at the most."""

    key: str
    name: str
    seats: int


PLANS = (
    Plan("solo", "Solo", 1),
    Plan("small", "Small", 5),
    Plan("medium", "Medium", 8),
    Plan("large", "Large", 12),
    Plan("extra_large", "Extra large", 25),
    Plan("enterprise", "Enterprise", 200),
)
PLANS_BY_KEY = {plan.key: plan for plan in PLANS}
FIRST_PLAN = "small"
