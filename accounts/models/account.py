"""The clinic business that everything is scoped to."""

from datetime import datetime, timedelta
from functools import cache
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access.plans import FIRST_PLAN, PLANS, PLANS_BY_KEY, Plan
from accounts.text import validate_name
from accounts.text.countries import country_of_zone

# How long an owner can reopen an account that was closed, before it is erased.
TIME_TO_REOPEN = timedelta(days=30)

# First parts of addresses that are pages of the product, so that no clinic can take them.
RESERVED_SLUGS = frozenset(
    """
    about accounts activity admin api app assets billing blog clinic clinics contact docs email favicon.ico healthz
    help invitations legal login logout mail me media new outbox owner password pricing privacy robots.txt security
    session settings signin signout signup static status support system terms theme users webhooks www
    """.split()  # noqa: SIM905  (a list of words reads better as words)
)


# Names of the IANA database that stand for no time zone in particular.
NO_ZONES = {"Factory", "localtime"}


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones; finding them opens hundreds of files."""
    return frozenset(available_timezones() - NO_ZONES)


def validate_time_zone(value: str) -> None:
    """Refuse a name that is not in the IANA time zone database. Raises ValidationError."""
    if value not in time_zones():
        raise ValidationError(_("Choose a time zone from the list."), code="time_zone")


class SessionTimeout(models.IntegerChoices):
    """What a clinic can choose between, in minutes (C9)."""

    HALF_AN_HOUR = 30, _("30 minutes")
    AN_HOUR = 60, _("1 hour")
    TWO_HOURS = 120, _("2 hours")
    FOUR_HOURS = 240, _("4 hours")
    EIGHT_HOURS = 480, _("8 hours")
    HALF_A_DAY = 720, _("12 hours")
    A_DAY = 1440, _("24 hours")
    THREE_DAYS = 4320, _("3 days")
    A_WEEK = 10080, _("7 days")


class Account(models.Model):
    """One clinic. Its address is `/<slug>/...`."""

    name = models.CharField(_("Clinic name"), max_length=100, validators=[validate_name])
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    # As ISO 3166-1 has it in two letters; empty for the one that the time zone is in.
    country = models.CharField(max_length=2, blank=True, default="", db_default="")
    plan = models.CharField(max_length=20, choices=[(plan.key, plan.name) for plan in PLANS], default=FIRST_PLAN)
    toggles = models.JSONField(default=dict, blank=True)
    # In minutes: how long nobody has to do anything before they are signed out (C9).
    session_timeout = models.PositiveIntegerField(
        default=SessionTimeout.HALF_A_DAY, db_default=SessionTimeout.HALF_A_DAY, choices=SessionTimeout.choices
    )
    # Everybody shows two-factor authentication (A34): from `two_factor_from` on, or at once where that is empty.
    require_two_factor = models.BooleanField(default=False, db_default=False)
    two_factor_from = models.DateTimeField(null=True, blank=True)
    # Nobody, for an account that was imported.
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # What the file that this account was imported from calls it, so that importing it again finds it.
    import_reference = models.CharField(max_length=100, null=True, blank=True, unique=True, editable=False)
    # Names the opening of the form that made this clinic, so that sending it twice opens one.
    submission = models.UUIDField(null=True, blank=True, editable=False)
    # Set by support while ownership is determined (S37).
    locked_at = models.DateTimeField(null=True, blank=True)
    # Set by an owner. From `erase_at` on the account is erased, unless an owner reopens it before.
    closed_at = models.DateTimeField(null=True, blank=True)
    erase_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, erase_at__isnull=True)
                | Q(closed_at__isnull=False, erase_at__isnull=False),
                name="account_closed_with_a_day_of_erasure",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether people can use it: neither locked by support nor closed by an owner."""
        return self.locked_at is None and self.closed_at is None

    @property
    def home_country(self) -> str:
        """Where a number without a country code belongs: two letters, "" if neither country nor time zone say."""
        return self.country or country_of_zone(self.time_zone)

    def requires_two_factor_at(self, now: datetime) -> bool:
        """Whether everybody here has to have two-factor authentication at `now` (A34)."""
        return self.require_two_factor and (self.two_factor_from is None or self.two_factor_from <= now)

    @property
    def plan_details(self) -> Plan:
        """The plan with its name and number of seats."""
        return PLANS_BY_KEY[self.plan]
