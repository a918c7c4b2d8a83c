"""A member who sees patients."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Member
from accounts.models.versioned import Versioned
from accounts.text import validate_paragraphs, validate_single_line
from practitioners.models.business import Business

if TYPE_CHECKING:
    from practitioners.models.at_work import Interval

LONGEST_DESIGNATION = 100
LONGEST_DESCRIPTION = 2000


class PractitionerQuerySet(models.QuerySet["Practitioner"]):
    """Sets of practitioners, for the other parts of a suite to ask (S1)."""

    def bookable(
        self, account: Account, at: datetime | None = None, business: Business | None = None
    ) -> "PractitionerQuerySet":
        """Those who can be booked: active, joined and practising (C5), with hours (C7), in a clinic that is open (S37).

        With `business`, hours there. With `at`, an aware moment: at work just then, which is whenever the clock on the
        wall of the business shows a time within their hours and not within a break. Raises ValueError for a naive `at`.
        """
        # These modules import this one.
        from practitioners.models.at_work import hours_at
        from practitioners.models.availability import Availability

        hours = Availability.objects.that_count().filter(practitioner=OuterRef("pk"), business__account=account)
        if business is not None:
            hours = hours.filter(business=business)
        if at is not None:
            hours = hours_at(hours, account, at)
        if not account.is_open:
            return self.none()
        present = Member.objects.present().filter(account=account, is_practitioner=True)
        people = self.filter(Exists(hours), member__in=present)
        return people.select_related("member__account").order_by("member__last_name", "pk")

    def available(
        self,
        account: Account,
        first: date,
        last: date,
        business: Business | None = None,
        practitioner: "Practitioner | None" = None,
    ) -> "list[Interval]":
        """When those who can be booked are at work, from the day `first` to the day `last` of the account's time zone.

        In order of time, then of last name. The days are 366 at most. Raises ValueError for more, or none.
        """
        from practitioners.models.at_work import intervals

        people = self.bookable(account, business=business)
        if practitioner is not None:
            people = people.filter(pk=practitioner.pk)
        return intervals(people, account, first, last, business)

    def with_standing(self) -> "PractitionerQuerySet":
        """Add `works_somewhere` and `has_hours`: at a business that is active, and that they work at."""
        somewhere = Practitioner.objects.filter(pk=OuterRef("pk"), businesses__is_active=True)
        hours = Practitioner.objects.filter(
            pk=OuterRef("pk"),
            availability__business__is_active=True,
            availability__business__practitioners=OuterRef("pk"),
        )
        columns: dict[str, Any] = {"works_somewhere": Exists(somewhere), "has_hours": Exists(hours)}
        return self.annotate(**columns)


class Practitioner(Versioned):
    """The practitioner that a member is. It stays, with its history, when the member stops practising or leaves."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="practitioner")
    # The defaults of these columns are the database's, too: code of before, still running, does not know of them.
    designation = models.CharField(
        _("Designation"),
        max_length=LONGEST_DESIGNATION,
        blank=True,
        default="",
        db_default="",
        validators=[validate_single_line],
    )
    description = models.TextField(
        _("Description"),
        max_length=LONGEST_DESCRIPTION,
        blank=True,
        default="",
        db_default="",
        validators=[validate_paragraphs],
    )
    # Where they work. Hours at any other business are kept and count for nothing.
    businesses = models.ManyToManyField(Business, blank=True, related_name="practitioners")
    # It is 1 until the settings are saved for the first time.
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PractitionerQuerySet.as_manager()

    if TYPE_CHECKING:
        # As `with_standing` brings them.
        works_somewhere: bool
        has_hours: bool
        # As `businesses.use.attendance` brings it.
        is_elsewhere: bool

    def __str__(self) -> str:
        return self.member.full_name
