"""How far apart the mails are kept that people ask for by themselves (A51)."""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.errors import TooSoon
from accounts.models import OutboundEmail
from clinic.clock import database_now

BETWEEN_TWO_MAILS = timedelta(minutes=2)
# From the sixth of a day on they keep an hour apart, which is as long as a link works: whoever asks and asks in
# somebody's name fills no mailbox with them, and does not leave it without one that works either.
MOST_MAILS_IN_A_ROW = 5
BETWEEN_FURTHER_MAILS = timedelta(hours=1)


def require_gap(kind: OutboundEmail.Kind, *, email: str) -> None:
    """Raise TooSoon where the last mail of this kind to the mailbox of `email` went too short a while ago.

    Whoever it was for: a login can leave an address, and many addresses can be read in one mailbox. For use in a
    transaction that has locked the login that asks, so that two requests of one person wait for each other; those of
    two people at the very same moment may both pass.
    """
    now = database_now()
    mails = OutboundEmail.objects.filter(kind=kind).addressed(email).apart_from_questions()
    latest = mails.filter(created_at__gt=now - timedelta(days=1)).order_by("-created_at")
    times = list(latest.values_list("created_at", flat=True)[:MOST_MAILS_IN_A_ROW])
    if len(times) < MOST_MAILS_IN_A_ROW:
        apart, words = BETWEEN_TWO_MAILS, _("We emailed %(email)s less than two minutes ago.")
    else:
        apart, words = BETWEEN_FURTHER_MAILS, _("We’ve sent %(email)s several emails, the last less than an hour ago.")
    if times and times[0] + apart > now:
        raise TooSoon(words % {"email": email}, until=times[0] + apart)
