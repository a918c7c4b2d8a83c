"""What a login was granted while its address was another is taken back when that one is put back (A58).

In clinics that know the old address. The action has locked the accounts of all of them, and the login.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.access import policies, roles
from accounts.addresses.moves import PUT_BACK, note_move
from accounts.addresses.since import AddressesSince
from accounts.core.who_can_act import has_another_to_confirm
from accounts.invitations.dismissal import end_what_they_began
from accounts.models import Account, Activity, EmailChange, Member
from accounts.outbox.queue import tell_support
from clinic.clock import database_now

Verb = Activity.Verb
OWNERSHIP = (Verb.OWNERSHIP_GRANTED, Verb.OWNERSHIP_RELINQUISHED, Verb.OWNERSHIP_REMOVED)
CHANGES = (Verb.MEMBER_UPDATED, Verb.MEMBER_DEACTIVATED, Verb.MEMBER_REACTIVATED)


def take_back_grants(members: Iterable[Member], change: EmailChange, since: AddressesSince) -> list[Activity]:
    """Suspend what these members, who keep their login, were granted since `change` at another address.

    Ownership goes, a stronger role is the one of before, whoever was made active again is inactive again: each until
    somebody of the clinic grants it anew. What can't go, since no one else could act for the clinic, stays, and support
    is told. Returns what to tell the clinics' owners. For use inside another action.
    """
    found = [_take_back(member, _granted(member, change, since)) for member in members]
    return [entry for entry in found if entry is not None]


def _granted(member: Member, change: EmailChange, since: AddressesSince) -> dict[str, list[Any]]:
    """What `member` has only since then, as {field: [now, before]}."""
    assert change.confirmed_at is not None
    entries = [each for each in _entries_since(member, change.confirmed_at) if since.at(each.created_at) != since.left]
    granted: dict[str, list[Any]] = {}
    ownership = next((each for each in entries if each.verb in OWNERSHIP), None)
    if member.is_owner and ownership is not None and ownership.verb == Verb.OWNERSHIP_GRANTED:
        granted["is_owner"] = [True, False]
    for name in ("role", "is_active"):
        pair = next((each.details[name] for each in entries if each.verb in CHANGES and name in each.details), None)
        if pair is not None and _is_more(name, getattr(member, name), pair[0], member.account):
            granted[name] = [getattr(member, name), pair[0]]
    return granted


def _entries_since(member: Member, moment: datetime) -> list[Activity]:
    verbs = [*OWNERSHIP, *CHANGES]
    return list(Activity.objects.filter(subject=member, verb__in=verbs, created_at__gt=moment).order_by("pk"))


def _is_more(name: str, now: Any, before: Any, account: Account) -> bool:
    if name == "is_active":
        return bool(now and not before)
    return roles.gives_more(now, than=before, toggles=account.toggles)


def _take_back(member: Member, granted: dict[str, list[Any]]) -> Activity | None:
    """Take back what was granted, where no clinic loses the last one who can act for it."""
    if not granted:
        return None
    email = [member.user.email] * 2
    if member.is_active and member.is_administrator and not has_another_to_confirm(member):
        return ask_support(member, granted, email=email)
    if "role" in granted and roles.gives_more(granted["role"][1], than=member.role, toggles=member.account.toggles):
        # The role of before would give back what was taken from them meanwhile.
        granted = {**granted, "role": [member.role, member.role], "is_active": [True, False]}
    take_ownership(member)
    member.role = granted.get("role", [None, member.role])[1]
    if "is_active" in granted and member.is_active:
        member.is_active, member.deactivated_at = False, database_now()
    member.touch("role", "is_active", "deactivated_at")
    if not policies.is_invitation_backed(member):
        end_what_they_began(member, actor=None)
    return note_move(Verb.GRANT_SUSPENDED, member, because=PUT_BACK, email=email, granted=granted)


def take_ownership(member: Member) -> None:
    """End the ownership of one who is an owner; another one remains. For use inside another action."""
    if not member.is_owner:
        return
    member.is_owner = False
    member.touch("is_owner")
    note_move(Verb.OWNERSHIP_REMOVED, member, because=PUT_BACK, email=[])


def ask_support(member: Member, granted: dict[str, list[Any]], *, email: list[str]) -> Activity:
    """Write down what could not be suspended, as {field: [now, before]}, and tell support. For use inside an action."""
    entry = note_move(Verb.GRANT_KEPT, member, because=PUT_BACK, email=email, granted=granted)
    tell_support(of=entry)
    return entry
