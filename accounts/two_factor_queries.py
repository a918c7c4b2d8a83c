"""What the pages about a login say of its second factor."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.db.models.functions import Now

from accounts.browsers import in_words
from accounts.models import Authenticator, BackupCode, TrustedBrowser, User

FEW_CODES = 3
BROWSERS_SHOWN = 50


@dataclass(frozen=True)
class TrustedNow:
    """A browser that is not asked for a code, and what it calls itself in words."""

    row: TrustedBrowser

    @property
    def name(self) -> str:
        """Browser and system."""
        return in_words(self.row.user_agent)


@dataclass(frozen=True)
class TwoFactor:
    """The second factor of somebody who has one."""

    since: datetime
    codes_left: int
    codes_made: int
    browsers: list[TrustedNow]

    @property
    def has_few_codes(self) -> bool:
        """Whether it is time to make new backup codes."""
        return self.codes_left <= FEW_CODES


def codes_left(user: User) -> int:
    """How many backup codes of `user` were not used."""
    return user.backup_codes.filter(used_at=None).count()


def two_factor_of(user: User) -> TwoFactor | None:
    """What `user` has; None where they sign in with the password alone. At most three queries."""
    authenticator = Authenticator.objects.filter(user=user).first()
    if authenticator is None:
        return None
    unused = Count("pk", filter=Q(used_at=None))
    codes = BackupCode.objects.filter(user=user).aggregate(left=unused, made=Count("pk"))
    browsers = TrustedBrowser.objects.filter(user=user, expires_at__gt=Now()).order_by("-last_used_at", "-pk")
    return TwoFactor(
        since=authenticator.created_at,
        codes_left=codes["left"],
        codes_made=codes["made"],
        browsers=[TrustedNow(row) for row in browsers[:BROWSERS_SHOWN]],
    )
