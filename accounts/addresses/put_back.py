"""What becomes of memberships when a login is put back to its old address: no one there opens what another was given.

A clinic that never knew the old address let in the person at a later one. Their membership stays with that mailbox,
and is suspended until somebody of the clinic has made sure who reads it (A58). See docs/decisions/0017.

The action has locked the accounts of all of them, and the login.
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.addresses.grants_put_back import ask_support, take_ownership
from accounts.addresses.invitations import give_to
from accounts.addresses.moves import PUT_BACK, note_move
from accounts.addresses.since import AddressesSince
from accounts.core.acting import lock_user_at
from accounts.core.who_can_act import has_another_to_confirm
from accounts.invitations.dismissal import end_what_they_began
from accounts.models import Account, Activity, EmailChange, Member, OutboundEmail, User
from clinic.clock import database_now

Verb = Activity.Verb


@dataclass(frozen=True)
class Stranger:
    """A membership in a clinic that knows its person by another address than the one that is put back."""

    member: Member
    email: str


def joined_as_another(user: User, change: EmailChange, since: AddressesSince) -> list[Stranger]:
    """The memberships that came about after `change` at another address: invited, opened or brought over there.

    An invitation that was typed for the old address and accepted later is none: that clinic knew it. For use inside
    another action.
    """
    joined = Member.objects.filter(user=user, joined_at__gt=change.confirmed_at) | _brought_over_since(user, change)
    found = joined.select_related("account", "user", "invitation").order_by("account_id")
    strangers = [Stranger(each, _known_as(each, since)) for each in found]
    return [each for each in strangers if each.email in since.others]


def _brought_over_since(user: User, change: EmailChange) -> QuerySet[Member]:
    """An import says itself when somebody joined: what counts is when it ran."""
    entries = Activity.objects.filter(verb=Verb.MEMBER_IMPORTED, created_at__gt=change.confirmed_at)
    return Member.objects.filter(user=user, pk__in=entries.filter(subject__user=user).values("subject"))


def _known_as(member: Member, since: AddressesSince) -> str:
    """The address that the clinic typed, or that its first owner had when they opened it."""
    invitation = getattr(member, "invitation", None)
    if invitation is not None:
        return invitation.email or since.at(invitation.sent_at)
    imported = member.activity.filter(verb=Verb.MEMBER_IMPORTED).first()
    assert member.joined_at is not None
    return since.at(imported.created_at if imported else member.joined_at)


def part(stranger: Stranger, *, stays_with_login: bool, shown: str) -> list[Activity]:
    """Hand the membership to the mailbox at its address, and suspend it until the clinic has made sure.

    It remains active if no one else there could confirm it: then the mailbox alone opens it. Where the address can't
    have a login now (`stays_with_login`), or has a place in that clinic of its own, it is suspended where it is; if no
    one could confirm it there either, support is told. `shown` is the address that the clinic saw until now. Returns
    what to tell the clinic's owners. For use inside another action.
    """
    member, email = stranger.member, stranger.email
    moves = not stays_with_login and _hand_over(member, email)
    if member.is_active and has_another_to_confirm(member):
        taken = _suspend(member)
        return [note_move(Verb.MEMBER_SUSPENDED, member, because=PUT_BACK, email=[shown, email], **taken)]
    if moves:
        facts = {"is_active": member.is_active}
        return [note_move(Verb.MEMBERSHIP_MOVED, member, because=PUT_BACK, email=[shown, email], **facts)]
    return [ask_support(member, {"is_active": [True, False]}, email=[shown, email])] if member.is_active else []


def _hand_over(member: Member, email: str) -> bool:
    """Give it to the login of `email`, which has no password where it is new; returns whether it could be.

    What that clinic has mailed, or is about to, goes with it, and so does having opened it.
    """
    holder, before = lock_user_at(email), member.user
    if holder.pk == before.pk or holder.is_unproved or _has_place(holder, member.account):
        return False
    mail = OutboundEmail.objects.filter(user=before)
    of_clinic = Q(activity__account=member.account) | Q(invitation__member__account=member.account)
    topic = f"{OutboundEmail.Kind.NOTICE}:{member.account_id}:"
    mail.filter(of_clinic | Q(topic__startswith=topic)).update(user=holder)
    Account.objects.filter(pk=member.account_id, creator=before).update(creator=holder)
    # The link that changed the login to this address was opened there: what was joined with it stays joined (A73).
    User.objects.filter(pk=holder.pk, email_confirmed_at=None).update(email_confirmed_at=database_now())
    give_to(member, holder)
    return True


def _has_place(login: User, account: Account) -> bool:
    return Member.objects.filter(user=login, account=account, released_at=None).exists()


def _suspend(member: Member) -> dict[str, bool]:
    """Make it inactive, as **Active user** does; an owner with another beside them is none any more."""
    facts = {"was_owner": member.is_owner}
    take_ownership(member)
    member.is_active, member.deactivated_at = False, database_now()
    member.touch("is_active", "deactivated_at")
    end_what_they_began(member, actor=None)
    return facts
