"""Sign and read the links in mails.

A link is an HMAC-SHA256 over ids (A22): a dump of the database or of the broker holds nothing that opens a door (A23),
and sending the same mail again sends the same link.
"""

from dataclasses import dataclass
from typing import Self

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac

from accounts.models import Invitation, User


@dataclass(frozen=True)
class InvitationLink:
    """What an invitation link says: which invitation, and which version of it."""

    invitation_id: int
    version: int

    _signer = Signer(salt="accounts.invitation", sep=".")

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        """The link that works for `invitation` now."""
        return cls(invitation.pk, invitation.version)

    @classmethod
    def read(cls, token: str) -> Self | None:
        """Read a token from an address; None where it is not whole or not ours."""
        try:
            invitation_id, version = InvitationLink._signer.unsign(token).split("-")
            return cls(int(invitation_id), int(version))
        except (BadSignature, ValueError):
            return None

    def token(self) -> str:
        """The token for an address."""
        return self._signer.sign(f"{self.invitation_id}-{self.version}")


@dataclass(frozen=True)
class ConfirmationLink:
    """What an email confirmation link says: which user, and (as a fingerprint) which address."""

    user_id: int
    address: str

    _signer = Signer(salt="accounts.confirmation", sep=".")

    @staticmethod
    def _fingerprint(user: User) -> str:
        return salted_hmac("accounts.confirmation.address", user.email, algorithm="sha256").hexdigest()[:32]

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
        """The token for an address."""
        return self._signer.sign(f"{self.user_id}-{self.address}")

    def confirms(self, user: User) -> bool:
        """Whether this link is about `user` and the address they have now (A25)."""
        return self.user_id == user.pk and self.address == self._fingerprint(user)
