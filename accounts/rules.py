"""Rules that a form says early and an action holds under the lock: one wording, one place."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.details import MemberDetails
from accounts.errors import ActionRefused, AlreadyMember, PlanFull
from accounts.models import Account, EmailChange, Member, OutboundEmail, User
from clinic.clock import database_now

MOST_INVITED_BEFORE_CONFIRMATION = 5


def seats_in_use(account: Account) -> int:
    """How many practitioners count against the plan now."""
    return Member.objects.filter(account=account).holding_seat().count()


def require_seat(account: Account) -> None:
    """Raise PlanFull where the plan has no seat for one more practitioner (S20)."""
    plan = account.plan_details
    if seats_in_use(account) < plan.seats:
        return
    words = ngettext(
        "Your plan, %(plan)s, has room for %(seats)s practitioner, and that place is taken.",
        "Your plan, %(plan)s, has room for %(seats)s practitioners and all of them are taken.",
        plan.seats,
    )
    full = words % {"plan": plan.name, "seats": plan.seats}
    raise PlanFull(f"{full} {_('Change the plan under Settings, Subscription.')}")


def needs_place(member: Member) -> bool:
    """Whether inviting `member`, who holds no seat, again is refused for want of one (S20)."""
    account = member.account
    return member.is_practitioner and seats_in_use(account) >= account.plan_details.seats


def require_seat_for(member: Member, details: MemberDetails) -> None:
    """Raise PlanFull where changing `member` to `details` takes a seat that they do not hold and none is left."""
    claims = (
        {"is_active", "is_practitioner"} if member.has_joined else {"is_active", "is_practitioner", "email", "role"}
    )
    if not details.is_active or not details.is_practitioner:
        return
    # A corrected address or role sends a new invitation, which holds a seat again where the old one had expired.
    if not claims & details.differences(MemberDetails.of(member)).keys():
        return
    if not Member.objects.filter(pk=member.pk).holding_seat().exists():
        require_seat(member.account)


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
    elif not member.user.is_active or not member.user.has_usable_password():
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
    elif member.user.is_staff or _belongs_elsewhere(member):
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


def _belongs_elsewhere(member: Member) -> bool:
    others = Member.objects.filter(user=member.user_id, joined_at__isnull=False, released_at=None)
    exists: bool = others.exclude(account=member.account_id).exists()
    return exists


def is_login_of_one_clinic(member: Member) -> bool:
    """Whether the login of `member` is of use in no other clinic, past ones included, nor to our support. One query."""
    return not member.user.is_staff and not _belongs_elsewhere(member)


def require_address_can_be_freed(member: Member) -> None:
    """Raise ActionRefused where the address of `member`, who is inactive, can’t be let go now (A70)."""
    if EmailChange.objects.can_be_put_back(database_now()).filter(user=member.user_id).exists():
        words = _("The sign-in address of %(name)s was changed in the last three days. Free it after that.")
        raise ActionRefused(words % {"name": member.full_name})


def signs_in_elsewhere(member: Member) -> bool:
    """Whether the login of `member` opens another clinic, which has no part in what this one does to it.

    Unlike another address, which lasts, that is of no use in a clinic where they are inactive. One query.
    """
    others = Member.objects.present().filter(user=member.user_id).exclude(account=member.account_id)
    exists: bool = others.exists()
    return exists


def require_address_can_change(member: Member, email: str, *, actor: Member) -> None:
    """Raise ActionRefused (field "email") or AlreadyMember where `actor` may not give `member` this address."""
    if reason := why_no_new_address(member, actor=actor):
        raise ActionRefused(reason, field="email")
    require_free_address(member.account, email, apart_from=member)
    if not member.has_joined or has_never_signed_in(member):
        require_confirmed_creator(member.account)


def require_can_object(change: EmailChange) -> None:
    """Raise ActionRefused where the old address has nothing to object to any more, or no say."""
    if change.ended_at is not None:
        raise ActionRefused(_("This change was stopped already. There is nothing left to do here."))
    if not change.old_was_confirmed or change.objection_ends_at <= database_now():
        raise ActionRefused(_("This link no longer works: it is more than 72 hours old."))


def has_another_administrator(administrator: Member) -> bool:
    """Whether somebody else can add and change users when `administrator` is none any more (A41)."""
    others = Member.objects.filter(account_id=administrator.account_id).administrators().exclude(pk=administrator.pk)
    exists: bool = others.exists()
    return exists


def why_no_leaving(member: Member) -> str:
    """Say what stands between `member`, who is present, and leaving the clinic; an empty text where nothing does.

    The clinic keeps an owner and an administrator (A41, C17). Two queries at most.
    """
    if member.is_owner and not has_another_owner(member):
        return _("You are the only owner who can sign in. Make another administrator an owner first.")
    if member.is_administrator and not has_another_administrator(member):
        return _("You are the only administrator. Make somebody else an administrator first.")
    return ""


def has_another_owner(owner: Member) -> bool:
    """Whether the account keeps an owner who can sign in when `owner` is none any more (S34)."""
    others = Member.objects.filter(account_id=owner.account_id).owners().exclude(pk=owner.pk)
    exists: bool = others.exists()
    return exists


def require_another_owner(owner: Member) -> None:
    """Raise ActionRefused where `owner` is the only one left (S34, A41, C17)."""
    if not has_another_owner(owner):
        raise ActionRefused(only_owner_words(owner))


def only_owner_words(owner: Member) -> str:
    """Why an owner stays one, where nobody else could act for the account."""
    return _("%(name)s is the only owner who can sign in. Make another administrator an owner first.") % {
        "name": owner.full_name
    }


def has_unconfirmed_creator(account: Account) -> bool:
    """Whether whoever made the clinic has yet to confirm their address (A57). One query at most."""
    return account.creator is not None and account.creator.email_confirmed_at is None


def require_confirmed_address(user: User) -> None:
    """Raise ActionRefused where `user` has yet to confirm their address: support answers there (A63)."""
    if user.email_confirmed_at is None:
        words = _("Confirm your email address first: open the link in the email that we sent to %(email)s.")
        raise ActionRefused(words % {"email": user.email})


def require_confirmed_creator(account: Account) -> None:
    """Raise ActionRefused where the clinic's creator has yet to confirm their address and five are invited (A57).

    Counts over all clinics of that creator, and an invitation to a corrected address as one more, but none for one that
    the invited person took along to another address (A61). An account that was imported has no creator; whoever runs
    the site vouches for it.
    """
    if not has_unconfirmed_creator(account):
        return
    assert account.creator
    mails = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION, activity__isnull=False)
    of_theirs = mails.filter(invitation__member__account__creator=account.creator_id)
    if of_theirs.values("invitation", "mailbox").distinct().count() < MOST_INVITED_BEFORE_CONFIRMATION:
        return
    raise ActionRefused(
        _(
            "%(email)s has not been confirmed yet, and until it is, %(most)s people can be invited. Open the link in "
            "the email from %(product)s with the subject “Confirm your email address”, then try again."
        )
        % {
            "email": account.creator.email,
            "most": MOST_INVITED_BEFORE_CONFIRMATION,
            "product": settings.PRODUCT_NAME,
        }
    )
