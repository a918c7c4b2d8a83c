"""When a change of address that an administrator asked for can still be confirmed (C2).

What somebody asked for themselves is theirs. The page says it early, and the action holds it under the lock.
"""

from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.errors import ActionRefused
from accounts.core.rules import why_no_new_address
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
