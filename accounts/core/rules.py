"""Rules that a form says early and an action holds under the lock: one wording, one place."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.core.details import MemberDetails
from accounts.core.errors import ActionRefused, AlreadyMember
from accounts.core.other_clinics import belongs_to_records_elsewhere
from accounts.models import Account, Dispute, EmailChange, Member, User
from clinic.clock import database_now


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


def why_no_owner(member: Member) -> str:
    """Say what stands between `member` and becoming an owner (S29); an empty text where nothing does."""
    if member.is_owner:
        words = _("%(name)s is an owner already.")
    elif not member.is_active:
        words = _("%(name)s is inactive. Make them active again first.")
    elif not member.has_joined:
        words = _("%(name)s has not accepted the invitation yet.")
    elif not member.is_administrator:
        words = _("%(name)s is not an administrator. Change their security role first.")
    elif not member.user.can_sign_in:
        words = _("%(name)s can’t sign in at the moment.")
    elif member.user.email_confirmed_at is None:
        words = _("%(name)s has yet to confirm their email address.")
    else:
        return ""
    return words % {"name": member.full_name}


def require_can_become_owner(member: Member) -> None:
    """Raise ActionRefused where `member` is no active administrator who has accepted and can sign in (S29, A40)."""
    if reason := why_no_owner(member):
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


def is_invited_by(member: Member, details: MemberDetails) -> bool:
    """Whether changing `member`, who has been in the clinic, to `details` means that they have to accept an invitation.

    It does for who left by their own decision (A70), and at another address for who has never signed in.
    """
    if member.released_at is not None or not member.has_joined:
        return False
    changes = details.differences(MemberDetails.of(member))
    is_back = details.is_active and "is_active" in changes and member.left_at is not None
    return is_back or ("email" in changes and has_never_signed_in(member))


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


def signs_in_elsewhere(member: Member) -> bool:
    """Whether the login of `member` opens another clinic, which has no part in what this one does to it. One query.

    What takes protection off the login asks more of it: see `accounts.core.other_clinics`.
    """
    others = Member.objects.present().filter(user=member.user_id).exclude(account=member.account_id)
    return others.exists()


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


def has_another_administrator(administrator: Member) -> bool:
    """Whether somebody else who can sign in can add and change users when `administrator` is none any more (A41).

    Somebody who was brought over and has yet to choose a password may never do so.
    """
    others = Member.objects.filter(account=administrator.account_id).administrators().exclude(pk=administrator.pk)
    return others.able_to_sign_in().exists()


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


def has_another_owner(owner: Member) -> bool:
    """Whether the account keeps an owner who can sign in when `owner` is none any more (S34)."""
    others = Member.objects.filter(account_id=owner.account_id).owners().exclude(pk=owner.pk)
    return others.exists()


def has_another_to_confirm(member: Member) -> bool:
    """Whether somebody else who can sign in could bring `member` back: an owner, for one who is an owner (A70)."""
    return has_another_owner(member) if member.is_owner else has_another_administrator(member)


def require_another_owner(owner: Member) -> None:
    """Raise ActionRefused where `owner` is the only one left (S34, A41, C17)."""
    if not has_another_owner(owner):
        raise ActionRefused(only_owner_words(owner))


def only_owner_words(owner: Member) -> str:
    """Why an owner stays one, where nobody else could act for the account."""
    return _("%(name)s is the only owner who can sign in. Make another administrator an owner first.") % {
        "name": owner.full_name
    }


def require_confirmed_address(user: User) -> None:
    """Raise ActionRefused where `user` has yet to confirm their address: support answers there (A63)."""
    if user.email_confirmed_at is None:
        words = _("Confirm your email address first: open the link in the email that we sent to %(email)s.")
        raise ActionRefused(words % {"email": user.email})


def has_open_dispute(account: Account) -> bool:
    """Whether a request about who owns `account` is open: it's not erased before support has settled it (A72)."""
    return Dispute.objects.open().filter(account=account).exists()


def starts_thirty_days(dispute: Dispute) -> bool:
    """Whether settling `dispute` gives its closed account thirty days again: nothing else holds up erasing it (A72).

    While it is locked something does; unlocking gives them.
    """
    account = dispute.account
    others = Dispute.objects.open().filter(account=account).exclude(pk=dispute.pk)
    return account.closed_at is not None and account.locked_at is None and not others.exists()
