"""Whoever invited somebody is told that the invitation did not arrive."""

from datetime import timedelta

from accounts.models import OutboundEmail
from accounts.text.mailboxes import mailbox_of
from clinic.clock import database_now

DAY = timedelta(days=1)
# Home lists all of them; a mail server that refuses everything must not fill a mailbox.
MOST_TOLD_A_DAY = 20

Kind = OutboundEmail.Kind


def tell_inviter(row: OutboundEmail, words: str) -> None:
    """Queue a mail to the inviter of what `row`, an invitation, met with. For use in the transaction that notes it.

    It leaves with the next sweep. Does nothing for mail of another kind, and for an inviter who has been told enough.
    """
    if row.kind != Kind.INVITATION or row.invitation is None:
        return
    inviter = row.invitation.invited_by.user
    now, mailbox = database_now(), mailbox_of(inviter.email)
    lately = OutboundEmail.objects.filter(mailbox=mailbox, kind=Kind.INVITATION_FAILED, created_at__gt=now - DAY)
    if not OutboundEmail.may_go_to(Kind.INVITATION_FAILED, inviter) or lately.count() >= MOST_TOLD_A_DAY:
        return
    OutboundEmail.objects.create(
        kind=Kind.INVITATION_FAILED,
        user=inviter,
        mailbox=mailbox,
        invitation=row.invitation,
        version=row.version,
        facts={"address": row.recipient or row.invitation.member.user.email, "reason": words},
        next_attempt_at=now,
        created_at=now,
    )
