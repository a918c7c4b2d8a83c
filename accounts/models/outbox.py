"""Mail that is owed. A row commits together with what it tells of; tasks only carry it out (DESIGN, keystone 4)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.text.mailboxes import mailbox_of


def new_message_id() -> str:
    """A Message-ID for one row, the same at every attempt, so that a duplicate can be seen as one (R10)."""
    return f"<{uuid4().hex}@{settings.SITE.mail_domain}>"


class OutboundEmailQuerySet(models.QuerySet["OutboundEmail"]):
    """Rows by what is to be done with them."""

    def due(self, now: datetime) -> "OutboundEmailQuerySet":
        """Rows that can be claimed at `now`: queued and due, or abandoned by a sender whose lease ran out."""
        queued = Q(state=OutboundEmail.State.QUEUED, next_attempt_at__lte=now)
        abandoned = Q(state=OutboundEmail.State.SENDING, lease_until__lte=now)
        return self.filter(queued | abandoned)

    def questions(self) -> "OutboundEmailQuerySet":
        """Under way, and not yet known to be for anyone: whether a reset link goes to an address that was typed."""
        kind = OutboundEmail.Kind.PASSWORD_RESET
        return self.filter(kind=kind, user=None, state__in=OutboundEmail.UNDER_WAY)

    def apart_from_questions(self) -> "OutboundEmailQuerySet":
        """Mail, and not what has yet to be found out to be for anyone."""
        return self.exclude(kind=OutboundEmail.Kind.PASSWORD_RESET, user=None)

    def last_sent(self, user: Any, address: Any) -> "OutboundEmailQuerySet":
        """Mail to a login at one address that a mail server took, be it that it came back, the last first."""
        sent = (OutboundEmail.State.ACCEPTED, OutboundEmail.State.BOUNCED)
        return self.filter(user=user, recipient=address, state__in=sent).order_by("-pk")

    def addressed(self, email: str) -> "OutboundEmailQuerySet":
        """Mail to the mailbox of an address, whoever it was for. Older code wrote no mailbox down."""
        of_old = Q(mailbox="") & (Q(user__email=email) | Q(user=None, recipient=email))
        return self.filter(Q(mailbox=mailbox_of(email)) | of_old)

    def to_address(self, email: str) -> "OutboundEmailQuerySet":
        """Mail that went to this very address, or is to go there as things stand."""
        return self.filter(Q(recipient=email) | Q(recipient="", user__email=email))


class OutboxClock(models.Model):
    """The one row that the senders of all machines share: when the sweep last ran, and when the next mail may go."""

    ONLY = 1

    swept_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager()

    def __str__(self) -> str:
        return f"swept at {self.swept_at}"


class OutboundEmail(models.Model):
    """One message owed to one person. It holds ids; address, words and link are made when it is sent (S17, A23)."""

    class Kind(models.TextChoices):
        """What the message says; each has a folder of templates of the same name."""

        INVITATION = "invitation"
        EMAIL_CONFIRMATION = "email_confirmation"
        PASSWORD_RESET = "password_reset"  # noqa: S105  (a name, not a password)
        INVITATION_REQUESTED = "invitation_requested"
        NOTICE = "notice"
        SECURITY_NOTICE = "security_notice"
        EMAIL_CHANGE = "email_change"
        INVITATION_FAILED = "invitation_failed"
        ERASURE_RECEIPT = "erasure_receipt"
        SUMMARY = "summary"

    class State(models.TextChoices):
        """How far it has come. `accepted` is the mail server's word, not the recipient's."""

        QUEUED = "queued", _("Waiting to send")
        SENDING = "sending", _("Sending")
        ACCEPTED = "accepted", _("Accepted by the mail server")
        BOUNCED = "bounced", _("Came back")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("No longer wanted")
        SUMMED = "summed", _("Sent in a summary")

    # The states of a message that its recipient has not got and will not get.
    LOST = (State.FAILED, State.BOUNCED, State.DROPPED)
    UNDER_WAY = (State.QUEUED, State.SENDING)
    # All that an address gets before its recipient has shown that it is theirs (A62).
    FOR_ANY_ADDRESS = (Kind.INVITATION, Kind.EMAIL_CONFIRMATION, Kind.PASSWORD_RESET)

    kind = models.CharField(max_length=30, choices=Kind.choices)
    # Nobody, where the message goes to an address that is no login: support's, or that of a login that was erased.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    invitation = models.ForeignKey(
        "accounts.Invitation", null=True, blank=True, on_delete=models.CASCADE, related_name="emails"
    )
    # What a notice tells of; and by which entry, and so by whom, an invitation was sent.
    activity = models.ForeignKey(
        "accounts.Activity", null=True, blank=True, on_delete=models.CASCADE, related_name="emails"
    )
    # What a security notice tells of.
    security_event = models.ForeignKey(
        "accounts.SecurityEvent", null=True, blank=True, on_delete=models.CASCADE, related_name="emails"
    )
    # The change whose new address is asked to confirm.
    email_change = models.ForeignKey(
        "accounts.EmailChange", null=True, blank=True, on_delete=models.CASCADE, related_name="emails"
    )
    # The summary that tells of this notice, which is then not sent by itself.
    summary = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="summed")
    # What a notice or a summary is about, and the mailbox it was queued for, by which mail is counted (A62). Empty in
    # rows of older code.
    topic = models.CharField(max_length=60, blank=True, default="", db_default="")
    mailbox = models.CharField(max_length=254, blank=True, default="", db_default="")
    # What a receipt says of an account that is no longer there to be asked; why an invitation did not arrive.
    facts = models.JSONField(default=dict, db_default={}, blank=True)
    # The version of the invitation that this message is about: another version makes it stale (R12).
    version = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    # When it was first handed to a mail server that did not take it: a day later it is given up (R8).
    first_refused_at = models.DateTimeField(null=True, blank=True)
    # Whether the last try failed for no reason of this message's own, so that other mail may not go either: the mail
    # server was away or silent, or whoever was sending it was stopped.
    is_held_up = models.BooleanField(default=False, db_default=False)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, unique=True, default=new_message_id)
    recipient = models.EmailField(max_length=254, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = OutboundEmailQuerySet.as_manager()

    if TYPE_CHECKING:
        # Whether whoever claimed it took it over from a sender whose lease was over.
        is_taken_over: bool

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="outbox_due"),
            models.Index(fields=["invitation", "-id"], name="outbox_newest_of_invitation"),
            models.Index(fields=["mailbox", "-created_at"], name="outbox_newest_of_mailbox"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @classmethod
    def may_go_to(cls, kind: str, user: Any) -> bool:
        """Whether mail of this kind is for `user`; None stands for an address that is no user's (A62)."""
        if user is None or user.is_retired:
            return user is None
        return not user.is_unproved or kind in cls.FOR_ANY_ADDRESS

    @property
    def is_question(self) -> bool:
        """Whether it has yet to be found out if there is anyone to mail it to (`questions`)."""
        return self.kind == self.Kind.PASSWORD_RESET and self.user_id is None

    @property
    def account_id(self) -> int | None:
        """The account that this message is of; None for one that is between us and its recipient."""
        if self.invitation is not None:
            return self.invitation.member.account_id
        return self.activity.account_id if self.activity is not None else None
