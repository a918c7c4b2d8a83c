"""A new address that somebody wants to sign in with, until it is confirmed (C2)."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.text import validate_address


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    """Wishes by what can still become of them."""

    def unfinished(self) -> "EmailChangeQuerySet":
        """Those that were neither confirmed nor ended; the time of one may be over."""
        return self.filter(confirmed_at=None, ended_at=None)

    def waiting(self, now: datetime) -> "EmailChangeQuerySet":
        """Those whose new address can still confirm."""
        return self.unfinished().filter(expires_at__gt=now)

    def can_be_put_back(self, now: datetime) -> "EmailChangeQuerySet":
        """Those that were confirmed, and whose old address can still object: nobody else gets that meanwhile."""
        since = now - EmailChange.TIME_TO_OBJECT
        return self.filter(confirmed_at__gt=since, ended_at=None, old_was_confirmed=True)


class EmailChange(models.Model):
    """One wish for another address. The new address confirms by a link, the old one can object by another."""

    TIME_TO_CONFIRM = timedelta(hours=24)
    # Long enough for a weekend, short enough for an address whose mail is somebody else's from now on.
    TIME_TO_OBJECT = timedelta(hours=72)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="email_changes")
    old_email = models.EmailField(max_length=254)
    new_email = models.EmailField(max_length=254, validators=[validate_address])
    # Otherwise it may never have been theirs, and whoever reads mail there has no say (A57).
    old_was_confirmed = models.BooleanField()
    # The administrator who asked for it; nobody, where the person did.
    asked_by = models.ForeignKey("accounts.Member", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Taken back by the person, replaced by a newer wish, or refused by whoever reads mail at the old address.
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = EmailChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(confirmed_at=None, ended_at=None), name="email_change_one_open_each"
            ),
        ]

    def __str__(self) -> str:
        return f"email change {self.pk} of user {self.user_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. Raises ValidationError for a new wish whose address is none."""
        if self._state.adding:
            validate_address(self.new_email)
        super().save(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        """Whether it was neither confirmed nor ended; its time may be over."""
        return self.confirmed_at is None and self.ended_at is None

    def is_waiting_at(self, now: datetime) -> bool:
        """Whether the new address can confirm."""
        return self.is_open and self.expires_at > now

    @property
    def objection_shuts(self) -> bool:
        """Whether an objection shuts the login: somebody showed its password for this change."""
        return self.confirmed_at is not None or self.asked_by_id is None

    @property
    def objection_ends_at(self) -> datetime:
        """Until when the old address can object."""
        return (self.confirmed_at or self.asked_at) + self.TIME_TO_OBJECT
