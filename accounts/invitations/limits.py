"""How many invitations may be mailed (A51): each is mail to somebody who may not have asked for it."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.core import network_limits
from accounts.core.errors import TooSoon
from accounts.core.origin import Origin
from accounts.core.unconfirmed import is_unconfirmed, require_room_for_person, unconfirmed_clinics
from accounts.mail.notice import moment_in_words
from accounts.models import Account, Member, OutboundEmail
from accounts.models.outbox import OutboundEmailQuerySet
from accounts.outbox.limits import DAY, HOUR, full_until

# To one mailbox from all clinics together for which no one has confirmed their address. They're a stranger's as far as
# anyone knows, so they have a share of their own and use up none of another clinic's (A63).
MOST_FROM_UNCONFIRMED = 2
_FROM_UNCONFIRMED = unconfirmed_clinics("invitation__member__account")

Mails = OutboundEmailQuerySet


def require_room_for_invitation(actor: Member, email: str, origin: Origin) -> None:
    """Raise TooSoon where `actor`, their account or the mailbox has had its share; the words say when it goes on.

    So does the network that the request came from, if no one has confirmed their address for the clinic (A63). Raises
    ActionRefused where such a clinic has invited as many people as it can (A57).

    Counts what the outbox holds. Exact inside a transaction that has locked the account and the login with that
    address; somebody who invites for several accounts at the same moment may come out above their own by one for each.
    """
    require_room_for_person(actor.account, email)
    if is_unconfirmed(actor.account):
        network_limits.require_room(network_limits.INVITATIONS, origin.network)
    for mails, most, period, words in _shares(actor, email):
        if (until := full_until(mails, most, period)) is not None:
            facts = {"most": most, "clinic": actor.account.name, "email": email}
            again = _("Try again from %(moment)s on.") % {"moment": moment_in_words(until, actor.account)}
            raise TooSoon(f"{words % facts} {again}", until=until)


def _shares(actor: Member, email: str) -> Iterator[tuple[Mails, int, timedelta, str]]:
    """Each share: which mails count against it, how many of them there may be within which time, and the refusal."""
    caps = settings.INVITATION_CAPS
    mails = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION)
    words = _("You have sent as many invitations within an hour as one person may (%(most)s).")
    yield mails.filter(activity__actor__user=actor.user_id), caps["administrator"], HOUR, words
    words = _("%(clinic)s has sent as many invitations within a day as one clinic may (%(most)s).")
    yield mails.filter(invitation__member__account=actor.account_id), caps["account"], DAY, words
    words = _("%(email)s was sent as many invitations within a day as one address may get (%(most)s).")
    to_mailbox, most = _share_of_mailbox(actor.account, email)
    yield to_mailbox, most, DAY, words


def _share_of_mailbox(account: Account, email: str) -> tuple[Mails, int]:
    """Which invitations to the mailbox of `email` count against the next of `account`, and how many there may be."""
    to_mailbox = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION).addressed(email)
    most: int = settings.INVITATION_CAPS["recipient"]
    if is_unconfirmed(account):
        return to_mailbox.filter(_FROM_UNCONFIRMED), min(MOST_FROM_UNCONFIRMED, most)
    return to_mailbox.exclude(_FROM_UNCONFIRMED), most


def has_room_in_mailbox(account: Account, email: str) -> bool:
    """Whether one more invitation may go to the mailbox, for a mail that no one of the clinic has asked for."""
    mails, most = _share_of_mailbox(account, email)
    return full_until(mails, most, DAY) is None
