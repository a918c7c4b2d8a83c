"""Mail that the mail server had accepted came back: what a mail provider reports is noted with the row."""

from datetime import timedelta

import structlog
from django.db import transaction

from accounts.models import OutboundEmail
from accounts.outbox.answers import cleaned
from accounts.outbox.inviter import tell_inviter
from accounts.text import canonical_email
from clinic.clock import database_now

logger = structlog.get_logger(__name__)

State = OutboundEmail.State

# Mail servers give up after five days; a report about older mail is about something else.
OLDEST = timedelta(days=7)


def note_bounce(*, recipient: str, message_id: str, words: str) -> bool:
    """Mark the mail that came back from `recipient`, with the reason; a failed invitation is told to its inviter.

    It is the one with this Message-ID, or, since some providers give mail an id of their own, the newest that was
    accepted for the address. False where there is none: reported before, or not ours.
    """
    with transaction.atomic():
        row = _reported(canonical_email(recipient), message_id)
        if row is None:
            return False
        row.state, row.last_error = State.BOUNCED, cleaned(words) or "The mail came back without a reason."
        row.save(update_fields=["state", "last_error"])
        tell_inviter(row, row.last_error)
    logger.warning("mail_bounced", outbox_id=row.pk, kind=row.kind, reason=row.last_error)
    return True


def _reported(recipient: str, message_id: str) -> OutboundEmail | None:
    recent = OutboundEmail.objects.select_for_update(of=("self",)).filter(
        recipient=recipient, accepted_at__gt=database_now() - OLDEST
    )
    by_id: OutboundEmail | None = recent.filter(message_id=message_id).first()
    row: OutboundEmail | None = by_id or recent.filter(user__email=recipient).order_by("-pk").first()
    return row if row is not None and row.state == State.ACCEPTED else None
