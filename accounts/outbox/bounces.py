"""Mail that the mail server had accepted came back: what a mail provider reports is noted with the row."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import OutboundEmail
from accounts.outbox.answers import cleaned
from accounts.outbox.failed_invitations import tell_inviter
from accounts.text import canonical_email
from clinic.clock import database_now

logger = structlog.get_logger(__name__)

State = OutboundEmail.State

# Mail servers give up after five days; a report about older mail is about something else.
OLDEST = timedelta(days=7)
# Two machines' clocks: the provider's and the database's.
GRACE = timedelta(minutes=1)


class StillSending(Exception):
    """The report is about mail whose sender has yet to note that it was accepted; it has to come again."""


def note_bounce(*, recipient: str, message_id: str, words: str, at: datetime | None, knows_our_ids: bool) -> bool:
    """Mark the mail that came back from `recipient`, with the reason; a failed invitation is told to its inviter.

    It is the one with this Message-ID. Where the provider makes ids of its own (not `knows_our_ids`), it is the newest
    that was accepted for the address before the report's time. False where there is none: reported before, or not ours.
    Raises StillSending.
    """
    with transaction.atomic():
        rows = OutboundEmail.objects.select_for_update(of=("self",))
        row = rows.filter(message_id=message_id).first()
        address = canonical_email(recipient)
        if row is None and not knows_our_ids:
            row = _newest(rows, address, at)
        if row is not None and row.state == State.SENDING:
            raise StillSending
        if row is None or (row.state, row.recipient) != (State.ACCEPTED, address):
            return False
        row.state, row.last_error = State.BOUNCED, cleaned(words) or "The mail came back without a reason."
        row.save(update_fields=["state", "last_error"])
        tell_inviter(row, row.last_error)
    logger.warning("mail_bounced", outbox_id=row.pk, kind=row.kind, reason=row.last_error)
    return True


def _newest(rows: QuerySet[OutboundEmail], recipient: str, at: datetime | None) -> OutboundEmail | None:
    now = database_now()
    accepted = rows.filter(
        user__email=recipient,
        recipient=recipient,
        accepted_at__gt=now - OLDEST,
        accepted_at__lte=(at or now) + GRACE,
    )
    return accepted.order_by("-pk").first()
