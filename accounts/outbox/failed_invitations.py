"""Whoever invited somebody is told that the invitation did not arrive."""

from accounts.models import OutboundEmail
from accounts.outbox.limits import DAY, full_until
from accounts.outbox.rows import may_be_told, new_row
from accounts.text.mailboxes import mailbox_of
from clinic.clock import database_now

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
    lately = OutboundEmail.objects.filter(mailbox=mailbox_of(inviter.email), kind=Kind.INVITATION_FAILED)
    if not may_be_told(Kind.INVITATION_FAILED, inviter) or full_until(lately, MOST_TOLD_A_DAY, DAY) is not None:
        return
    facts = {"address": row.recipient or row.invitation.member.user.email, "reason": words}
    now = database_now()
    new_row(
        Kind.INVITATION_FAILED, inviter, now=now, invitation=row.invitation, version=row.version, facts=facts
    ).save()
