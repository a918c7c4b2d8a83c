"""When a practitioner works at a business in a usual week, and the breaks in it (C7)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from practitioners.models.business import Business
from practitioners.models.practitioner import Practitioner
from practitioners.schedule.week import MINUTES_A_DAY, Row, What


class WeeklyTimeQuerySet(models.QuerySet["WeeklyTime"]):
    """Times of the usual week."""

    def that_count(self) -> "WeeklyTimeQuerySet":
        """Those at a business that is active and where the practitioner works; the others are kept for later."""
        return self.filter(business__is_active=True, business__practitioners=F("practitioner"))


class WeeklyTime(models.Model):
    """A time of one weekday (Monday is 0), by the clock on the wall of the business.

    `starts` and `ends` are in minutes after midnight; an end of 1440 is the end of that day. Hours past midnight are
    one row until then and another on the next day from 0.
    """

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE)
    business = models.ForeignKey(Business, on_delete=models.PROTECT)
    weekday = models.PositiveSmallIntegerField()
    starts = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()

    objects = WeeklyTimeQuerySet.as_manager()

    what: ClassVar[What]

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="%(class)s_on_a_weekday"),
            models.CheckConstraint(
                condition=Q(starts__lt=F("ends"), ends__lte=MINUTES_A_DAY), name="%(class)s_starts_before_it_ends"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["practitioner", "weekday", "starts"], name="%(class)s_in_order"),
            models.Index(fields=["business", "weekday", "starts"], name="%(class)s_at_business"),
        ]

    @property
    def row(self) -> Row:
        """The same as a row of the usual week; `business` should have been fetched with it."""
        return Row(self.what, self.business_id, self.business.zone, self.weekday, self.starts, self.ends)


class Availability(WeeklyTime):
    """Hours in which a practitioner can be booked.

    Nothing is saved that would have those of one practitioner overlap, be it at two businesses.
    """

    what = What.HOURS

    class Meta(WeeklyTime.Meta):
        verbose_name_plural = "availability"

    def __str__(self) -> str:
        return f"availability {self.pk} of practitioner {self.practitioner_id}"


class Break(WeeklyTime):
    """A break within the hours of that day at that business. Nobody is booked then."""

    what = What.BREAK

    class Meta(WeeklyTime.Meta):
        pass

    def __str__(self) -> str:
        return f"break {self.pk} of practitioner {self.practitioner_id}"
