"""Who may sign in, and how often one may try."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Member, User
from accounts.text import canonical_email
from clinic.client_ip import client_ip


class MemberBackend(ModelBackend):
    """Lets in those who can use at least one clinic, and our own support staff.

    Somebody made inactive everywhere is out at the next request, too (C3, C4, A16). With `joining`, a login without a
    clinic passes: to accept an invitation, or to open a clinic of one's own.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        joining: bool = False,
        **kwargs: Any,
    ) -> User | None:
        """Return the user with this address and password, or None. Takes as long for an unknown address (A9)."""
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            User().set_password(password)
            return None
        if not user.check_password(password or "") or not user.is_active:
            return None
        return user if joining or self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether this login opens any door: a clinic where they are present, or the support site."""
        return bool(user.is_active and (user.is_staff or Member.objects.filter(user=user).present().exists()))


@dataclass(frozen=True)
class Attempt:
    """How a try with a password went: the user, or None and, where the door is shut for a while, until when."""

    user: User | None
    locked_until: datetime | None = None


def try_password(request: HttpRequest, email: str, password: str, *, joining: bool = False) -> Attempt:
    """Check a password at any door; all doors share one throttle (A11, A20)."""
    email = canonical_email(email)
    if (until := locked_until(request, email)) is not None:
        return Attempt(None, until)
    user = authenticate(request, username=email, password=password, joining=joining)
    if isinstance(user, User):
        AxesProxyHandler.get_implementation().reset_user_attempts(request, {"username": email})
        return Attempt(user)
    return Attempt(None, locked_until(request, email))


def forgive(email: str) -> None:
    """Forget the failed tries with an address, for somebody who has just proved that the mailbox is theirs."""
    AxesProxyHandler.reset_attempts(username=canonical_email(email))


def locked_until(request: HttpRequest, email: str) -> datetime | None:
    """When the next try with this address from this place is taken; None where it is taken now."""
    cool_off = settings.AXES_COOLOFF_TIME
    tries = AccessAttempt.objects.filter(
        username=email, ip_address=client_ip(request), attempt_time__gte=timezone.now() - cool_off
    ).aggregate(count=Sum("failures_since_start"), last=Max("attempt_time"))
    if (tries["count"] or 0) < settings.AXES_FAILURE_LIMIT:
        return None
    until: datetime = tries["last"] + cool_off
    return until
