"""Who is told of what happens in a clinic: the people who answer for it, as they are now."""

from django.db.models import Q

from accounts.models import Account, Dispute, Member
from accounts.models.invitation import Invitation


def inviter_or_administrators(invitation: Invitation) -> list[Member]:
    """Whoever is told about an invitation: the inviter if they still can invite, otherwise every administrator."""
    administrators = Member.objects.filter(account_id=invitation.member.account_id).administrators()
    everyone = list(administrators.select_related("user"))
    return [each for each in everyone if each.pk == invitation.invited_by_id] or everyone


def owners_of(account: Account) -> list[Member]:
    """The owners as they are now, with their logins."""
    return list(account.members.filter(is_owner=True).select_related("user").order_by("pk"))


def owners_or_administrators_of(account: Account) -> list[Member]:
    """Those who answer for the account: its owners as they are now; its administrators, if it has no owners."""
    return owners_of(account) or list(account.members.administrators().select_related("user"))


def owners_and_administrators_of(account: Account) -> list[Member]:
    """Everyone who can act for the account, as they are now, with their logins."""
    administrators = account.members.administrators().values("pk")
    found = account.members.filter(Q(is_owner=True) | Q(pk__in=administrators))
    return list(found.select_related("user").order_by("pk"))


def who_disputed(account: Account) -> list[Member]:
    """Those whose requests about who owns the account are open, whatever they are in it now; with their logins."""
    filed = Dispute.objects.open().filter(account=account).values("filed_by")
    return list(Member.objects.filter(pk__in=filed).select_related("user").order_by("pk"))
