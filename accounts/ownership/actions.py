"""Owners: granted, relinquished, never none (S21 to S35, A40, A41, K1)."""

from accounts.access import policies
from accounts.core.acting import acting, on_file, permit, record
from accounts.core.origin import Origin
from accounts.core.recipients import owners_of
from accounts.invitations.dismissal import end_changes_of_owner
from accounts.models import Activity, Member
from accounts.outbox.queue import tell
from accounts.ownership import rules


def make_owner(*, actor: Member, target: Member, origin: Origin | None = None) -> None:
    """Make an administrator an owner: from then on nobody else can change them, or take ownership back (S28 to S32).

    A change of their address that an administrator asked for ends. `origin` is where the request came from. Raises
    NotPermitted where the actor is no owner, ActionRefused where the target is no active administrator who has accepted
    and can sign in.
    """
    with acting(actor) as actor:
        permit(policies.can_grant_ownership(actor))
        target = on_file(actor.account, target)
        rules.require_can_become_owner(target)
        target.is_owner = True
        target.touch("is_owner")
        end_changes_of_owner(target, actor=actor, origin=origin)
        entry = record(Activity.Verb.OWNERSHIP_GRANTED, account=actor.account, actor=actor, subject=target)
        tell(owners_of(actor.account), of=entry)


def relinquish_ownership(*, actor: Member) -> None:
    """Stop being an owner; one stays an administrator, whom other administrators can then change (S33 to S35).

    Raises NotPermitted where the actor is no owner any more, ActionRefused where no other owner could sign in.
    """
    with acting(actor) as actor:
        permit(policies.can_relinquish_ownership(actor))
        rules.require_another_owner(actor)
        actor.is_owner = False
        actor.touch("is_owner")
        entry = record(Activity.Verb.OWNERSHIP_RELINQUISHED, account=actor.account, actor=actor, subject=actor)
        tell([actor, *owners_of(actor.account)], of=entry)
