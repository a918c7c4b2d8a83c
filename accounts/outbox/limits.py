"""How much mail may go where (A51): how far apart what people ask for themselves is kept, and how much in a while."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.core.errors import TooSoon
from accounts.models import OutboundEmail, User
from accounts.models.outbox import OutboundEmailQuerySet
from accounts.text.mailboxes import mailbox_of
from clinic.clock import database_now

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BETWEEN_TWO_MAILS = timedelta(minutes=2)
# From the sixth of a day on they keep an hour apart, which is as long as a link works: whoever asks and asks in
# somebody's name fills no mailbox with them, and does not leave it without one that works either.
MOST_MAILS_IN_A_ROW = 5
BETWEEN_FURTHER_MAILS = HOUR


def mails_that_count(kind: OutboundEmail.Kind, *, email: str) -> OutboundEmailQuerySet:
    """The mail of this kind that another to `email` has to keep apart from.

    Many addresses can be read in one mailbox, so any spelling that comes up counts against all that went there. Its
    plain spelling, and one that a login has confirmed, counts only against its own mail: no one can keep mail from its
    recipient by asking for `rita+x@` (A63). So a mailbox gets twice as much at most.
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
    latest = mails_that_count(kind, email=email).filter(created_at__gt=now - DAY).order_by("-created_at")
    times = list(latest.values_list("created_at", flat=True)[:MOST_MAILS_IN_A_ROW])
    if len(times) < MOST_MAILS_IN_A_ROW:
        apart, words = BETWEEN_TWO_MAILS, _("We emailed %(email)s less than two minutes ago.")
    else:
        apart, words = BETWEEN_FURTHER_MAILS, _("We’ve sent %(email)s several emails, the last less than an hour ago.")
    if times and times[0] + apart > now:
        raise TooSoon(words % {"email": email}, until=times[0] + apart)


def full_until(mails: OutboundEmailQuerySet, most: int, period: timedelta) -> datetime | None:
    """When there is room for another of `mails`, of which `most` may go within `period`; None if there is now."""
    latest = mails.filter(created_at__gt=database_now() - period).order_by("-created_at")
    filling = latest.values_list("created_at", flat=True)[most - 1 : most].first()
    return None if filling is None else filling + period
