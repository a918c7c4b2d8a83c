"""Steps of the races about two-factor authentication that an administrator takes off somebody."""

from datetime import timedelta
from typing import Any

from accounts.core.origin import Origin
from accounts.identity.two_factor.recovery import actions as two_factor_recovery
from accounts.identity.two_factor.reset.actions import reset_two_factor
from accounts.models import Activity, Authenticator, Member, SecurityEvent, TwoFactorRecovery, User
from clinic.clock import database_now
from tests.races.steps import Race

STAFF = {"password": "!", "is_staff": True}

# Setting a race up


def enrol(target: int) -> None:
    """Let somebody have an authenticator app."""
    user = Member.objects.get(pk=target).user
    Authenticator.objects.create(user=user, seed="a seed", created_at=database_now())


def start_recovery(target: int, staff: str) -> int:
    """Somebody of support, two of whom are made if need be, has started a reset for somebody that is due."""
    made = [User.objects.get_or_create(email=f"{name}@support.example", defaults=STAFF)[0] for name in ("sam", staff)]
    now, user = database_now(), Member.objects.get(pk=target).user
    recovery = TwoFactorRecovery.objects.create(
        user=user,
        email=user.email,
        evidence="Papers.",
        reason="A lost phone.",
        opened_by=made[0],
        opened_at=now - timedelta(days=4),
        due_at=now - timedelta(days=1),
        lapses_at=now + timedelta(days=1),
    )
    return recovery.pk


# Steps that race


def reset_factor(actor: int, target: int) -> Race:
    """Take the two-factor authentication off somebody, on a page that was opened before."""
    people = {"actor": Member.objects.get(pk=actor), "target": Member.objects.get(pk=target)}
    yield
    reset_two_factor(**people, origin=Origin())


def complete_recovery(recovery: int, staff: str) -> Race:
    """Complete it, on a page that was opened before."""
    found, by = TwoFactorRecovery.objects.get(pk=recovery), User.objects.get(email=f"{staff}@support.example")
    yield
    two_factor_recovery.complete_recovery(staff=by, recovery=found, reason="It was time.")


def stop_recovery(recovery: int, by: int | None = None) -> Race:
    """Stop it by the link in the mail, or as somebody of a clinic."""
    found = TwoFactorRecovery.objects.get(pk=recovery)
    actor = Member.objects.get(pk=by) if by else None
    yield
    if actor is None:
        two_factor_recovery.stop_recovery_by_link(recovery=found, origin=Origin())
    else:
        two_factor_recovery.stop_recovery_of_member(actor=actor, recovery=found, origin=Origin())


# Looking at what became of it


def two_factor(target: int) -> dict[str, Any]:
    """Whether somebody has one, whether they are an owner, and what was written down, in its order."""
    member = Member.objects.get(pk=target)
    return {
        "has_one": Authenticator.objects.filter(user=member.user_id).exists(),
        "is_owner": member.is_owner,
        "activity": list(Activity.objects.filter(subject=member).order_by("pk").values_list("verb", flat=True)),
        "outcomes": list(TwoFactorRecovery.objects.filter(user=member.user_id).values_list("outcome", flat=True)),
        "events": SecurityEvent.objects.filter(user=member.user_id).count(),
    }
