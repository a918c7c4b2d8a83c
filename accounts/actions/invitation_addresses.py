"""What becomes of invitations when a login takes another address (A58).

The action that changes it has locked the accounts of all of them, and the login.
"""

from django.db.models import QuerySet

from accounts.actions.base import lock_login, queue_email
from accounts.actions.invitations import kill_links
from accounts.models import Invitation, Member, OutboundEmail, User
from clinic.clock import database_now


def waiting_invitations(user: User) -> QuerySet[Invitation]:
    """The invitations to `user` that no one has accepted, cancelled ones too; not those of history (A70).

    For use inside another action.
    """
    return Invitation.objects.filter(member__user=user, member__joined_at=None, member__released_at=None)


def take_along(invitations: QuerySet[Invitation]) -> None:
    """Kill the links that were mailed to the address before (A25), and mail new ones that work as long.

    Whoever was invited should not hold a link that died in silence. For use inside another action.
    """
    for invitation in invitations.filter(cancelled_at=None).select_related("member__user"):
        kill_links(invitation)
        if invitation.member.is_active and invitation.expires_at > database_now():
            queue_email(OutboundEmail.Kind.INVITATION, user=invitation.member.user, invitation=invitation)


def leave_with_address(invitations: QuerySet[Invitation], *, email: str, linked_at: str) -> None:
    """Leave them with the mailbox at `email`, which the inviter typed.

    Their login has never proved that mailbox, or has gone back to an address of before. Links that were mailed there
    go on working; if they were mailed elsewhere, to `linked_at`, they die and new ones are mailed. An invitation of a
    clinic that has someone with this address by now stays with its login (C13). For use inside another action.
    """
    if not invitations.exists():
        return
    holder = lock_login(email)
    places = Member.objects.filter(user=holder, released_at=None).values("account")
    ids = list(invitations.exclude(member__account__in=places).values_list("pk", flat=True))
    OutboundEmail.objects.filter(invitation__in=ids, kind=OutboundEmail.Kind.INVITATION).update(user=holder)
    Member.objects.filter(invitation__in=ids).update(user=holder)
    if linked_at != email:
        take_along(Invitation.objects.filter(pk__in=ids))
