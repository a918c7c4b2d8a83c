"""What an invitation link is good for: asked by its page, by the action that takes it, and before it is mailed."""

from datetime import datetime
from enum import StrEnum

from accounts.access import policies
from accounts.core.tokens import InvitationLink
from accounts.models import Invitation


class LinkState(StrEnum):
    """What an invitation link is good for. All but VALID are the ways in which it can be dead."""

    VALID = "valid"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    NOT_BACKED = "not_backed"
    LOCKED = "locked"
    CLOSED = "closed"


# Where it makes sense to ask the clinic for a new invitation.
RENEWABLE = frozenset({LinkState.EXPIRED, LinkState.REPLACED, LinkState.CANCELLED, LinkState.NOT_BACKED})


def link_state(invitation: Invitation | None, link: InvitationLink | None, *, now: datetime) -> LinkState:
    """Say what `link` is good for at `now`, given the invitation it names (None where there is none)."""
    if invitation is None or link is None:
        return LinkState.UNKNOWN
    member = invitation.member
    if member.account.locked_at is not None:
        return LinkState.LOCKED
    if not member.account.is_open:
        return LinkState.CLOSED
    if invitation.version == link.version and (invitation.accepted_at is not None or member.has_joined):
        return LinkState.USED
    if invitation.cancelled_at is not None or not member.is_active or not member.user.is_active:
        return LinkState.CANCELLED
    if invitation.version != link.version:
        return LinkState.REPLACED
    # Before the time, which ends with the right to invite (A70): that would not be the reason.
    if not policies.is_invitation_backed(invitation.invited_by):
        return LinkState.NOT_BACKED
    return LinkState.VALID if invitation.expires_at > now else LinkState.EXPIRED


def find_invitation(link: InvitationLink | None) -> Invitation | None:
    """Fetch the invitation a link names, with all that `link_state` looks at. One query."""
    if link is None:
        return None
    found: Invitation | None = (
        Invitation.objects.select_related("member__account", "member__user", "invited_by__account", "invited_by__user")
        .filter(pk=link.invitation_id)
        .first()
    )
    return found
