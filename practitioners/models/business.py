"""The places where a clinic sees patients. The screen says "business" for one."""

from typing import TYPE_CHECKING, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.models.account import validate_time_zone
from accounts.models.versioned import Versioned
from accounts.text import LONGEST_ADDRESS, validate_mobile, validate_name, validate_paragraphs

LONGEST_POSTAL_ADDRESS = 300
# As many as the tints of the style sheet.
COLOURS = 8


class BusinessQuerySet(models.QuerySet["Business"]):
    """Sets of businesses."""

    def in_order(self, account: Account) -> "BusinessQuerySet":
        """Those of a clinic by name, the active ones first."""
        return self.filter(account=account).order_by("-is_active", Lower("name"), "pk")

    def added_by(self, account: Account, submission: UUID) -> "Business | None":
        """The one that this very form has added already."""
        return self.filter(account=account, submission=submission).order_by("pk").first()

    def with_attendance(self) -> "models.QuerySet[Business]":
        """Add `people_with_hours`: how many active practitioners work there and have hours there."""
        works_there = Q(availability__practitioner__businesses=F("pk"))
        is_active = Q(
            availability__practitioner__member__is_practitioner=True,
            availability__practitioner__member__is_active=True,
        )
        people = Count("availability__practitioner", filter=works_there & is_active, distinct=True)
        return self.annotate(people_with_hours=people)


class Business(Versioned):
    """A location of the clinic. Made inactive, not deleted, once something refers to it."""

    # A clinic has its first one from the start: that one is there does not say that the clinic was used.
    comes_with_account = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="businesses")
    name = models.CharField(_("Name"), max_length=100, validators=[validate_name])
    address = models.TextField(
        _("Address"), max_length=LONGEST_POSTAL_ADDRESS, blank=True, validators=[validate_paragraphs]
    )
    # Hours at this business are by the clock on its wall.
    time_zone = models.CharField(_("Time zone"), max_length=64, validators=[validate_time_zone])
    phone = models.CharField(_("Phone number"), max_length=30, blank=True, validators=[validate_mobile])
    # As it was typed before numbers were kept as E.164, for the way back; gone once the number is another.
    phone_as_typed = models.CharField(max_length=30, blank=True, default="", db_default="", editable=False)
    email = models.EmailField(_("Email"), max_length=LONGEST_ADDRESS, blank=True)
    is_active = models.BooleanField(default=True)
    # Which tint it has in pictures of the week, so that it keeps it whatever else is opened or closed.
    colour = models.PositiveSmallIntegerField(default=0)
    # Names the opening of the form that added this business, so that sending it twice adds it once.
    submission = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BusinessQuerySet.as_manager()

    if TYPE_CHECKING:
        # Whether the database takes its name for another one (`businesses.rules`).
        is_same: bool

    class Meta:
        verbose_name_plural = "businesses"
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), "account", name="business_name_once_per_account"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the clock on its wall."""
        return ZoneInfo(self.time_zone)

    @property
    def address_in_one_line(self) -> str:
        """The lines of the address, with commas between them."""
        return ", ".join(line.strip().rstrip(",") for line in self.address.splitlines() if line.strip())

    def touch(self, *fields: str) -> None:
        """Save `fields` and raise the version. For use inside an action that has locked the account."""
        if "phone" in fields:
            self.phone_as_typed = ""
            fields = (*fields, "phone_as_typed")
        super().touch(*fields)
