"""**Practitioners**: who is at work when and where in a week, and who can't be booked."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch

from accounts.access.policies import can_manage_members
from accounts.models import Account, Member
from practitioners.models import Business, Practitioner
from practitioners.models.at_work import Interval
from practitioners.policies import can_edit_practitioner
from practitioners.rules import why_not_bookable
from practitioners.schedule.clock import DAY
from practitioners.schedule.days import by_day
from practitioners.schedule.week import in_words

PRACTITIONERS_PER_PAGE = 50

# Where, and from when to when in words.
Hours = tuple[Business, tuple[str, str]]


@dataclass(frozen=True)
class WeekFilter:
    """Which week, and what it is narrowed to; None narrows nothing. `weekday` is 0 on Monday."""

    monday: date
    business: Business | None = None
    weekday: int | None = None

    @property
    def days(self) -> list[date]:
        """The days that are shown."""
        days = [self.monday + number * DAY for number in range(7)]
        return days if self.weekday is None else [days[self.weekday]]

    @property
    def is_narrowed(self) -> bool:
        """Whether anybody may be left out."""
        return self.business is not None or self.weekday is not None


@dataclass(frozen=True)
class Stay:
    """Hours on end, but for breaks, at one business: each from when to when, such as ("9:00", "12:00")."""

    business: Business
    times: list[tuple[str, str]]


@dataclass(frozen=True)
class AtWork:
    """A practitioner, the businesses where they work, and their hours on each day that is shown."""

    practitioner: Practitioner
    works_at: list[Business]
    days: list[tuple[date, list[Stay]]]


@dataclass(frozen=True)
class NotBookable:
    """A practitioner who can't be booked; the reasons are empty for those who are not to know them."""

    practitioner: Practitioner
    reasons: list[str]
    may_edit: bool


def at_work(account: Account, wanted: WeekFilter, number: str | None) -> "Page[Any]":
    """A page of AtWork: those who can be booked, by last name, with their hours by the account's clock.

    A number that is no page's gives one that there is. With a weekday, those who are at work then.
    """
    practitioners, active = Practitioner.objects, Business.objects.in_order(account).filter(is_active=True)
    people = practitioners.bookable(account, business=wanted.business).prefetch_related(Prefetch("businesses", active))
    since, until = wanted.days[0], wanted.days[-1]
    if wanted.weekday is not None:
        then = practitioners.available(account, since, until, business=wanted.business)
        people = people.filter(pk__in={each.practitioner.pk for each in then})
    page: Page[Any] = Paginator(people, PRACTITIONERS_PER_PAGE).get_page(number)
    shown = practitioners.filter(pk__in=[person.pk for person in page])
    hours = _by_day(shown.available(account, since, until, business=wanted.business), ZoneInfo(account.time_zone))
    page.object_list = [
        AtWork(person, list(person.businesses.all()), [(day, _stays(hours[person.pk, day])) for day in wanted.days])
        for person in page
    ]
    return page


def _by_day(intervals: Iterable[Interval], zone: ZoneInfo) -> dict[tuple[int, date], list[Hours]]:
    """The hours of each practitioner on each day; none where there are none."""
    found: dict[tuple[int, date], list[Hours]] = defaultdict(list)
    for each in intervals:
        for day, starts, ends in by_day(each.starts_at, each.ends_at, zone):
            found[each.practitioner.pk, day].append((each.business, (in_words(starts), in_words(ends))))
    return found


def _stays(hours: list[Hours]) -> list[Stay]:
    return [Stay(business, [times for _, times in there]) for business, there in groupby(hours, lambda each: each[0])]


def not_bookable(actor: Member) -> list[NotBookable]:
    """Those of the actor's clinic who can't be booked now, by last name, the inactive ones last, and why. One query.

    Whoever manages the users sees all of them; others those who are active and joined.
    """
    account, sees_all = actor.account, can_manage_members(actor)
    bookable = Practitioner.objects.bookable(account).order_by().values("pk")
    people = Practitioner.objects.with_standing().select_related("member").exclude(pk__in=bookable)
    people = people.filter(member__account=account, member__is_practitioner=True)
    if not sees_all:
        people = people.filter(member__in=Member.objects.present())
    found = []
    for person in people.order_by("-member__is_active", "member__last_name", "pk"):
        may_edit = can_edit_practitioner(actor, person.member)
        reasons = why_not_bookable(person, viewer=actor) if may_edit or sees_all else []
        found.append(NotBookable(person, reasons, may_edit))
    return found
