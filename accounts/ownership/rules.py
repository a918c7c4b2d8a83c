"""Who may become an owner, who has to stay one, and what an open request holds up."""

from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.who_can_act import has_another_owner
from accounts.models import Account, Dispute, Member, User


def why_no_owner(member: Member) -> str:
    """Say what stands between `member` and becoming an owner (S29); an empty text where nothing does."""
    if member.is_owner:
        words = _("%(name)s is an owner already.")
    elif not member.is_active:
        words = _("%(name)s is inactive. Make them active again first.")
    elif not member.has_joined:
        words = _("%(name)s has not accepted the invitation yet.")
    elif not member.is_administrator:
        words = _("%(name)s is not an administrator. Change their security role first.")
    elif not member.user.can_sign_in:
        words = _("%(name)s can’t sign in at the moment.")
    elif member.user.email_confirmed_at is None:
        words = _("%(name)s has yet to confirm their email address.")
    else:
        return ""
    return words % {"name": member.full_name}


def require_can_become_owner(member: Member) -> None:
    """Raise ActionRefused where `member` is no active administrator who has accepted and can sign in (S29, A40)."""
    if reason := why_no_owner(member):
        raise ActionRefused(reason)


def require_another_owner(owner: Member) -> None:
    """Raise ActionRefused where `owner` is the only one left (S34, A41, C17)."""
    if not has_another_owner(owner):
        raise ActionRefused(only_owner_words(owner))


def only_owner_words(owner: Member) -> str:
    """Why an owner stays one, where nobody else could act for the account."""
    return _("%(name)s is the only owner who can sign in. Make another administrator an owner first.") % {
        "name": owner.full_name
    }


def require_confirmed_address(user: User) -> None:
    """Raise ActionRefused where `user` has yet to confirm their address: support answers there (A63)."""
    if user.email_confirmed_at is None:
        words = _("Confirm your email address first: open the link in the email that we sent to %(email)s.")
        raise ActionRefused(words % {"email": user.email})


def has_open_dispute(account: Account) -> bool:
    """Whether a request about who owns `account` is open: it's not erased before support has settled it (A72)."""
    return Dispute.objects.open().filter(account=account).exists()


def starts_thirty_days(dispute: Dispute) -> bool:
    """Whether settling `dispute` gives its closed account thirty days again: nothing else holds up erasing it (A72).

    While it is locked something does; unlocking gives them.
    """
    account = dispute.account
    others = Dispute.objects.open().filter(account=account).exclude(pk=dispute.pk)
    return account.closed_at is not None and account.locked_at is None and not others.exists()
