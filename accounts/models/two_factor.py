"""What somebody shows beside the password, and how they get by without it (A29 to A35)."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models.sign_in import LONGEST_USER_AGENT

LONGEST_PASSKEY_NAME = 64


class Authenticator(models.Model):
    """An authenticator app that has shown a right code once. One a person: a new one takes the place of the old."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authenticator")
    # Encrypted: the key is not in the database (A33).
    seed = models.CharField(max_length=255)
    # The newest period of 30 seconds whose code was used; neither it nor an earlier one is taken again (A30).
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"authenticator of user {self.user_id}"


class Passkey(models.Model):
    """A key that a device or a password manager holds, and uses only once its owner has unlocked it (WebAuthn).

    Here is the half that checks it, which is of no use to anybody else.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=LONGEST_PASSKEY_NAME)
    # In base64url: the standard allows 1,023 bytes.
    credential_id = models.CharField(max_length=1364, unique=True)
    public_key = models.BinaryField()
    # How often the device says that it was used; some always say 0. One that counts backwards was copied.
    sign_count = models.BigIntegerField(default=0)
    # How the device can be reached, which the browser is told to find it sooner.
    transports = models.JSONField(default=list)
    # When the newest challenge that it answered was given out; neither that nor an older one is taken again (A30).
    last_challenge_at = models.DateTimeField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"passkey {self.pk} of user {self.user_id}"


class BackupCode(models.Model):
    """One of ten codes for when neither app nor passkey is at hand; each works once (A32)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="backup_codes")
    # The first characters of the code say which one it is, so that one slow hash is enough to check it.
    name = models.CharField(max_length=4)
    hashed = models.CharField(max_length=255)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "name"], name="backup_code_named_once")]

    def __str__(self) -> str:
        return f"backup code {self.pk} of user {self.user_id}"


class TrustedBrowser(models.Model):
    """A browser that need not show a code for 30 days (C8). It holds a random token; here is only its hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trusted_browsers")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=LONGEST_USER_AGENT, blank=True)

    def __str__(self) -> str:
        return f"trusted browser {self.pk} of user {self.user_id}"
