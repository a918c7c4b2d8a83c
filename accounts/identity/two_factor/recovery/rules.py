"""Whose two-factor authentication our support can reset, when, and who of support (A70, PRODUCT B9)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.models import Authenticator, EmailChange, Member, Passkey, TwoFactorRecovery, User
from clinic.clock import database_now

# Each opening is mail to everybody concerned.
MOST_OPENED = 3
COUNTED_FOR = timedelta(days=30)


def why_no_recovery(user: User) -> str:
    """Say what stands between `user` and a reset by support; an empty text where nothing does."""
    if user.is_staff:
        words = _("%(email)s works in support. The person who runs the site gives them a new login instead.")
    elif not user.is_active:
        words = _("%(email)s was switched off, so it signs in nowhere.")
    elif user.is_unproved:
        words = _(
            "%(email)s has yet to be confirmed. Have them ask for a password reset on the sign-in page: choosing a "
            "password by its link confirms the address and turns two-factor authentication off."
        )
    elif not user.has_two_factor:
        words = _("%(email)s has no two-factor authentication, so there is nothing to reset.")
    elif EmailChange.objects.can_be_put_back(database_now()).filter(user=user).exists():
        words = _(
            "%(email)s is new, and the address before it can still undo the change. Try again once it no longer can: "
            "in three days, or in two weeks if the address was changed several times."
        )
    else:
        return ""
    return words % {"email": user.email}


def require_recovery_can_open(user: User) -> None:
    """Raise ActionRefused where it can't, where one is open, or where there were enough of late."""
    if reason := why_no_recovery(user):
        raise ActionRefused(reason)
    now = database_now()
    mine = TwoFactorRecovery.objects.filter(user=user)
    if mine.waiting().exists():
        raise ActionRefused(_("A two-factor reset for %(email)s has been started already.") % {"email": user.email})
    if mine.filter(opened_at__gt=now - COUNTED_FOR).count() >= MOST_OPENED:
        words = _(
            "%(count)s two-factor resets were started for %(email)s within %(days)s days. Find out who stops them "
            "before you start another."
        )
        raise ActionRefused(words % {"count": MOST_OPENED, "email": user.email, "days": COUNTED_FOR.days})


def require_waiting(recovery: TwoFactorRecovery) -> None:
    """Raise ActionRefused where it has ended, or nobody completed it in time."""
    if recovery.ended_at is not None:
        words = _("This two-factor reset has ended already: %(how)s.")
        raise ActionRefused(words % {"how": recovery.get_outcome_display()})
    if not recovery.is_waiting_at(database_now()):
        raise ActionRefused(_("This two-factor reset has lapsed: no one completed it in time. Start another."))


def require_can_complete(recovery: TwoFactorRecovery, *, user: User, staff: User) -> None:
    """Raise ActionRefused before its time, where another of support has to do it, or where the login is not as it was.

    Whoever opened it leaves it to somebody else of support, if there is anybody.
    """
    require_waiting(recovery)
    if not recovery.is_due_at(database_now()):
        words = _("This two-factor reset can be completed from %(moment)s.")
        raise ActionRefused(words % {"moment": moment_for_support(recovery.due_at)})
    if reason := why_no_recovery(user):
        raise ActionRefused(reason)
    if user.email != recovery.email:
        words = _("The address was changed from %(old)s to %(new)s since. Withdraw this, and find out who is asking.")
        raise ActionRefused(words % {"old": recovery.email, "new": user.email})
    if recovery.opened_by_id == staff.pk and others_of_support(staff=staff, user=user).exists():
        raise ActionRefused(_("You started this two-factor reset, so someone else of support has to complete it."))


def others_of_support(*, staff: User, user: User) -> "QuerySet[User]":
    """Who of support beside `staff` could complete a reset for `user`: can sign in, and is in none of their clinics."""
    found = User.objects.filter(is_staff=True, is_active=True).exclude(pk__in=[staff.pk, user.pk])
    # Nobody can sign in with a password that was never set.
    found = found.exclude(Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX))
    if settings.SUPPORT_REQUIRES_TWO_FACTOR:
        apps, keys = (Exists(model.objects.filter(user=OuterRef("pk"))) for model in (Authenticator, Passkey))
        found = found.filter(apps | keys)
    return found.exclude(Exists(_shared_clinics(OuterRef("pk"), user)))


def shares_a_clinic(staff: User, user: User) -> bool:
    """Whether both have joined one: then somebody else of support has to help. An invitation keeps no one off (A61)."""
    return _shared_clinics(staff, user).exists()


def _shared_clinics(staff: User | OuterRef, user: User) -> "QuerySet[Member]":
    joined = Member.objects.filter(joined_at__isnull=False)
    return joined.filter(user=staff, account__in=joined.filter(user=user).values("account"))


def require_clinic_can_stop(recovery: TwoFactorRecovery, *, actor: Member, target: Member) -> None:
    """Raise ActionRefused where it has ended, or where `actor`'s clinic has stopped one for `target` lately.

    A clinic stops one in thirty days, so that it can't shut out somebody who has clinics of their own; it makes them
    inactive where it no longer trusts the login.
    """
    require_waiting(recovery)
    lately = TwoFactorRecovery.objects.filter(user=recovery.user_id, ended_at__gt=database_now() - COUNTED_FOR)
    if lately.filter(stopped_by__account=actor.account_id).exists():
        words = _(
            "Your clinic has stopped a two-factor reset for %(name)s within the last %(days)s days. Write to "
            "%(support)s if this one is wrong, too."
        )
        facts = {"name": target.full_name, "days": COUNTED_FOR.days, "support": settings.SUPPORT_EMAIL}
        raise ActionRefused(words % facts)


def moment_for_support(moment: datetime) -> str:
    """A moment as the pages of support write it."""
    local = timezone.localtime(moment)
    return f"{formats.date_format(local, 'j M Y, H:i')} {timezone.get_current_timezone_name()}"
