"""Browsers that need not show a code for a while (C8)."""

from django.db import transaction

from accounts.core.origin import Origin
from accounts.identity.two_factor.trusted.cookie import TRUSTED_FOR, new_token, token_hash
from accounts.identity.users import lock_user_as_shown, record_event
from accounts.models import SecurityEvent, TrustedBrowser, User
from clinic.clock import database_now


def trust_browser(*, user: User, origin: Origin) -> str:
    """Trust the browser that a request came from; returns the token that it is to hold. Clears away what ran out.

    `user` has just shown all that signing in takes. Raises SignInAgain where that may no longer be enough.
    """
    token, now = new_token(), database_now()
    with transaction.atomic():
        user = lock_user_as_shown(user)
        TrustedBrowser.objects.filter(user=user, expires_at__lte=now).delete()
        TrustedBrowser.objects.create(
            user=user,
            token_hash=token_hash(token),
            created_at=now,
            last_used_at=now,
            expires_at=now + TRUSTED_FOR,
            ip_address=origin.ip_address,
            user_agent=origin.user_agent,
        )
        record_event(SecurityEvent.Kind.BROWSER_TRUSTED, user=user, origin=origin)
    return token


def use_trusted_browser(*, user: User, token: str) -> bool:
    """Whether a browser that holds `token` is trusted by `user` now; notes that it was used."""
    now = database_now()
    trusted = TrustedBrowser.objects.filter(user=user, token_hash=token_hash(token), expires_at__gt=now)
    return bool(trusted.update(last_used_at=now))


def forget_browser(*, user: User, browser_id: int) -> bool:
    """Ask for a code again in one of `user`'s trusted browsers; whether there was such a one."""
    deleted, _by_model = TrustedBrowser.objects.filter(user=user, pk=browser_id).delete()
    return bool(deleted)


def forget_other_browsers(user: User, token: str) -> int:
    """Ask for a code again in every browser but the one that holds `token`. For use inside another action.

    Returns how many were trusted.
    """
    forgotten, _by_model = TrustedBrowser.objects.filter(user=user).exclude(token_hash=token_hash(token)).delete()
    return forgotten


def forget_all_browsers(*, user: User) -> None:
    """Ask for a code again in every browser."""
    TrustedBrowser.objects.filter(user=user).delete()
