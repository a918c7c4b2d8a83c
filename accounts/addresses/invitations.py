"""What becomes of invitations when a login takes another address (A58).

The action that changes it has locked the accounts of all of them, and the login.
"""

from django.db.models import QuerySet

from accounts.addresses.moves import CHANGED, note_move
from accounts.core.acting import lock_user_at
from accounts.invitations.actions import kill_links, withdraw
from accounts.models import Activity, Invitation, Member, OutboundEmail, User
from accounts.outbox.queue import queue_email
from clinic.clock import database_now

Verb = Activity.Verb


def waiting_invitations(user: User) -> QuerySet[Invitation]:
    """The invitations to `user` that no one has accepted, cancelled ones too; not those of history (A70).

    For use inside another action.
    """
    return Invitation.objects.filter(member__user=user, member__joined_at=None, member__released_at=None)


def take_along(invitations: QuerySet[Invitation], *, before: str, because: str = CHANGED) -> list[Activity]:
    """Kill the links that were mailed to `before`, the address until now (A25), and mail new ones that work as long.

    Whoever was invited should not hold a link that died in silence. Each clinic's log has an entry, which is returned.
    For use inside another action.
    """
    found = list(invitations.select_related("member__user", "member__account"))
    for invitation in found:
        _renew(invitation)
        invitation.member.touch()
    moved = Verb.INVITATION_MOVED
    return [note_move(moved, each.member, because=because, email=[before, each.member.user.email]) for each in found]


def _renew(invitation: Invitation) -> None:
    if invitation.cancelled_at is not None:
        return
    kill_links(invitation)
    if invitation.member.is_active and invitation.expires_at > database_now():
        queue_email(OutboundEmail.Kind.INVITATION, user=invitation.member.user, invitation=invitation)


def leave_with_address(
    invitations: QuerySet[Invitation], *, email: str, linked_at: str, because: str = CHANGED
) -> list[Activity]:
    """Leave them with the mailbox at `email`, which the inviter typed.

    Their login has never proved that mailbox, or has gone back to an address of before. Links that were mailed there
    go on working; if they were mailed elsewhere, to `linked_at`, they die and new ones are mailed. In a clinic that has
    someone with this address by now two are never merged (C13): the invitation is cancelled, and stays with its login.
    Each clinic's log has an entry, which is returned. For use inside another action.
    """
    found = list(invitations.select_related("member__account", "member__user"))
    if not found:
        return []
    holder = lock_user_at(email)
    places = set(Member.objects.filter(user=holder, released_at=None).values_list("account", flat=True))
    entries = []
    for invitation in found:
        member = invitation.member
        if member.account_id not in places:
            give_to(member, holder)
            if linked_at != email:
                _renew(invitation)
            entries.append(note_move(Verb.INVITATION_MOVED, member, because=because, email=[linked_at, email]))
        elif member.is_active:
            withdraw(invitation)
            entries.append(_note_cancelled(member, because=because, email=[linked_at, member.user.email]))
    return entries


def take_in(holder: User, user: User) -> None:
    """Give `user`, who has just proved the address, what waits for it under a row that is nobody's login (A58, A70).

    Links that were mailed there go on working. If a clinic has `user` already, one of the two rows lets go: the one
    that was never joined, or else the one that is over, or else the one of this address. It is cancelled and only
    keeps its history from then on (C13). Each clinic's log says so. For use inside another action, which has locked
    the accounts and both logins, and gives `user` the address afterwards.
    """
    own = {each.account_id: each for each in _rows(user)}
    for member in _rows(holder):
        mine = own.get(member.account_id)
        gives_way = mine if mine is not None and _is_over(mine) and member.is_active else member
        if mine is not None:
            _release(gives_way)
            _note_cancelled(gives_way, because=CHANGED, email=[gives_way.user.email, holder.email])
        give_to(member, user)
        if mine is None or gives_way is mine:
            note_move(Verb.INVITATION_MOVED, member, because=CHANGED, email=[holder.email, holder.email])
    # What only keeps history goes along: it must not hold the address.
    Member.objects.filter(user=holder).update(user=user)


def _note_cancelled(member: Member, *, because: str, email: list[str]) -> Activity:
    return note_move(Verb.INVITATION_CANCELLED, member, because=because, email=email, is_here=True)


def _rows(user: User) -> QuerySet[Member]:
    return Member.objects.filter(user=user, released_at=None).select_related("account", "user", "invitation")


def _is_over(member: Member) -> bool:
    return not member.has_been_here and not member.is_active


def give_to(member: Member, login: User) -> None:
    """Make it the membership or invitation of another login. For use inside another action."""
    mail = OutboundEmail.objects.filter(user=member.user_id)
    mail.filter(invitation__member=member, kind=OutboundEmail.Kind.INVITATION).update(user=login)
    member.user = login
    member.touch("user")


def _release(member: Member) -> None:
    # Who was brought over, and corrected while inactive, was never invited.
    if hasattr(member, "invitation"):
        withdraw(member.invitation)
    member.released_at, member.released_email = database_now(), member.user.email
    member.touch("released_at", "released_email")
