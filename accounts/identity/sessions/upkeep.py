"""Rows about sessions whose time is over."""

from datetime import timedelta

from django.db.models import Q

from accounts.core.network_limits import LONGEST_PERIOD
from accounts.models import (
    LimitedUse,
    SignIn,
    TrustedBrowser,
)
from accounts.models.account import SessionTimeout
from clinic.clock import database_now


def forget_expired_sign_ins() -> None:
    """Delete the rows of sign-ins, trusted browsers and counted requests whose time is over: they say who was where."""
    now = database_now()
    idle_since = now - timedelta(minutes=max(SessionTimeout))
    SignIn.objects.filter(Q(expires_at__lte=now) | Q(last_seen_at__lte=idle_since)).delete()
    TrustedBrowser.objects.filter(expires_at__lte=now).delete()
    LimitedUse.objects.filter(last_at__lte=now - LONGEST_PERIOD).delete()
