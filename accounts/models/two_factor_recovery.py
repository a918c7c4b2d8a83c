"""Lost two-factor authentication, to be reset by our support after a time in which it can be stopped (A70)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.clock import DatabaseNow

LONGEST_EVIDENCE = 2000


class RecoveryQuerySet(models.QuerySet["TwoFactorRecovery"]):
    """Recoveries by what can still become of them."""

    def waiting(self) -> "RecoveryQuerySet":
        """Those that support can complete, be it later, by the database's clock; whoever may stop one can."""
        return self.filter(ended_at=None, lapses_at__gt=DatabaseNow())


class TwoFactorRecovery(models.Model):
    """One request of support. It is completed between `due_at` and `lapses_at`, unless it was stopped before."""

    # Long enough to come back to from a long weekend; what nobody completed by then takes new evidence.
    TIME_TO_COMPLETE = timedelta(days=7)

    class Outcome(models.TextChoices):
        """How it ended; the label is how support reads it."""

        DONE = "done", _("Completed")
        WITHDRAWN = "withdrawn", _("Withdrawn by support")
        STOPPED_BY_LINK = "stopped_by_link", _("Stopped by the link in the email")
        STOPPED_BY_PERSON = "stopped_by_person", _("Stopped by the person, who was signed in")
        SIGN_OF_LIFE = "sign_of_life", _("Stopped: the person used their two-factor authentication")
        STOPPED_BY_CLINIC = "stopped_by_clinic", _("Stopped by someone in their clinic")
        OVERTAKEN = "overtaken", _("Not needed any more: two-factor authentication was turned off")
        LAPSED = "lapsed", _("Lapsed: no one completed it in time")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="two_factor_recoveries")
    # Theirs when it was opened: what support checked was about whoever had that.
    email = models.EmailField(max_length=254)
    # How support made sure who is asking; for support alone. The reason is told to everybody concerned.
    evidence = models.TextField(max_length=LONGEST_EVIDENCE)
    reason = models.TextField(max_length=LONGEST_EVIDENCE)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    # Somebody of support who completed or withdrew it, and why; somebody of a clinic who stopped it.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.TextField(max_length=LONGEST_EVIDENCE, blank=True)
    stopped_by = models.ForeignKey(
        "accounts.Member", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = RecoveryQuerySet.as_manager()

    if TYPE_CHECKING:
        # As the queries of support bring it.
        now: datetime

    class Meta:
        verbose_name = _("two-factor reset")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="two_factor_recovery_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="two_factor_recovery_ended_somehow",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("opened_at"), lapses_at__gt=models.F("due_at")),
                name="two_factor_recovery_waits",
            ),
        ]

    def __str__(self) -> str:
        return f"two-factor reset {self.pk} of user {self.user_id}"

    def is_waiting_at(self, now: datetime) -> bool:
        """Whether support can complete it, be it later."""
        return self.ended_at is None and self.lapses_at > now

    def is_due_at(self, now: datetime) -> bool:
        """Whether support can complete it now."""
        return self.is_waiting_at(now) and self.due_at <= now
