"""A request to support about who owns an account (S36)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.member import Member
from accounts.text import validate_mobile, validate_name

LONGEST_STORY = 4000


class DisputeQuerySet(models.QuerySet["Dispute"]):
    """Sets of requests."""

    def open(self) -> "DisputeQuerySet":
        """Those that support has yet to settle."""
        return self.filter(settled_at=None)


class Dispute(models.Model):
    """What somebody in the clinic told support, and what came of it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="disputes")
    filed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    story = models.TextField(max_length=LONGEST_STORY)
    rightful_owner = models.CharField(max_length=100, blank=True, validators=[validate_name])
    phone = models.CharField(max_length=30, blank=True, validators=[validate_mobile])
    # As it was typed before numbers were kept as E.164, for the way back.
    phone_as_typed = models.CharField(max_length=30, blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.TextField(max_length=LONGEST_STORY, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("ownership request")
        indexes: ClassVar = [models.Index(fields=["account", "-created_at"], name="dispute_newest_of_account")]

    def __str__(self) -> str:
        return f"ownership request {self.pk}"


def is_disputed() -> Exists:
    """Whether an account, in a query about accounts, has a request that support has yet to settle."""
    return Exists(Dispute.objects.open().filter(account=OuterRef("pk")))
