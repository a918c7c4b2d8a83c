"""Where somebody is signed in: one row for each browser, for as long as it lasts (A15 to A17)."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models

LONGEST_USER_AGENT = 300


class SignIn(models.Model):
    """One sign-in in one browser. The session holds its id; without the row that session is nobody's any more."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    started_at = models.DateTimeField()
    # The last time the person did something, within a minute; what a script asks for by itself does not count.
    last_seen_at = models.DateTimeField()
    # However busy they are, it ends then.
    expires_at = models.DateTimeField()
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=LONGEST_USER_AGENT, blank=True)

    if TYPE_CHECKING:
        # As `sign_in_with_limits` brings them.
        timeout_minutes: int | None
        now: datetime

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="sign_in_expiry")]

    def __str__(self) -> str:
        return f"sign-in {self.pk} of user {self.user_id}"
