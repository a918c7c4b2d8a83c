"""An authenticator app, and a hand to type what it shows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import ModuleType
from unittest.mock import patch

import pyotp
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.identity.two_factor.backup_codes import codes as backup_codes
from accounts.identity.two_factor.secrets import decrypt, encrypt
from accounts.identity.two_factor.totp import codes as totp
from accounts.models import Authenticator, BackupCode, User
from accounts.tests.factories import PASSWORD
from clinic.clock import database_now

STEP = reverse("accounts:two_factor_sign_in")


def give_app(user: User) -> str:
    """Let `user` have two-factor authentication; returns the secret that their app holds."""
    seed = totp.new_seed()
    Authenticator.objects.create(user=user, seed=encrypt(seed), created_at=timezone.now())
    return seed


def give_backup_codes(user: User) -> list[str]:
    """Let `user` have ten backup codes; returns them as they are written down."""
    codes = backup_codes.new_codes()
    parts = [backup_codes.name_and_secret(code) for code in codes]
    BackupCode.objects.bulk_create(
        BackupCode(user=user, name=name, hashed=backup_codes.hashed(secret)) for name, secret in parts
    )
    return [backup_codes.as_written(code) for code in codes]


def shown(seed: str, *, at: datetime | None = None) -> str:
    """What the app shows now, or at another moment."""
    return pyotp.TOTP(seed).at(at or timezone.now())


def code_of(user: User) -> str:
    """What the app of `user` shows now."""
    return shown(decrypt(Authenticator.objects.get(user=user).seed))


def wrong(seed: str) -> str:
    """Six digits that the app shows neither now nor around now."""
    now = timezone.now()
    right = {shown(seed, at=now + timedelta(seconds=30 * offset)) for offset in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in right)


@contextmanager
def later(module: ModuleType, **passed: int) -> Iterator[None]:
    """Let so much time have passed on the database's clock, as `module` asks it."""
    with patch.object(module, "database_now", lambda: database_now() + timedelta(**passed)):
        yield


def key_on(page: HttpResponse) -> str:
    """The key that the set-up page shows."""
    found = re.search(r'id="key" value="([A-Z2-7 ]+)"', page.content.decode())
    assert found
    return found[1].replace(" ", "")


def show_password(client: Client, user: User, password: str = PASSWORD) -> HttpResponse:
    """The first step of signing in."""
    return client.post(reverse("accounts:login"), {"email": user.email, "password": password})


def show_code(client: Client, code: str, **fields: str) -> HttpResponse:
    """The second step."""
    return client.post(STEP, {"code": code, **fields})


def is_signed_in(client: Client) -> bool:
    """Whether this browser is anybody's."""
    return client.get(reverse("accounts:security")).status_code == 200
