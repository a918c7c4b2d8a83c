"""People with two-factor authentication, and clinics that ask for it, as rows: how they come to be, others test."""

from datetime import datetime

from webauthn.helpers import bytes_to_base64url

from accounts.models import Account, Authenticator, BackupCode, Member, Passkey, TrustedBrowser, User
from accounts.tests.authenticators import give_app
from clinic.clock import database_now


def enrolled(member: Member) -> Member:
    """Let the member's login have an authenticator app, a passkey, a backup code and a trusted browser."""
    now = database_now()
    give_app(member.user)
    Passkey.objects.create(
        user=member.user,
        name="A key",
        credential_id=bytes_to_base64url(str(member.user_id).encode()),
        public_key=b"a key",
        last_challenge_at=now,
        created_at=now,
    )
    BackupCode.objects.create(user=member.user, name="abcd", hashed="a hash")
    TrustedBrowser.objects.create(
        user=member.user, token_hash=f"{member.user_id}", created_at=now, last_used_at=now, expires_at=now
    )
    return member


def second_factor_of(user: User) -> list[int]:
    """How many authenticators, passkeys, backup codes and trusted browsers a login has."""
    return [model.objects.filter(user=user).count() for model in (Authenticator, Passkey, BackupCode, TrustedBrowser)]


def require_two_factor(clinic: Account, *, starts: datetime | None = None) -> None:
    """Let the clinic ask everybody for two-factor authentication, at once or from a moment on."""
    Account.objects.filter(pk=clinic.pk).update(require_two_factor=True, two_factor_from=starts)
