"""What becomes of clinics that were joined with a login before its mailbox was proved (A73)."""

from accounts.core.acting import record
from accounts.core.earlier_use import EarlierUse
from accounts.core.recipients import inviter_or_administrators, owners_of
from accounts.invitations.actions import renew
from accounts.invitations.dismissal import end_what_they_began
from accounts.invitations.limits import has_room_in_mailbox
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, User
from accounts.outbox.queue import queue_email, tell


def undo_joining(user: User, *, joining: Account | None) -> EarlierUse:
    """Let what was joined before fall back to invited (A73), apart from `joining`, the clinic that is being joined now.

    An account that was brought over with its people made no invitations; the operator vouches for those. Returns which
    clinics fell back, and which stayed. For use inside an action that has locked the clinics of `user`, then `user`.
    """
    earlier = EarlierUse(kept=_names_of_opened(user, joining))
    joined = Member.objects.filter(user=user, joined_at__isnull=False, invitation__isnull=False, released_at=None)
    for member in joined.exclude(account=joining).select_related("account", "user", "invitation").order_by("pk"):
        names = earlier.again if _falls_back(member) else earlier.kept
        names.append(member.account.name)
    return earlier


def _names_of_opened(user: User, joining: Account | None) -> list[str]:
    opened = Account.objects.filter(creator=user)
    if joining is not None:
        opened = opened.exclude(pk=joining.pk)
    return list(opened.order_by("pk").values_list("name", flat=True))


def _falls_back(member: Member) -> bool:
    """Let someone who has joined be invited again; False if that left the clinic without anyone to let them in (A70).

    An owner stays one: others can't take that away (A40), and support settles who owns an account.
    """
    inviter = _who_invites(member)
    if member.is_owner or inviter is None:
        return False
    member.joined_at = None
    member.touch("joined_at")
    end_what_they_began(member, actor=None)
    _begin_again(member.invitation, inviter)
    entry = record(Activity.Verb.JOINING_UNDONE, account=member.account, actor=member, subject=member)
    # Not only whoever invited them: it may be they who handed the link over.
    tell([*owners_of(member.account), *inviter_or_administrators(member.invitation)], of=entry)
    if member.is_active and has_room_in_mailbox(member.account, member.user.email):
        queue_email(OutboundEmail.Kind.INVITATION, user=member.user, invitation=member.invitation)
    return True


def _who_invites(member: Member) -> Member | None:
    """Whoever invited them, if they still can, or another administrator who can sign in; None if there is nobody."""
    others = member.account.members.administrators().able_to_sign_in().exclude(pk=member.pk)
    found = {each.pk: each for each in others.order_by("-is_owner", "pk")}
    return found.get(member.invitation.invited_by_id) or next(iter(found.values()), None)


def _begin_again(invitation: Invitation, inviter: Member) -> None:
    """Kill every link of before, and give the invitation its full time."""
    invitation.email, invitation.accepted_at = invitation.member.user.email, None
    renew(invitation, invited_by=inviter, kill_old_links=True)
