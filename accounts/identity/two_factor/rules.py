"""Who has to have two-factor authentication, who can do without it, and whose can be reset (A34, A35, A66)."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import policies
from accounts.core.errors import ActionRefused
from accounts.core.other_clinics import reaches_records_elsewhere
from accounts.models import Member, User
from clinic.clock import database_now


def why_no_two_factor_reset(member: Member) -> str:
    """Say what stands between `member` and resetting their two-factor authentication (A35); empty where nothing does.

    One clinic does not weaken how somebody signs in to another, or to our support site. Where that stands between, our
    support has a way (`accounts.identity.two_factor.recovery.actions`), so that nobody is left without one (A70).
    """
    if member.is_owner:
        words = _(
            "%(name)s is an owner of this account, so only they can change how they sign in: with a backup code, or "
            "with the help of %(support)s."
        )
    elif not member.is_active:
        words = _("%(name)s is inactive. Make them active again first.")
    elif not member.has_joined:
        words = _("%(name)s has not accepted the invitation yet.")
    elif not member.user.has_two_factor:
        words = _("%(name)s has no two-factor authentication, so there is nothing to reset.")
    elif member.user.is_staff or reaches_records_elsewhere(member):
        words = _(
            "%(name)s uses this login for more than this clinic, so only they can change how they sign in: with a "
            "backup code, or with the help of %(support)s."
        )
    else:
        return ""
    support = settings.SUPPORT_EMAIL or _("%(product)s support") % {"product": settings.PRODUCT_NAME}
    return words % {"name": member.full_name, "support": support}


def require_two_factor_can_be_reset(member: Member) -> None:
    """Raise ActionRefused where it can't be (A35)."""
    if reason := why_no_two_factor_reset(member):
        raise ActionRefused(reason)


def support_needs_two_factor(user: User) -> bool:
    """Whether `user` is of our support and has to have two-factor authentication for that (A66)."""
    return settings.SUPPORT_REQUIRES_TWO_FACTOR and policies.is_support(user)


def why_two_factor_stays_on(user: User) -> str:
    """Why `user` can't turn their two-factor authentication off, as a sentence; empty where they can (A34, A66)."""
    if support_needs_two_factor(user):
        return _("You work in support, which requires two-factor authentication, so it can’t be turned off.")
    mine = Member.objects.present().filter(user=user).select_related("account")
    now = database_now()
    asking = sorted(each.account.name for each in mine if each.account.requires_two_factor_at(now))
    words = ngettext(
        "%(clinics)s asks everybody for two-factor authentication, so it can’t be turned off.",
        "%(clinics)s ask everybody for two-factor authentication, so it can’t be turned off.",
        len(asking),
    )
    return words % {"clinics": ", ".join(asking)} if asking else ""


def require_two_factor_can_go(user: User) -> None:
    """Raise ActionRefused if `user` has to have it: for support, or by now for a clinic (A34, A66)."""
    if reason := why_two_factor_stays_on(user):
        raise ActionRefused(reason)


def why_last_factor_stays(user: User) -> str:
    """Why `user` can't remove the one app or passkey they have, as a sentence; empty if they have several."""
    return "" if user.passkeys.count() + user.has_authenticator > 1 else last_factor_words(user)


def last_factor_words(user: User) -> str:
    """What `user` can do instead of removing their only two-factor method."""
    if why_two_factor_stays_on(user):
        return _("This is your only two-factor method. Add another before you remove it.")
    return _("This is your only two-factor method. Add another before you remove it, or turn two-factor off.")
