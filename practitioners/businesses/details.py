"""What a form says about a business, and why an action refused it."""

from dataclasses import dataclass, fields
from typing import Any

from accounts.core.errors import ActionRefused
from practitioners.models import Business


@dataclass(frozen=True)
class BusinessDetails:
    """What the form says about a business. `address` may have several lines; it and the contacts may be empty."""

    name: str
    address: str
    time_zone: str
    phone: str
    email: str
    is_active: bool = True

    @classmethod
    def of(cls, business: Business) -> "BusinessDetails":
        """What is on file about `business`."""
        return cls(**{each.name: getattr(business, each.name) for each in fields(cls)})

    def differences(self, before: "BusinessDetails") -> dict[str, list[Any]]:
        """Which fields differ, as {field: [before, after]}."""
        pairs = {each.name: [getattr(before, each.name), getattr(self, each.name)] for each in fields(self)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


class NameTaken(ActionRefused):
    """Another business of this clinic has the name: `business`."""

    def __init__(self, message: str, *, business: Business) -> None:
        super().__init__(message, field="name")
        self.business = business
