"""The emailed way in. A link is a signature over this row's id and version; nothing usable is stored (A23)."""

from typing import ClassVar

from django.db import models

from accounts.models.member import Member


class Invitation(models.Model):
    """The invitation of one member. Raising `version` kills every link sent before (A25)."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="invitation")
    # The address that the inviter typed. It stays when the person takes the invitation along to another (A58); empty
    # for one from before it was kept.
    email = models.EmailField(max_length=254, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1)
    invited_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="invitations_sent")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # When somebody with a dead link last asked for a new one, so that asking again and again sends nothing more.
    requested_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(cancelled_at__isnull=True),
                name="invitation_accepted_or_cancelled_not_both",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} of member {self.member_id}"
