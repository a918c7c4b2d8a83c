"""Whether the address of someone inactive can be freed for whoever has it now (A70)."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.models import Dispute, EmailChange, Member
from clinic.clock import database_now


def is_login_of_one_clinic(member: Member) -> bool:
    """Whether the login of `member` is of use in no other clinic, past ones included, nor to our support. One query."""
    been_there = Q(joined_at__isnull=False) | Q(left_at__isnull=False)
    others = Member.objects.filter(been_there, user=member.user_id, released_at=None)
    return not member.user.is_staff and not others.exclude(account=member.account_id).exists()


def require_address_can_be_freed(member: Member) -> None:
    """Raise ActionRefused where the address of `member`, who is inactive, can’t be let go now (A70)."""
    if EmailChange.objects.can_be_put_back(database_now()).filter(user=member.user_id).exists():
        words = _(
            "The sign-in address of %(name)s was changed recently, and that can still be undone. Try again later."
        )
        raise ActionRefused(words % {"name": member.full_name})
    if Dispute.objects.open().filter(filed_by=member).exists():
        words = _(
            "%(name)s has an open request about who owns the account. Free their address once support has settled it."
        )
        raise ActionRefused(words % {"name": member.full_name})
