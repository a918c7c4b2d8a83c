"""What a form says about a person or a clinic, or a line of a file about an account, as forms hand it to actions."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from accounts.models import Account, Member


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
class AccountSecurity:
    """What a clinic asks of everybody who signs in to it (A34, C9), under the names that the account has for it."""

    session_timeout: int
    require_two_factor: bool
    two_factor_from: datetime | None = None

    @classmethod
    def of(cls, account: Account) -> "AccountSecurity":
        """What is on file about `account`."""
        return cls(**{each.name: getattr(account, each.name) for each in fields(cls)})

    def differences(self, before: "AccountSecurity") -> dict[str, list[Any]]:
        """Which fields differ, as {field: [before, after]}; a moment as ISO 8601 has it."""
        pairs = {name: [value, vars(self)[name]] for name, value in vars(before).items() if value != vars(self)[name]}
        return {name: [_plain(value) for value in pair] for name, pair in pairs.items()}

    @property
    def text(self) -> str:
        """All of it on one line: what a form remembers to have been opened with."""
        return " ".join(f"{_plain(value)}" for value in vars(self).values())


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


@dataclass(frozen=True)
class ImportedAccount:
    """What each line of an import says about its account.

    `reference` is what the other system calls it. `plan` is empty where the smallest plan that has room will do,
    `country` where it is that of the time zone.
    """

    reference: str
    name: str
    created: datetime
    time_zone: str
    plan: str
    country: str = ""


@dataclass(frozen=True)
class ImportedPerson:
    """What a line of an import says about a person. `is_named_owner`: the other system has them as an owner."""

    details: MemberDetails
    joined_at: datetime
    is_named_owner: bool
