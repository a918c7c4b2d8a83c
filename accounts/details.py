"""What a form says about a person, or a line of a file about an account, as forms hand it to actions."""

from dataclasses import dataclass, fields
from datetime import datetime
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


@dataclass(frozen=True)
class ImportedAccount:
    """What each line of an import says about its account.

    `reference` is what the other system calls it. `plan` is empty where the smallest plan that has room will do.
    """

    reference: str
    name: str
    created: datetime
    time_zone: str
    plan: str


@dataclass(frozen=True)
class ImportedPerson:
    """What a line of an import says about a person. `is_named_owner`: the other system has them as an owner."""

    details: MemberDetails
    joined_at: datetime
    is_named_owner: bool
