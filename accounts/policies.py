"""Who may do what to whom. Pure: each looks at the people it is given and nothing else.

An `actor` is a member of the same account as `target`; that is settled by fetching the target through the account.
"""

from accounts.models import Member


def is_member(actor: Member) -> bool:
    """Pages for everybody in the clinic."""
    return actor.is_present


def can_manage_members(actor: Member) -> bool:
    """Only administrators add or change others (C1)."""
    return actor.is_present and actor.has_perm("settings.users")


def can_edit_member(actor: Member, target: Member) -> bool:
    """An administrator edits anybody but an owner; an owner is edited by nobody else (S22, A40)."""
    return can_manage_members(actor) and (not target.is_owner or actor.pk == target.pk)


def can_edit_own_details(actor: Member) -> bool:
    """Everybody keeps their own names and mobile number."""
    return actor.is_present and actor.has_perm("me.edit")


def can_see_subscription(actor: Member) -> bool:
    """Administrators and power receptionists see and change the plan."""
    return actor.is_present and actor.has_perm("settings.subscription")


def can_resend_invitation(actor: Member, target: Member) -> bool:
    """While somebody is invited and has not joined."""
    return can_manage_members(actor) and target.is_active and not target.has_joined


def is_invitation_backed(inviter: Member) -> bool:
    """Whether an invitation still stands behind somebody who may invite; checked again at acceptance (C10, C11)."""
    return can_manage_members(inviter)
