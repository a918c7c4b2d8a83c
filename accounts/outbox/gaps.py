"""How far apart the mails are kept that people ask for by themselves (A51)."""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.core.errors import TooSoon
from accounts.models import OutboundEmail, User
from accounts.models.outbox import OutboundEmailQuerySet
from accounts.text.mailboxes import mailbox_of
from clinic.clock import database_now

BETWEEN_TWO_MAILS = timedelta(minutes=2)
# From the sixth of a day on they keep an hour apart, which is as long as a link works: whoever asks and asks in
# somebody's name fills no mailbox with them, and does not leave it without one that works either.
MOST_MAILS_IN_A_ROW = 5
BETWEEN_FURTHER_MAILS = timedelta(hours=1)


def mails_that_count(kind: OutboundEmail.Kind, *, email: str) -> OutboundEmailQuerySet:
    """The mail of this kind that another to `email` has to keep apart from.

    Many addresses can be read in one mailbox, so any spelling that comes up counts against all that went there. Its
    plain spelling, and one that a login has confirmed, counts only against its own mail: no one can shut its reader out
    by asking for `rita+x@` (A63). So a mailbox gets twice as much at most.
    """
    mails = OutboundEmail.objects.filter(kind=kind).addressed(email).apart_from_questions()
    is_confirmed = User.objects.filter(email=email, email_confirmed_at__isnull=False).exists()
    return mails.to_address(email) if is_confirmed or email == mailbox_of(email) else mails


def require_gap(kind: OutboundEmail.Kind, *, email: str) -> None:
    """Raise TooSoon if the last mail that counts against one to `email` went too short a while ago.

    Whoever it was for: a login can leave an address. For use in a transaction that has locked the login that asks, so
    that two requests of one person wait for each other; those of two people at the very same moment may both pass.
    """
    now = database_now()
    latest = mails_that_count(kind, email=email).filter(created_at__gt=now - timedelta(days=1)).order_by("-created_at")
    times = list(latest.values_list("created_at", flat=True)[:MOST_MAILS_IN_A_ROW])
    if len(times) < MOST_MAILS_IN_A_ROW:
        apart, words = BETWEEN_TWO_MAILS, _("We emailed %(email)s less than two minutes ago.")
    else:
        apart, words = BETWEEN_FURTHER_MAILS, _("We’ve sent %(email)s several emails, the last less than an hour ago.")
    if times and times[0] + apart > now:
        raise TooSoon(words % {"email": email}, until=times[0] + apart)
