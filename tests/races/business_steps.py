"""Steps of the races about businesses."""

import time
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.db import IntegrityError

from accounts.models import Account, Activity, Member
from practitioners.businesses import rules
from practitioners.businesses.actions import add_business, delete_business, update_business
from practitioners.businesses.details import BusinessDetails
from practitioners.models import Business, Practitioner, ReferenceNumber
from tests.races.steps import Race

SECONDS_OF_DOUBT = 0.05

# Setting a race up


def make_businesses(clinic: int, count: int) -> list[int]:
    """Let a clinic have that many active businesses; their ids."""
    account = Account.objects.get(pk=clinic)
    for number in range(account.businesses.count(), count):
        Business.objects.create(account=account, name=f"Rooms {number}", time_zone="UTC")
    return list(account.businesses.order_by("pk").values_list("pk", flat=True))


# Steps that race


def open_business(actor: int, name: str, submission: str) -> Race:
    """Add a business."""
    member = Member.objects.get(pk=actor)
    yield
    details = BusinessDetails(name, "", "UTC", "", "")
    return add_business(actor=member, details=details, submission=UUID(submission)).pk


def shut_business(actor: int, business: int) -> Race:
    """Make a business inactive, on a page that was opened before."""
    member, target = Member.objects.get(pk=actor), Business.objects.get(pk=business)
    details = BusinessDetails(**{**vars(BusinessDetails.of(target)), "is_active": False})
    yield
    update_business(actor=member, target=target, details=details, expected_version=target.version)


def remove_business(actor: int, business: int) -> Race:
    """Delete a business."""
    member, target = Member.objects.get(pk=actor), Business.objects.get(pk=business)
    yield
    delete_business(actor=member, target=target)


def remove_business_slowly(actor: int, business: int) -> Race:
    """Delete a business, and take a while between the look at what refers to it and the deletion."""
    member, target = Member.objects.get(pk=actor), Business.objects.get(pk=business)
    yield
    with patch.object(rules, "require_another_active", lambda _business: time.sleep(SECONDS_OF_DOUBT)):
        delete_business(actor=member, target=target)


def refer_to(practitioner: int, business: int) -> Race:
    """Store a reference to a business without the account's lock, as another part of a suite may; whether it went."""
    person = Practitioner.objects.get(member_id=practitioner)
    yield
    try:
        ReferenceNumber.objects.create(practitioner=person, kind="Any", number="1", business_id=business)
    except IntegrityError:
        return False
    return True


# Looking at what became of it


def businesses(clinic: int) -> dict[str, Any]:
    """How many a clinic has, how many of them are active, how many reference numbers, and what was written down."""
    found = Business.objects.filter(account_id=clinic)
    log = Activity.objects.filter(account_id=clinic, verb__startswith="business_").order_by("pk")
    numbers = ReferenceNumber.objects.filter(practitioner__member__account_id=clinic)
    return {
        "all": found.count(),
        "active": found.filter(is_active=True).count(),
        "colours": sorted(found.values_list("colour", flat=True)),
        "numbers": numbers.count(),
        "numbers_of_nothing": numbers.exclude(business__in=found).count(),
        "log": list(log.values_list("verb", flat=True)),
    }
