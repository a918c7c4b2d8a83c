"""When a change of address that an administrator asked for can still be confirmed (C2).

What somebody asked for themselves is theirs. The page says it early, and the action holds it under the lock.
"""

from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.errors import ActionRefused
from accounts.core.other_clinics import belongs_to_records_elsewhere
from accounts.models import EmailChange, Member


def why_asker_may_not(change: EmailChange) -> str:
    """Say why an administrator's change can't be confirmed any more; "" where it can, or is the person's own.

    Whoever asked must still be allowed to: their person may have become an owner, or have joined another clinic.
    """
    asker = change.asked_by
    if asker is None:
        return ""
    people = Member.objects.filter(user=change.user_id, account=asker.account_id, released_at=None)
    member = people.select_related("account", "user").first()
    may_edit = member is not None and asker.user.is_active and policies.can_edit_member(asker, member)
    if member is not None and may_edit and not why_no_new_address(member, actor=asker):
        return ""
    words = _(
        "%(name)s of %(clinic)s, who asked for this, can’t change your email address any more, so nothing was changed. "
        "You can change it yourself under Sign-in and security."
    )
    return words % {"name": asker.full_name, "clinic": asker.account.name}


def require_asker_still_may(change: EmailChange) -> None:
    """Raise ActionRefused where an administrator asked for the change who may not any more (A40, A70)."""
    if reason := why_asker_may_not(change):
        raise ActionRefused(reason)


def why_no_new_address(member: Member, *, actor: Member) -> str:
    """Say what stands between `actor` and another sign-in address of `member` (C2); an empty text where nothing does.

    The address of somebody who is invited, or never had a password, is corrected at once. Anybody else’s new one is
    asked to confirm.
    """
    if not member.has_joined:
        return _no_new_login_words(member)
    if member.pk == actor.pk:
        words = _("You sign in with this address. Change it under Sign-in and security, in the menu with your name.")
    elif member.is_owner:
        words = _("%(name)s is an owner of this account, so only they can change it.")
    elif has_never_signed_in(member):
        return ""
    elif not member.is_present:
        words = _("%(name)s signs in with this address. Make them active again first to change it.")
    elif member.user.is_staff or belongs_to_records_elsewhere(member):
        words = _(
            "%(name)s uses this login for more than this clinic, so only they can change it: in the menu with their "
            "name, under Sign-in and security."
        )
    else:
        return ""
    return words % {"name": member.first_name}


def _no_new_login_words(member: Member) -> str:
    """Who left stays who they are: nobody else comes back in their place, with all that they did here (A68)."""
    if not member.has_been_here:
        return ""
    words = _(
        "%(name)s left with this address and comes back with it. If they can’t read mail there any more, cancel the "
        "invitation and add them as a new user."
    )
    return words % {"name": member.first_name}


def has_never_signed_in(member: Member) -> bool:
    """Whether `member` was brought over and nobody has ever had a password for their login, or read mail at it.

    So the address is no more than what the file said, and can be as wrong as one that was typed in an invitation (A70).
    """
    user = member.user
    has_shown_up = user.has_usable_password() or user.email_confirmed_at is not None or user.is_staff
    return member.has_joined and not has_shown_up
