"""The clinic business that everything is scoped to."""

from datetime import timedelta
from functools import cache
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.plans import FIRST_PLAN, PLANS, PLANS_BY_KEY, Plan
from accounts.text import validate_name

# How long an owner can reopen an account that was closed, before it is erased.
TIME_TO_REOPEN = timedelta(days=30)

# First parts of addresses that are pages of the product, so that no clinic can take them.
RESERVED_SLUGS = frozenset(
    """
    about accounts activity admin api app assets billing blog clinic clinics contact docs email favicon.ico healthz
    help invitations legal login logout mail me media new outbox owner password pricing privacy robots.txt security
    settings signin signout signup static status support system terms theme users webhooks www
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


class Account(models.Model):
    """One clinic. Its address is `/<slug>/...`."""

    name = models.CharField(_("Clinic name"), max_length=100, validators=[validate_name])
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    plan = models.CharField(max_length=20, choices=[(plan.key, plan.name) for plan in PLANS], default=FIRST_PLAN)
    toggles = models.JSONField(default=dict, blank=True)
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
    def plan_details(self) -> Plan:
        """The plan with its name and number of seats."""
        return PLANS_BY_KEY[self.plan]
