"""Whether someone else could act for a clinic if one person could not any more (A41, C17)."""

from accounts.models import Member


def has_another_administrator(administrator: Member) -> bool:
    """Whether somebody else who can sign in can add and change users when `administrator` is none any more (A41).

    Somebody who was brought over and has yet to choose a password may never do so.
    """
    others = Member.objects.filter(account=administrator.account_id).administrators().exclude(pk=administrator.pk)
    return others.able_to_sign_in().exists()


def has_another_owner(owner: Member) -> bool:
    """Whether the account keeps an owner who can sign in when `owner` is none any more (S34)."""
    others = Member.objects.filter(account_id=owner.account_id).owners().exclude(pk=owner.pk)
    return others.exists()


def has_another_to_confirm(member: Member) -> bool:
    """Whether somebody else who can sign in could bring `member` back: an owner, for one who is an owner (A70)."""
    return has_another_owner(member) if member.is_owner else has_another_administrator(member)
