"""What the pages about a login say of its two-factor authentication."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from accounts.core.browsers import in_words
from accounts.identity.two_factor.passkeys import ceremony as passkeys
from accounts.models import Authenticator, BackupCode, Passkey, TrustedBrowser, User
from clinic.clock import DatabaseNow

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
    """The two-factor authentication of somebody who has it. `app_since` is empty where it is passkeys alone."""

    app_since: datetime | None
    passkeys: list[Passkey]
    codes_left: int
    codes_made: int
    browsers: list[TrustedNow]

    @property
    def has_several(self) -> bool:
        """Whether one of them can be taken away, and signing in still takes more than the password."""
        return len(self.passkeys) + (self.app_since is not None) > 1

    @property
    def has_few_codes(self) -> bool:
        """Whether it is time to make new backup codes."""
        return self.codes_left <= FEW_CODES


def codes_left(user: User) -> int:
    """How many backup codes of `user` were not used."""
    return user.backup_codes.filter(used_at=None).count()


def passkey_question(user: User) -> str:
    """What the browser needs to ask for a passkey of `user`, as JSON; "" where they have none that works here."""
    mine = list(user.passkeys.order_by("pk")) if passkeys.are_possible() else []
    return passkeys.ask_for_one_of(user, mine) if mine else ""


def two_factor_of(user: User) -> TwoFactor | None:
    """What `user` has; None where they sign in with the password alone. At most four queries."""
    authenticator = Authenticator.objects.filter(user=user).first()
    mine = list(user.passkeys.order_by("pk"))
    if authenticator is None and not mine:
        return None
    unused = Count("pk", filter=Q(used_at=None))
    codes = BackupCode.objects.filter(user=user).aggregate(left=unused, made=Count("pk"))
    browsers = TrustedBrowser.objects.filter(user=user, expires_at__gt=DatabaseNow()).order_by("-last_used_at", "-pk")
    return TwoFactor(
        app_since=authenticator.created_at if authenticator else None,
        passkeys=mine,
        codes_left=codes["left"],
        codes_made=codes["made"],
        browsers=[TrustedNow(row) for row in browsers[:BROWSERS_SHOWN]],
    )
