"""Sign and read the links in mails.

A link is an HMAC-SHA256 over ids (A22): a dump of the database or of the broker lets nobody in (A23), and sending the
same mail again sends the same link.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Self

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone

from accounts.models import EmailChange, Invitation, TwoFactorRecovery, User
from clinic.clock import database_now


class _ResetTokens(PasswordResetTokenGenerator):
    """Django's, with the hour counted by the clock of the database, as machines' clocks may differ (R15)."""

    def _now(self) -> datetime:
        return timezone.make_naive(database_now(), UTC)


reset_tokens = _ResetTokens()


@dataclass(frozen=True)
class InvitationLink:
    """What an invitation link says: which invitation, which version of it, and how it came.

    A link that an administrator copied was `by_hand`: whoever holds it has not shown that they read mail at the
    address, since the administrator holds it too (A57).
    """

    invitation_id: int
    version: int
    by_hand: bool = False

    _signer = Signer(salt="accounts.invitation", sep=".")

    @classmethod
    def of(cls, invitation: Invitation, *, by_hand: bool = False) -> Self:
        """The link that works for `invitation` now."""
        return cls(invitation.pk, invitation.version, by_hand)

    @classmethod
    def read(cls, token: str) -> Self | None:
        """Read a token from an address; None where it is not whole or not ours."""
        try:
            invitation_id, version, way = InvitationLink._signer.unsign(token).split("-")
            return cls(int(invitation_id), int(version), way == "hand")
        except (BadSignature, ValueError):
            return None

    def token(self) -> str:
        return self._signer.sign(f"{self.invitation_id}-{self.version}-{'hand' if self.by_hand else 'mail'}")

    def asks_for_login(self, user: User) -> bool:
        """Whether joining takes the password that `user` has, rather than a new one (C4).

        It does for a login of its own. By a link that proves no mailbox, it does wherever the login opens anything yet:
        one that was brought over with its clinic has no password, and must not be given its first one by a stranger.
        """
        return user.is_trusted or user.is_staff or (self.by_hand and not user.is_unclaimed)


@dataclass(frozen=True)
class ConfirmationLink:
    """What an email confirmation link says: which user, and (as a fingerprint) which address."""

    user_id: int
    address: str

    _signer = Signer(salt="accounts.confirmation", sep=".")

    @staticmethod
    def _fingerprint(user: User) -> str:
        # No key: the whole link is signed, and one that changed would make the link another.
        return sha256(user.email.encode()).hexdigest()[:32]

    @classmethod
    def of(cls, user: User) -> Self:
        """The link that confirms the address `user` has now."""
        return cls(user.pk, cls._fingerprint(user))

    @classmethod
    def read(cls, token: str) -> Self | None:
        """Read a token from an address; None where it is not whole or not ours."""
        try:
            user_id, address = ConfirmationLink._signer.unsign(token).split("-")
            return cls(int(user_id), address)
        except (BadSignature, ValueError):
            return None

    def token(self) -> str:
        return self._signer.sign(f"{self.user_id}-{self.address}")

    def confirms(self, user: User) -> bool:
        """Whether this link is about `user` and the address they have now (A25)."""
        return self.user_id == user.pk and self.address == self._fingerprint(user)


class Side(StrEnum):
    """Who a link about a change of address was mailed to, and so what it is for."""

    NEW = "new"
    OLD = "old"


@dataclass(frozen=True)
class EmailChangeLink:
    """What a link about a change of address says: which change, and whether it confirms or objects (C2)."""

    change_id: int
    side: Side

    _signer = Signer(salt="accounts.email_change", sep=".")

    @classmethod
    def of(cls, change: EmailChange, side: Side) -> Self:
        """The link of that side. It goes on working for as long as the row says."""
        return cls(change.pk, side)

    @classmethod
    def read(cls, token: str, side: Side) -> Self | None:
        """Read a token from an address that is for one side; None where it is not whole, not ours or the other's."""
        try:
            change_id, found = EmailChangeLink._signer.unsign(token).split("-")
            return cls(int(change_id), side) if found == side else None
        except (BadSignature, ValueError):
            return None

    def token(self) -> str:
        return self._signer.sign(f"{self.change_id}-{self.side}")


@dataclass(frozen=True)
class RecoveryLink:
    """The link by which a two-factor reset of support is stopped: which one. It works until that has ended (A70)."""

    recovery_id: int

    _signer = Signer(salt="accounts.two_factor_recovery", sep=".")

    @classmethod
    def of(cls, recovery: TwoFactorRecovery) -> Self:
        """The link that goes to the address of its person."""
        return cls(recovery.pk)

    @classmethod
    def read(cls, token: str) -> Self | None:
        """Read a token from an address; None where it is not whole or not ours."""
        try:
            return cls(int(RecoveryLink._signer.unsign(token)))
        except (BadSignature, ValueError):
            return None

    def token(self) -> str:
        return self._signer.sign(str(self.recovery_id))


def site_address(path: str) -> str:
    """The full address of a page, from the configured site and never from a request's Host header (A47)."""
    return f"{settings.SITE_URL}{path}"


def invitation_url(invitation: Invitation, *, by_hand: bool = False) -> str:
    """The address that the invited person opens. It works until the invitation's version changes.

    `by_hand` marks one that is not mailed but handed over by an administrator.
    """
    token = InvitationLink.of(invitation, by_hand=by_hand).token()
    return site_address(reverse("accounts:invitation", args=[token]))
