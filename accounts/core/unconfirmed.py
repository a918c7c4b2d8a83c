"""What a clinic can do until somebody who answers for it has confirmed their address: invite five people (A57)."""

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.models import Account, Member, OutboundEmail
from accounts.models.member_sets import MemberQuerySet
from accounts.text.mailboxes import mailbox_of

MOST_INVITED_BEFORE_CONFIRMATION = 5


def is_unconfirmed(account: Account) -> bool:
    """Whether no one who answers for the clinic has confirmed their address: neither its creator nor an owner (A57).

    It does not matter whether the creator is still there. An account that was imported has none; whoever runs the site
    vouches for it. Two queries at most.
    """
    creator = account.creator
    if creator is None or creator.email_confirmed_at is not None:
        return False
    confirmed = _confirmed_owners().filter(account=account).exists()
    return not confirmed


def unconfirmed_clinics(account: str) -> Q:
    """`is_unconfirmed` of the account that rows of another table reach by the path `account`."""
    theirs = {f"{account}__creator__isnull": False, f"{account}__creator__email_confirmed_at": None}
    return Q(**theirs) & Q(~Exists(_confirmed_owners().filter(account=OuterRef(account))))


def _confirmed_owners() -> MemberQuerySet:
    return Member.objects.owners().filter(user__email_confirmed_at__isnull=False)


def require_room_for_person(account: Account, email: str) -> None:
    """Raise ActionRefused where nobody who answers for the clinic is confirmed, and five others were mailed (A57).

    Counts each mailbox once, over all such clinics of one creator, whatever became of the invitation since. An
    invitation that the invited person took along to another address counts once, too (A61).
    """
    if not is_unconfirmed(account):
        return
    mailed = _mailboxes_invited(account)
    if len(mailed) >= MOST_INVITED_BEFORE_CONFIRMATION and mailbox_of(email) not in mailed:
        raise ActionRefused(_until_confirmed(account))


def _mailboxes_invited(account: Account) -> set[str]:
    mails = OutboundEmail.objects.filter(
        kind=OutboundEmail.Kind.INVITATION, activity__isnull=False, invitation__member__account__creator=account.creator
    )
    rows = mails.filter(unconfirmed_clinics("invitation__member__account")).exclude(_NEVER_SENT)
    # Older code wrote no mailbox down.
    found = rows.values_list("mailbox", "user__email", "recipient").distinct()
    return {mailbox or mailbox_of(email or recipient) for mailbox, email, recipient in found}


# Dropped when it was about to go for the first time, or sure to be: a link of another version is dead for good. One
# that was tried before may have arrived.
_NEVER_SENT = Q(state=OutboundEmail.State.DROPPED, attempts__lte=1, first_refused_at=None) | Q(
    state=OutboundEmail.State.QUEUED, attempts=0, version__lt=F("invitation__version")
)


def _until_confirmed(account: Account) -> str:
    """Who has to confirm what. The owners, as a creator who is none any more may be out of reach."""
    emails = list(account.members.owners().order_by("pk").values_list("user__email", flat=True))
    if not emails:
        words = _(
            "Until an owner of %(clinic)s has confirmed their email address, %(most)s people can be invited, and it "
            "has no owner who can sign in. Write to %(support)s, who can appoint one."
        )
    elif len(emails) == 1:
        words = _(
            "%(emails)s has not been confirmed yet, and until it is, %(most)s people can be invited. Open the link in "
            "the email from %(product)s with the subject “Confirm your email address”, then try again."
        )
    else:
        words = _(
            "%(emails)s have not been confirmed yet, and until one of them is, %(most)s people can be invited. Open "
            "the link in the email from %(product)s with the subject “Confirm your email address”, then try again."
        )
    return words % {
        "emails": get_text_list(emails, _("and")),
        "most": MOST_INVITED_BEFORE_CONFIRMATION,
        "product": settings.PRODUCT_NAME,
        "clinic": account.name,
        "support": settings.SUPPORT_EMAIL,
    }
