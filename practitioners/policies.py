"""Who may do what with practitioners and businesses. Pure, as `accounts.access.policies` is."""

from accounts.access import policies
from accounts.models import Member


def can_see_practitioners(actor: Member) -> bool:
    """Who works when and where is for everybody in the clinic."""
    return policies.is_member(actor)


def can_see_practitioner(actor: Member, target: Member) -> bool:
    """Who is present is there for everybody in the clinic; who is not, for those who manage the users (C5)."""
    return target.is_present or policies.can_manage_members(actor)


def can_edit_practitioner(actor: Member, target: Member) -> bool:
    """One keeps one’s own settings, an administrator anybody’s but an owner’s; nobody else (S15, S22, C6)."""
    return target.is_practitioner and would_edit_practitioner(actor, target)


def can_edit_some_practitioner(actor: Member) -> bool:
    """Anyone can practise and keeps their own settings then; whose else is up to `can_edit_practitioner`."""
    return policies.can_edit_own_details(actor)


def would_edit_practitioner(actor: Member, target: Member) -> bool:
    """Whether they may edit the settings of `target` while that is a practitioner."""
    if actor.pk == target.pk:
        return policies.can_edit_own_details(actor)
    return policies.can_edit_member(actor, target)


def can_manage_businesses(actor: Member) -> bool:
    """Administrators and power receptionists keep the businesses."""
    return actor.is_present and actor.has_perm("settings.businesses")
