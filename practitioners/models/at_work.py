"""Who is at work at a moment, and when on days of the calendar: what the rest of a suite asks (S1, C5, C7)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, F, IntegerField, OuterRef, When
from django.utils.timezone import is_naive

from accounts.models import Account
from practitioners.models.availability import Availability, Break, WeeklyTimeQuerySet
from practitioners.models.business import Business
from practitioners.models.practitioner import Practitioner
from practitioners.schedule.clock import DAY, beginning
from practitioners.schedule.spans import spans
from practitioners.schedule.week import Row

MOST_DAYS = 366
# Far beyond what anybody books, and well within what dates can express.
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True)
class Interval:
    """A stretch of time in which somebody can be booked at one business, in the account's time zone.

    `ends_at` is the first moment that no longer belongs to it.
    """

    practitioner: Practitioner
    business: Business
    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        """How long it takes; what clocks show at its ends does not tell, where they change in between."""
        return self.ends_at.astimezone(UTC) - self.starts_at.astimezone(UTC)


def hours_at(hours: WeeklyTimeQuerySet, account: Account, at: datetime) -> WeeklyTimeQuerySet:
    """Those of the hours in which their practitioner is at work at the moment `at`. One query for the clocks.

    Raises ValueError for a naive moment.
    """
    if is_naive(at):
        raise ValueError("Give a moment with its time zone.")
    zones = Business.objects.filter(account=account).values_list("time_zone", flat=True).distinct().order_by()
    shown = {zone: at.astimezone(ZoneInfo(zone)) for zone in zones}
    hours = hours.annotate(
        weekday_there=_by_zone({zone: there.weekday() for zone, there in shown.items()}),
        minute_there=_by_zone({zone: there.hour * 60 + there.minute for zone, there in shown.items()}),
    ).filter(weekday=F("weekday_there"), starts__lte=F("minute_there"), ends__gt=F("minute_there"))
    off = Break.objects.filter(
        practitioner=OuterRef("practitioner"),
        business=OuterRef("business"),
        weekday=OuterRef("weekday"),
        starts__lte=OuterRef("minute_there"),
        ends__gt=OuterRef("minute_there"),
    )
    return hours.exclude(Exists(off))


def _by_zone(values: dict[str, int]) -> Case:
    """The value for the time zone of the row's business."""
    cases = [When(business__time_zone=zone, then=value) for zone, value in values.items()]
    return Case(*cases, output_field=IntegerField())


def intervals(
    people: Iterable[Practitioner], account: Account, first: date, last: date, business: Business | None
) -> list[Interval]:
    """When `people` are at work from the day `first` to the day `last` of the account's time zone. Three queries more.

    Raises ValueError where there is no such day, or more than a year of them.
    """
    if not (EARLIEST <= first <= last <= LATEST and last - first < MOST_DAYS * DAY):
        words = f"Give a first and a last day in this order, at most {MOST_DAYS} days, from {EARLIEST} to {LATEST}."
        raise ValueError(words)
    zone = ZoneInfo(account.time_zone)
    since, until = beginning(zone, first), beginning(zone, last + DAY)
    there = Business.objects.filter(account=account)
    places = {each.pk: each for each in (there if business is None else there.filter(pk=business.pk))}
    by_id = {each.pk: each for each in people}
    rows = _rows(by_id, places)
    found = [
        Interval(each, places[span.business], span.starts_at.astimezone(zone), span.ends_at.astimezone(zone))
        for each in by_id.values()
        for span in spans(rows[each.pk], since, until)
    ]
    return sorted(found, key=lambda each: each.starts_at.timestamp())


def _rows(ids: Collection[int], places: dict[int, Business]) -> dict[int, list[Row]]:
    """The usual week of each practitioner at these businesses, by the practitioner's id."""
    found: dict[int, list[Row]] = {pk: [] for pk in ids}
    for model in (Availability, Break):
        for each in model.objects.that_count().filter(practitioner__in=ids, business__in=places):
            each.business = places[each.business_id]
            found[each.practitioner_id].append(each.row)
    return found
