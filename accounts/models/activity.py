"""What was done, by whom, to whom. Written in the action's own transaction; never changed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.member import Member
from clinic.clock import database_now


class Activity(models.Model):
    """One entry. `details` holds what is needed later: old and new values, never a secret."""

    class Verb(models.TextChoices):
        """What happened; the label completes "<actor> ..."."""

        ACCOUNT_CREATED = "account_created", _("opened the clinic")
        MEMBER_ADDED = "member_added", _("added and invited")
        MEMBER_UPDATED = "member_updated", _("changed the details of")
        MEMBER_DEACTIVATED = "member_deactivated", _("made inactive")
        MEMBER_REACTIVATED = "member_reactivated", _("made active again")
        MEMBER_LEFT = "member_left", _("left the clinic")
        MEMBER_INVITED_BACK = "member_invited_back", _("re-invited")
        ADDRESS_FREED = "address_freed", _("freed the email address of")
        SESSIONS_ENDED = "sessions_ended", _("ended the sign-ins of")
        INVITATION_RESENT = "invitation_resent", _("sent another invitation to")
        INVITATION_CANCELLED = "invitation_cancelled", _("cancelled the invitation of")
        # The person who sent it can't invite anyone any more, by what the actor did, or since an address was put back.
        INVITATION_ENDED = "invitation_ended", _("ended the invitation of")
        INVITATION_LINK_COPIED = "invitation_link_copied", _("copied the invitation link of")
        INVITATION_ACCEPTED = "invitation_accepted", _("accepted the invitation and joined")
        INVITATION_DECLINED = "invitation_declined", _("declined the invitation")
        JOINING_UNDONE = (
            "joining_undone",
            _("has to accept the invitation again, since their address wasn’t confirmed when they joined"),
        )
        INVITATION_REQUESTED = "invitation_requested", _("asked for a new invitation")
        INVITATION_MOVED = "invitation_moved", _("moved the invitation of")
        MEMBERSHIP_MOVED = "membership_moved", _("moved the membership of")
        MEMBER_SUSPENDED = "member_suspended", _("suspended")
        GRANT_SUSPENDED = "grant_suspended", _("suspended what was granted to")
        GRANT_KEPT = "grant_kept", _("could not suspend what was granted to")
        PASSWORD_RESET_SENT = "password_reset_sent", _("sent a password reset email to")
        EMAIL_CHANGE_ASKED = "email_change_asked", _("asked for another email address of")
        EMAIL_CHANGE_CANCELLED = "email_change_cancelled", _("cancelled the change of email address of")
        EMAIL_CHANGE_DECLINED = "email_change_declined", _("ended the change of email address that was asked for")
        PLAN_CHANGED = "plan_changed", _("changed the plan")
        OWNERSHIP_GRANTED = "ownership_granted", _("gave ownership to")
        OWNERSHIP_RELINQUISHED = "ownership_relinquished", _("relinquished ownership")
        OWNERSHIP_REMOVED = "ownership_removed", _("took ownership from")
        OWNERSHIP_DISPUTED = "ownership_disputed", _("asked support about ownership")
        DISPUTE_SETTLED = "dispute_settled", _("settled the ownership request of")
        ACCOUNT_LOCKED = "account_locked", _("locked the account")
        ACCOUNT_UNLOCKED = "account_unlocked", _("unlocked the account")
        ACCOUNT_CLOSED = "account_closed", _("closed the account")
        ACCOUNT_REOPENED = "account_reopened", _("reopened the account")
        ACCOUNT_IMPORTED = "account_imported", _("brought the account over")
        MEMBER_IMPORTED = "member_imported", _("brought over")
        PRACTITIONER_UPDATED = "practitioner_updated", _("changed the practitioner settings of")
        BUSINESS_ADDED = "business_added", _("added the business")
        BUSINESS_UPDATED = "business_updated", _("changed the business")
        BUSINESS_DEACTIVATED = "business_deactivated", _("made the business inactive")
        BUSINESS_REACTIVATED = "business_reactivated", _("made the business active again")
        BUSINESS_DELETED = "business_deleted", _("deleted the business")
        ACCOUNT_UPDATED = "account_updated", _("changed the clinic’s details")
        PERMISSIONS_CHANGED = "permissions_changed", _("changed what roles may do")
        SECURITY_CHANGED = "security_changed", _("changed the security settings")
        TWO_FACTOR_RESET = "two_factor_reset", _("reset the two-factor authentication of")
        TWO_FACTOR_RECOVERY_OPENED = "two_factor_recovery_opened", _("started a two-factor reset for")
        TWO_FACTOR_RECOVERY_STOPPED = "two_factor_recovery_stopped", _("stopped the two-factor reset for")
        TWO_FACTOR_RECOVERY_STOPPED_BY_PERSON = (
            "two_factor_recovery_stopped_by_person",
            _("stopped the two-factor reset that support had started for them"),
        )
        TWO_FACTOR_RECOVERY_DONE = "two_factor_recovery_done", _("completed the two-factor reset for")
        ACCOUNT_VIEWED = "account_viewed", _("opened the account’s page")
        ACCOUNT_FOUND = "account_found", _("found the account in a search")

    # What support read, and did not change (A66). There may be many, so that lists of what was done leave them out.
    READ: ClassVar = frozenset({Verb.ACCOUNT_VIEWED, Verb.ACCOUNT_FOUND})

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="activity")
    actor = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    # Somebody of support, who is no member, acted (S37).
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="activity")
    verb = models.CharField(max_length=40, choices=Verb.choices)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=database_now, editable=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"], name="activity_newest_of_account"),
            models.Index(fields=["subject", "-id"], name="activity_newest_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} in account {self.account_id}"

    @property
    def is_of_address(self) -> bool:
        """Whether it followed from a change of someone's sign-in address (A58), or ended a change that waited (A70)."""
        return "because" in self.details

    @property
    def addresses(self) -> list[str]:
        """The address before and the one after, of an entry that followed from a change of it."""
        found = self.details.get("email") if self.is_of_address else None
        return found if isinstance(found, list) else []

    @property
    def thing(self) -> str:
        """The name of what was acted on, where that is a business and no person."""
        name = self.details.get("name")
        return name if isinstance(name, str) else ""
