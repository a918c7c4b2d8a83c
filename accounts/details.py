"""What a form says about a person, as forms hand it to actions."""

from dataclasses import dataclass, fields
from typing import Any

from accounts.models import Member


@dataclass(frozen=True)
class MemberDetails:
    """What the form says about a person."""

    first_name: str
    last_name: str
    email: str
    mobile: str
    role: str
    is_practitioner: bool
    is_active: bool = True

    @classmethod
    def of(cls, member: Member) -> "MemberDetails":
        """What is on file about `member`."""
        return cls(
            first_name=member.first_name,
            last_name=member.last_name,
            email=member.user.email,
            mobile=member.mobile,
            role=member.role,
            is_practitioner=member.is_practitioner,
            is_active=member.is_active,
        )

    def differences(self, before: "MemberDetails") -> dict[str, list[Any]]:
        """Which fields differ, as {field: [before, after]}."""
        pairs = {each.name: [getattr(before, each.name), getattr(self, each.name)] for each in fields(self)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


# What a stolen or unattended session must not change: these ask for the password (A19).
SENSITIVE_FIELDS = frozenset({"email", "role", "is_active"})
