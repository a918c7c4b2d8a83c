"""The clinic business that everything is scoped to."""

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.plans import FIRST_PLAN, PLANS, PLANS_BY_KEY, Plan
from accounts.text import validate_name

# First parts of addresses that are pages of the product, so that no clinic can take them.
RESERVED_SLUGS = frozenset(
    """
    about accounts activity admin api app assets billing blog clinic clinics contact docs email favicon.ico healthz
    help invitations legal login logout mail me media new outbox owner password pricing privacy robots.txt security
    settings signin signout signup static status support system terms theme users webhooks www
    """.split()  # noqa: SIM905  (a list of words reads better as words)
)


def validate_time_zone(value: str) -> None:
    """Refuse a name that is not in the IANA time zone database. Raises ValidationError."""
    if value not in available_timezones():
        raise ValidationError(_("Choose a time zone from the list."), code="time_zone")


class Account(models.Model):
    """One clinic. Its address is `/<slug>/...`."""

    name = models.CharField(_("Clinic name"), max_length=100, validators=[validate_name])
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    plan = models.CharField(max_length=20, choices=[(plan.key, plan.name) for plan in PLANS], default=FIRST_PLAN)
    toggles = models.JSONField(default=dict, blank=True)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Names the opening of the form that made this clinic, so that sending it twice opens one.
    submission = models.UUIDField(null=True, blank=True, editable=False)
    locked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def plan_details(self) -> Plan:
        """The plan with its name and number of seats."""
        return PLANS_BY_KEY[self.plan]
