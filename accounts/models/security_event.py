"""What happened to a login: the person's own record of it, whatever clinics they belong to (A13, A53)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.sign_in import LONGEST_USER_AGENT


class SecurityEvent(models.Model):
    """One entry. Written in the transaction of what it tells of; never changed. `details` never holds a secret."""

    class Kind(models.TextChoices):
        """What happened; the label is how the person reads it."""

        SIGNED_IN = "signed_in", _("Signed in")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        PASSWORD_RESET = "password_reset", _("Password replaced by a link sent by email")
        PASSWORD_REPLACED = "password_replaced", _("Password replaced by an invitation sent by email")
        TWO_FACTOR_ON = "two_factor_on", _("Two-factor authentication turned on")
        TWO_FACTOR_OFF = "two_factor_off", _("Two-factor authentication turned off")
        AUTHENTICATOR_ADDED = "authenticator_added", _("Authenticator app added")
        AUTHENTICATOR_REPLACED = "authenticator_replaced", _("Authenticator app replaced")
        AUTHENTICATOR_REMOVED = "authenticator_removed", _("Authenticator app removed")
        PASSKEY_ADDED = "passkey_added", _("Passkey added")
        PASSKEY_REMOVED = "passkey_removed", _("Passkey removed")
        BACKUP_CODES_MADE = "backup_codes_made", _("New backup codes made")
        BACKUP_CODE_USED = "backup_code_used", _("Backup code used")
        TWO_FACTOR_RESET = "two_factor_reset", _("Two-factor authentication reset by an administrator")
        TWO_FACTOR_RECOVERY_OPENED = "two_factor_recovery_opened", _("Two-factor reset started by support")
        TWO_FACTOR_RECOVERY_STOPPED = "two_factor_recovery_stopped", _("Two-factor reset by support stopped")
        TWO_FACTOR_RECOVERY_DONE = "two_factor_recovery_done", _("Two-factor authentication reset by support")
        BROWSER_TRUSTED = "browser_trusted", _("Browser trusted for 30 days")
        EMAIL_CHANGE_ASKED = "email_change_asked", _("Change of email address asked for")
        EMAIL_CHANGE_ENDED = "email_change_ended", _("Change of email address stopped")
        EMAIL_CHANGED = "email_changed", _("Email address changed")
        SESSIONS_ENDED = "sessions_ended", _("Signed out in other browsers")
        SESSIONS_ENDED_BY_OTHERS = "sessions_ended_by_others", _("Signed out by an administrator")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="security_events")
    kind = models.CharField(max_length=40, choices=Kind.choices)
    # An administrator who did it; nobody, where the person did.
    by = models.ForeignKey("accounts.Member", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=LONGEST_USER_AGENT, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-id"], name="security_event_newest")]

    # What support does, or stops being able to do, to a login that has lost its two-factor authentication (A70).
    RECOVERY: ClassVar = frozenset(
        {Kind.TWO_FACTOR_RECOVERY_OPENED, Kind.TWO_FACTOR_RECOVERY_STOPPED, Kind.TWO_FACTOR_RECOVERY_DONE}
    )

    def __str__(self) -> str:
        return f"{self.kind} of user {self.user_id}"
