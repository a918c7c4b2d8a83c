"""A new address that somebody wants to sign in with, until it is confirmed (C2)."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.member import Member
from accounts.text import validate_address
from clinic.clock import DatabaseNow


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    """Changes by what can still become of them."""

    def unfinished(self) -> "EmailChangeQuerySet":
        """Those that were neither confirmed nor ended; the time of one may be over."""
        return self.filter(confirmed_at=None, ended_at=None)

    def waiting(self) -> "EmailChangeQuerySet":
        """Those whose new address can still confirm."""
        return self.unfinished().filter(expires_at__gt=DatabaseNow())

    def can_be_put_back(self, now: datetime) -> "EmailChangeQuerySet":
        """Those that were confirmed, and whose old address can still object: nobody else gets that meanwhile."""
        since = now - EmailChange.TIME_TO_OBJECT
        in_time = Q(objection_until__gt=now) | Q(objection_until=None, confirmed_at__gt=since)
        return self.filter(in_time, confirmed_at__isnull=False, ended_at=None, old_was_confirmed=True, is_return=False)

    def about(self, email: str) -> "EmailChangeQuerySet":
        """Those that were confirmed and made `email` their user's or took it away, whatever became of them since.

        An address that a login left without having proved it was never its user's (A57).
        """
        was_theirs = Q(old_email=email, old_was_confirmed=True) | Q(new_email=email)
        return self.filter(was_theirs, confirmed_at__isnull=False)


class EmailChange(models.Model):
    """One change of address. The new address confirms by a link, the old one can object by another."""

    TIME_TO_CONFIRM = timedelta(hours=24)
    # A form that is sent twice asks once.
    SAME_FORM = timedelta(minutes=2)
    # Long enough for a weekend, short enough for an address whose mail is somebody else's from now on.
    TIME_TO_OBJECT = timedelta(hours=72)
    # However often the login moves on: nobody else gets the old address for as long.
    MOST_TIME_TO_OBJECT = timedelta(days=14)

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
    # Whether it undoes another: the new address was the login's before the old one, which therefore has no say (A69).
    is_return = models.BooleanField(default=False, db_default=False)
    # Until when the old address can object to a confirmed change, where that isn't simply 72 hours: a later change
    # gives it the time that the later one has, and going back to an address from before takes it away (A69).
    objection_until = models.DateTimeField(null=True, blank=True)
    # Taken back by the person, replaced by a newer one, or refused by whoever reads mail at the old address.
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(confirmed_at=None, ended_at=None), name="email_change_one_open_each"
            ),
        ]
        # Whose an address was is asked for each line of an import (A68).
        indexes: ClassVar = [
            models.Index(fields=["old_email"], name="email_change_old_address"),
            models.Index(fields=["new_email"], name="email_change_new_address"),
        ]

    def __str__(self) -> str:
        return f"email change {self.pk} of user {self.user_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. Raises ValidationError for a new row whose address is none."""
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

    def is_asked_by_same_form(self, new_email: str, *, by: Member | None, now: datetime) -> bool:
        """Whether who asks for `new_email` now, `by` an administrator or the person, sends the form once more."""
        is_same = self.new_email == new_email and self.asked_by_id == (by.pk if by else None)
        return is_same and self.asked_at + self.SAME_FORM > now

    @property
    def objection_shuts(self) -> bool:
        """Whether an objection shuts the login: somebody showed its password for this change."""
        return self.confirmed_at is not None or self.asked_by_id is None

    @property
    def objection_ends_at(self) -> datetime:
        """Until when the old address can object."""
        return self.objection_until or self.told_at + self.TIME_TO_OBJECT

    @property
    def told_at(self) -> datetime:
        """When the old address was last told of it."""
        return self.confirmed_at or self.asked_at
