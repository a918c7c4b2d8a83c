"""Steps of the races about a second factor that an administrator takes off somebody."""

from typing import Any

from accounts.actions.two_factor_reset import reset_two_factor
from accounts.models import Activity, Authenticator, Member, SecurityEvent
from accounts.origin import Origin
from clinic.clock import database_now
from tests.races.steps import Race

# Setting a race up


def enrol(target: int) -> None:
    """Let somebody have an authenticator app."""
    user = Member.objects.get(pk=target).user
    Authenticator.objects.create(user=user, seed="a seed", created_at=database_now())


# Steps that race


def reset_factor(actor: int, target: int) -> Race:
    """Take the second factor off somebody, on a page that was opened before."""
    people = {"actor": Member.objects.get(pk=actor), "target": Member.objects.get(pk=target)}
    yield
    reset_two_factor(**people, origin=Origin())


# Looking at what became of it


def second_factor(target: int) -> dict[str, Any]:
    """Whether somebody has one, whether they are an owner, and what was written down, in its order."""
    member = Member.objects.get(pk=target)
    return {
        "has_one": Authenticator.objects.filter(user=member.user_id).exists(),
        "is_owner": member.is_owner,
        "activity": list(Activity.objects.filter(subject=member).order_by("pk").values_list("verb", flat=True)),
        "events": SecurityEvent.objects.filter(user=member.user_id).count(),
    }
