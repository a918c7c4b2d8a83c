"""What stands in the way of adding, changing and leaving: a form says it early, an action holds it under the lock."""

from django.utils.translation import gettext as _

from accounts.core import seat_rules
from accounts.core.details import MemberDetails
from accounts.core.email_changes import has_never_signed_in, why_no_new_address
from accounts.core.errors import ActionRefused, AlreadyMember
from accounts.core.who_can_act import has_another_administrator, has_another_owner
from accounts.models import Account, Member, User


def require_free_address(account: Account, email: str, *, apart_from: Member | None = None) -> None:
    """Raise AlreadyMember where somebody in this clinic has the address, active or not (C12).

    Someone whose address was let go has it no longer (A70).
    """
    others = Member.objects.filter(account=account, user__email=email, released_at=None)
    if apart_from is not None:
        others = others.exclude(pk=apart_from.pk)
    member = others.select_related("user").first()
    if member is None:
        return
    if member.is_active:
        words = _("%(name)s already has this email address in %(clinic)s.")
    else:
        words = _(
            "%(name)s has this email address and is inactive in %(clinic)s. If it’s the same person, make them active "
            "again. If someone else has the address now, free it first."
        )
    raise AlreadyMember(words % {"name": member.full_name, "clinic": account.name}, member=member)


def require_can_be_added(account: Account, details: MemberDetails) -> None:
    """Raise AlreadyMember (C12) or PlanFull (S20) where the clinic can't add someone with these details."""
    require_free_address(account, details.email)
    if details.is_practitioner:
        seat_rules.require_seat(account)


def is_invited_by(member: Member, details: MemberDetails) -> bool:
    """Whether changing `member`, who has been in the clinic, to `details` means that they have to accept an invitation.

    It does for who left by their own decision (A70), and at another address for who has never signed in.
    """
    if member.released_at is not None or not member.has_joined:
        return False
    changes = details.differences(MemberDetails.of(member))
    is_back = details.is_active and "is_active" in changes and member.left_at is not None
    return is_back or ("email" in changes and has_never_signed_in(member))


def require_address_can_change(member: Member, email: str, *, actor: Member) -> None:
    """Raise ActionRefused (field "email") or AlreadyMember where `actor` may not give `member` this address."""
    if reason := why_no_new_address(member, actor=actor):
        raise ActionRefused(reason, field="email")
    if member.has_joined and _is_of_cancelled_invitation(member.account, email):
        # It lets go once whoever reads mail there confirms (A70).
        return
    require_free_address(member.account, email, apart_from=member)


def _is_of_cancelled_invitation(account: Account, email: str) -> bool:
    """Whether the one who has this address here is inactive, never joined, and has no login."""
    holder = User.objects.filter(email=email, members__account=account).first()
    if holder is None or not holder.is_unclaimed:
        return False
    return not Member.objects.filter(account=account, user=holder, is_active=True).exists()


def require_another_administrator(member: Member) -> None:
    """Raise ActionRefused (field "role") where `member` is the only one who can add and change users (A41)."""
    if has_another_administrator(member):
        return
    words = _("%(name)s is the only administrator who can sign in. Make someone else an administrator first.")
    others = Member.objects.filter(account=member.account_id).administrators().exclude(pk=member.pk)
    without_password = others.order_by("last_name", "first_name", "pk").first()
    if without_password is not None:
        words = _(
            "%(name)s is the only administrator who can sign in. Make someone else an administrator first, or send "
            "%(other)s a password reset email: they have yet to choose a password."
        )
    raise ActionRefused(words % {"name": member.full_name, "other": without_password or ""}, field="role")


def why_no_leaving(member: Member) -> str:
    """Say what stands between `member`, who is present, and leaving the clinic; an empty text where nothing does.

    The clinic keeps an owner and an administrator (A41, C17). Two queries at most.
    """
    if member.is_owner and not has_another_owner(member):
        return _("You’re the only owner who can sign in. Make another administrator an owner first.")
    if member.is_administrator and not has_another_administrator(member):
        return _("You’re the only administrator who can sign in. Make someone else an administrator first.")
    return ""
