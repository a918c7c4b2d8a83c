"""Businesses and hours for tests."""

from collections.abc import Iterable

import factory

from accounts.models import Account, Member
from accounts.tests.factories import AccountFactory
from practitioners.models import Availability, Break, Business, Practitioner

NINE, NOON, ONE, FIVE = 9 * 60, 12 * 60, 13 * 60, 17 * 60
WORKDAYS = range(5)


class BusinessFactory(factory.django.DjangoModelFactory):
    """One more business of a clinic, with a clock at UTC unless told."""

    class Meta:
        model = Business

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda number: f"Business {number}")
    time_zone = "UTC"


def first_business(clinic: Account) -> Business:
    """The one that every account has from the start."""
    return clinic.businesses.order_by("pk")[0]


def works(
    member: Member,
    business: Business | None = None,
    *,
    days: Iterable[int] = WORKDAYS,
    starts: int = NINE,
    ends: int = FIVE,
) -> Practitioner:
    """Give a practitioner the same hours on some days, at the clinic's first business unless told; Monday is 0."""
    practitioner, business = Practitioner.objects.get(member=member), business or first_business(member.account)
    practitioner.businesses.add(business)
    for day in days:
        Availability.objects.create(practitioner=practitioner, business=business, weekday=day, starts=starts, ends=ends)
    return practitioner


def rests(
    member: Member,
    business: Business | None = None,
    *,
    days: Iterable[int] = WORKDAYS,
    starts: int = NOON,
    ends: int = ONE,
) -> None:
    """Give a practitioner the same break on some days."""
    practitioner, business = Practitioner.objects.get(member=member), business or first_business(member.account)
    for day in days:
        Break.objects.create(practitioner=practitioner, business=business, weekday=day, starts=starts, ends=ends)
