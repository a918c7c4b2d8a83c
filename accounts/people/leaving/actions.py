"""Leaving a clinic by one's own decision (A70)."""

from accounts.access import policies
from accounts.core.acting import acting, permit, record
from accounts.core.errors import ActionRefused
from accounts.core.other_clinics import signs_in_elsewhere
from accounts.core.recipients import owners_and_administrators_of
from accounts.identity.users import forget_known_browsers
from accounts.invitations.dismissal import end_what_they_began
from accounts.models import Activity, Member
from accounts.outbox.queue import tell
from accounts.people import rules
from clinic.clock import database_now


def leave_clinic(*, actor: Member) -> None:
    """Leave the clinic: one's access ends at once, its history stays, and nobody else puts one back in.

    An owner beside another stops being one. The person, the owners and the administrators are told. Raises NotPermitted
    in an account that is locked or closed, and ActionRefused where nobody would be left who can act for it.
    """
    with acting(actor) as actor:
        permit(policies.can_leave_clinic(actor))
        if reason := rules.why_no_leaving(actor):
            raise ActionRefused(reason)
        was_owner, actor.is_owner, actor.is_active = actor.is_owner, False, False
        actor.left_at = actor.deactivated_at = database_now()
        actor.touch("is_owner", "is_active", "left_at", "deactivated_at")
        end_what_they_began(actor, actor=actor)
        if was_owner:
            record(Activity.Verb.OWNERSHIP_RELINQUISHED, account=actor.account, actor=actor, subject=actor)
        if not signs_in_elsewhere(actor):
            forget_known_browsers(actor.user)
        facts = {"was_owner": True} if was_owner else {}
        entry = record(Activity.Verb.MEMBER_LEFT, account=actor.account, actor=actor, subject=actor, details=facts)
        tell([actor, *owners_and_administrators_of(actor.account)], of=entry)
