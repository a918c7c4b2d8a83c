"""Two-factor authentication taken off somebody who lost it, by an administrator of their clinic (A35)."""

from accounts.access import policies
from accounts.core.acting import acting, on_file, permit, record
from accounts.core.origin import Origin
from accounts.identity.two_factor import rules as two_factor_rules
from accounts.identity.users import changing_user, end_sign_ins, forget_two_factor, record_event
from accounts.models import Activity, Member, SecurityEvent


def reset_two_factor(*, actor: Member, target: Member, origin: Origin) -> None:
    """Take away all that stands beside the password, and trusted browsers; sign the person out, tell them by mail.

    They sign in with the password alone from then on, until they set it up anew. Raises NotPermitted for an owner or
    oneself (A40), and ActionRefused with the reason.
    """
    with acting(actor) as actor:
        target = on_file(actor.account, target)
        permit(policies.can_reset_two_factor(actor, target))
        with changing_user(target.user) as user:
            target.user = user
            two_factor_rules.require_two_factor_can_be_reset(target)
            forget_two_factor(user)
            end_sign_ins(user)
        record(Activity.Verb.TWO_FACTOR_RESET, account=actor.account, actor=actor, subject=target)
        record_event(SecurityEvent.Kind.TWO_FACTOR_RESET, user=user, origin=origin, by=actor)
