"""Steps of the races about accounts that are closed, opened again and erased."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.clinic_settings.closing import erasure
from accounts.clinic_settings.closing.actions import close_account, reopen_account
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, User
from tests.races.owner_steps import make_owned_clinic
from tests.races.steps import Race

# Setting a race up


def make_closed_clinic(slug: str) -> dict[str, Any]:
    """A clinic of two owners, an administrator and two practitioners, one of them invited, that is due to be erased."""
    made = make_owned_clinic(slug, owners=2, administrators=1, others=2)
    now = timezone.now()
    yesterday = now - timedelta(days=1)
    clinic = Account.objects.get(pk=made["clinic"])
    clinic.closed_at = clinic.erase_at = yesterday
    clinic.save()
    Activity.objects.create(account=clinic, actor_id=made["owners"][0], verb=Activity.Verb.ACCOUNT_CLOSED)
    invited = Member.objects.get(pk=made["others"][0])
    invited.joined_at = None
    invited.save()
    Invitation.objects.create(member=invited, invited_by_id=made["owners"][0], sent_at=yesterday, expires_at=now)
    people = Member.objects.filter(account=clinic).order_by("pk")
    return {**made, "emails": list(people.values_list("user__email", flat=True))}


# Steps that race


def close(actor: int) -> Race:
    """Close the account."""
    owner = Member.objects.get(pk=actor)
    yield
    close_account(actor=owner)


def reopen(actor: int) -> Race:
    """Open it again."""
    owner = Member.objects.get(pk=actor)
    yield
    reopen_account(actor=owner)


def erase(clinic: int) -> bool:
    """Erase it, as the worker's task does."""
    return erasure.erase(clinic)


# Looking at what became of it


def remains(clinic: int, emails: list[str]) -> dict[str, Any]:
    """What there is of a clinic and of the people who were in it."""
    return {
        "is_open": [each.is_open for each in Account.objects.filter(pk=clinic)],
        "members": Member.objects.filter(account_id=clinic).count(),
        "log": list(Activity.objects.filter(account_id=clinic).order_by("pk").values_list("verb", flat=True)),
        "logins": list(User.objects.filter(email__in=emails).order_by("pk").values_list("email", flat=True)),
        "receipts": OutboundEmail.objects.filter(kind=OutboundEmail.Kind.ERASURE_RECEIPT, recipient__in=emails).count(),
    }
