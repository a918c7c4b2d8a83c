"""Who may do what to whom. Pure: each looks at the people it is given and nothing else.

An `actor` is a member of the same account as `target`; that is settled by fetching the target through the account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Member, User


def is_member(actor: Member) -> bool:
    """Pages for everybody in the clinic."""
    return actor.is_present


def can_manage_members(actor: Member) -> bool:
    """Only administrators add or change others (C1)."""
    return actor.is_present and actor.has_perm("settings.users")


def can_edit_member(actor: Member, target: Member) -> bool:
    """An administrator edits anybody but an owner; an owner is edited by nobody else (S22, A40).

    Somebody whose address was let go is history, which nobody edits (A70).
    """
    may = can_manage_members(actor) and target.released_at is None
    return may and (not target.is_owner or actor.pk == target.pk)


def can_free_address(actor: Member, target: Member) -> bool:
    """An administrator lets go of the address of somebody who is inactive, for whoever has it now (A70)."""
    return can_edit_member(actor, target) and not target.is_active


def can_leave_clinic(actor: Member) -> bool:
    """Everybody can leave. That an owner and an administrator stay is a rule, not a permission (A70)."""
    return actor.is_present


def can_send_password_reset(actor: Member, target: Member) -> bool:
    """For somebody else who can sign in here, and whose details one may change (A7, A40)."""
    return can_edit_member(actor, target) and target.is_present and actor.pk != target.pk


def can_sign_out(actor: Member, target: Member) -> bool:
    """An administrator ends what a colleague left open: never an owner's, who is changed by nobody (A17, A40)."""
    return can_edit_member(actor, target) and target.is_present and actor.pk != target.pk


def can_edit_own_details(actor: Member) -> bool:
    """Everybody keeps their own names and mobile number."""
    return actor.is_present and actor.has_perm("me.edit")


def can_see_subscription(actor: Member) -> bool:
    """Administrators and power receptionists see the plan and who counts against it."""
    return actor.is_present and actor.has_perm("settings.subscription")


def can_change_plan(actor: Member) -> bool:
    """Everyone who sees the plan can change it (C11)."""
    return can_see_subscription(actor)


def can_see_general(actor: Member) -> bool:
    """Administrators and power receptionists see the clinic's name, time zone and restrictions."""
    return actor.is_present and actor.has_perm("settings.general")


def can_change_general(actor: Member) -> bool:
    """Everyone who sees the clinic's name and time zone can change them."""
    return can_see_general(actor)


def can_change_permissions(actor: Member) -> bool:
    """Only administrators restrict roles (C14): nobody else may widen what their own role may do (A41)."""
    return actor.is_present and actor.has_perm("settings.security")


def can_change_security(actor: Member) -> bool:
    """Only administrators say what is asked of everybody who signs in (A34, C9)."""
    return actor.is_present and actor.has_perm("settings.security")


def can_reset_two_factor(actor: Member, target: Member) -> bool:
    """An administrator resets a colleague's two-factor authentication: never an owner's, nor their own (A35, A40)."""
    return can_manage_members(actor) and not target.is_owner and actor.pk != target.pk


def can_stop_recovery(actor: Member, target: Member | None = None, owners: list[Member] | None = None) -> bool:
    """An owner stops a two-factor reset that support has started; an administrator where nobody but `target` owns it.

    They are those who were told. Without `target` whether one may be asked at all (A70).
    """
    if target is None or not any(owner.pk != target.pk for owner in owners or []):
        return can_manage_members(actor)
    return can_manage_members(actor) and actor.is_owner


def can_see_ownership(actor: Member) -> bool:
    """Who owns the account, and what to do in a dispute: administrators, also where nobody owns it (S26, S36)."""
    return can_manage_members(actor)


def can_file_dispute(actor: Member) -> bool:
    """Any administrator can write to support about who owns the account, also if no one does (S26, S36).

    And while it is closed: that is when someone who should own it needs to (A72).
    """
    return actor.is_present and actor.is_administrator


def can_see_what_support_read(actor: Member, *, has_owners: bool) -> bool:
    """The owners; in an account without any, the administrators (A66)."""
    return can_see_ownership(actor) and (actor.is_owner or not has_owners)


def can_grant_ownership(actor: Member) -> bool:
    """Only an owner makes somebody an owner (S29, A40)."""
    return actor.is_owner and can_manage_members(actor)


def can_relinquish_ownership(actor: Member) -> bool:
    """An owner takes their hand off their own ownership; nobody does it for them (S22, S33)."""
    return actor.is_owner and actor.is_present


def can_close_account(actor: Member) -> bool:
    """Only an owner closes the account, and only an owner opens it again."""
    return actor.is_owner and actor.is_present


def is_support(user: User) -> bool:
    """Our own support staff; they are nobody's member (S37)."""
    return user.is_active and user.is_staff


def can_resend_invitation(actor: Member, target: Member) -> bool:
    """An administrator sends an invitation again until the person joins (S16)."""
    return _can_manage_invitation(actor, target)


def can_cancel_invitation(actor: Member, target: Member) -> bool:
    """An administrator takes an invitation back until the person joins."""
    return _can_manage_invitation(actor, target)


def can_copy_invitation_link(actor: Member, target: Member) -> bool:
    """An administrator hands the link over by other means until the person joins."""
    return _can_manage_invitation(actor, target)


def _can_manage_invitation(actor: Member, target: Member) -> bool:
    return can_manage_members(actor) and target.is_active and not target.has_joined


def is_invitation_backed(inviter: Member) -> bool:
    """Whether whoever sent an invitation may still invite, with a login that works; asked again when it is accepted.

    `may_invite` of `models.member_sets` is the same for the database, which counts the seats (C10, C11).
    """
    return can_manage_members(inviter) and inviter.user.is_active
