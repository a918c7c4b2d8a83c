"""Whether a reset link goes to an address that a stranger typed: answered here, where no stranger waits (A67).

Asking queues the same row for every address. If there's no login to let in, the row is deleted, so that it leaves no
trace; else it becomes the mail.
"""

from django.db import transaction

from accounts.core.errors import TooSoon
from accounts.models import OutboundEmail, User
from accounts.outbox.limits import require_gap
from clinic.clock import database_now

MOST_AT_ONCE = 200


def answer_what_was_asked() -> None:
    """Answer every question that is due, the oldest first. No mail goes out by it, so it takes no turn of any."""
    waiting = OutboundEmail.objects.questions().filter(state=OutboundEmail.State.QUEUED)
    due = waiting.filter(next_attempt_at__lte=database_now())
    for outbox_id in due.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        with transaction.atomic():
            row = due.select_for_update(skip_locked=True).filter(pk=outbox_id).first()
            if row is not None:
                _answer(row)


def answer_claimed(row: OutboundEmail) -> bool:
    """Answer `row`, which this sender holds, if it is a question; whether there is a mail to send."""
    if not row.is_question:
        return True
    with transaction.atomic():
        return _answer(row)


def _answer(row: OutboundEmail) -> bool:
    user = User.objects.select_for_update(no_key=True).filter(email=row.recipient).first()
    if user is None or not user.may_reset_password or _had_one_lately(user):
        row.delete()
        return False
    row.user, row.recipient, row.facts = user, "", {}
    row.save(update_fields=["user", "recipient", "facts"])
    return True


def _had_one_lately(user: User) -> bool:
    """Anyone can ask for anyone; no one should be flooded (A51)."""
    try:
        require_gap(OutboundEmail.Kind.PASSWORD_RESET, email=user.email)
    except TooSoon:
        return True
    return False
