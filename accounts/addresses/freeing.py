"""Letting go of the address of somebody who has left, for whoever has it now (A70)."""

from django.contrib.auth.hashers import make_password

from accounts.access import policies
from accounts.addresses import freeing_rules
from accounts.addresses.invitations import leave_with_address, waiting_invitations
from accounts.core.acting import acting, on_file, permit, record
from accounts.identity.users import end_sign_ins, forget_open_changes, forget_two_factor, locking_user_and_clinics
from accounts.models import Activity, Member, User
from clinic.clock import database_now


def free_address(*, actor: Member, target: Member) -> str:
    """Let go of the address of somebody inactive, who stays as history only; returns it.

    Where their login is of use nowhere else, it goes with them: whoever is invited at the address gets a login of their
    own, and nothing that the one before knew or had opens it. Elsewhere the login stays as it is. Raises NotPermitted
    for an owner, and for somebody who is active or whose address was let go already; ActionRefused while the address
    before could be put back.
    """
    with locking_user_and_clinics(lambda: target.user_id) as user, acting(actor) as actor:
        target = on_file(actor.account, target)
        permit(policies.can_free_address(actor, target) and target.user_id == user.pk)
        freeing_rules.require_address_can_be_freed(target)
        address = user.email
        if target.has_been_here and freeing_rules.is_login_of_one_clinic(target):
            _retire(user, member=target)
        target.released_at, target.released_email = database_now(), address
        target.touch("released_at", "released_email")
        facts = {"email": address}
        record(Activity.Verb.ADDRESS_FREED, account=actor.account, actor=actor, subject=target, details=facts)
    return address


def _retire(user: User, *, member: Member) -> None:
    """Take the address from the login, and all that opens it. Invitations stay with the mailbox (A58)."""
    address = user.email
    end_sign_ins(user)
    forget_two_factor(user)
    forget_open_changes(user)
    user.email, user.password, user.is_active = f"retired-{user.pk}{User.RETIRED_AT}", make_password(None), False
    user.save(update_fields=["email", "password", "is_active"])
    leave_with_address(waiting_invitations(user).exclude(member=member), email=address, linked_at=address)
