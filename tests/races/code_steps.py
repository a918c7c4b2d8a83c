"""Steps of the races about codes: each runner is a browser of its own in which the password has been shown."""

from typing import Any

import pyotp
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.core.origin import Origin
from accounts.identity.two_factor.actions import turn_on, use_code
from accounts.identity.two_factor.backup_codes import codes as backup_codes
from accounts.identity.two_factor.secrets import encrypt
from accounts.identity.two_factor.totp import codes as totp
from accounts.models import Authenticator, BackupCode, SignIn, User
from accounts.tests.soft_passkey import asked, give_passkey
from clinic.clock import database_now
from tests.races.steps import PASSWORD, Race

# Setting a race up


def set_up_two_factor(email: str) -> dict[str, Any]:
    """Let somebody have an app and backup codes; what the app shows now, and the codes."""
    user = User.objects.get(email=email)
    seed = totp.new_seed()
    Authenticator.objects.create(user=user, seed=encrypt(seed), created_at=timezone.now())
    codes = backup_codes.new_codes()
    parts = [backup_codes.name_and_secret(code) for code in codes]
    BackupCode.objects.bulk_create(
        BackupCode(user=user, name=name, hashed=backup_codes.hashed(secret)) for name, secret in parts
    )
    return {"code": pyotp.TOTP(seed).at(timezone.now()), "backup_codes": codes}


def set_up_passkey(email: str) -> str:
    """Let somebody have a passkey, which has answered what a page asked; the answer."""
    user = User.objects.get(email=email)
    passkey = give_passkey(user)
    return passkey.show(asked(user))


# Steps that race


def show_code(email: str, code: str, place: int, *, by_backup_code: bool = False) -> Race:
    """Enter a code after the password; whether it signed in. So many from one place would be told to wait."""
    browser = Client(REMOTE_ADDR=f"203.0.113.{place}")
    browser.post(reverse("accounts:login"), {"email": email, "password": PASSWORD})
    yield
    browser.post(reverse("accounts:two_factor_sign_in") + ("?with=backup" if by_backup_code else ""), {"code": code})
    return browser.get(reverse("accounts:security")).status_code == 200


def show_passkey(email: str, answer: str, place: int) -> Race:
    """Send the answer of a passkey after the password; whether it signed in."""
    browser = Client(REMOTE_ADDR=f"203.0.113.{place}")
    browser.post(reverse("accounts:login"), {"email": email, "password": PASSWORD})
    yield
    browser.post(reverse("accounts:two_factor_sign_in"), {"passkey": answer})
    return browser.get(reverse("accounts:security")).status_code == 200


def spend_code(email: str, code: str) -> Race:
    """Show a code at a page of one's own, such as the one that turns it off; whether it was taken."""
    user = User.objects.get(email=email)
    yield
    return use_code(user=user, code=code)


def turn_two_factor_on(email: str) -> Race:
    """Send the form that sets up a first app, each with another app; how many backup codes came."""
    user, seed = User.objects.get(email=email), totp.new_seed()
    yield
    code = pyotp.TOTP(seed).at(database_now())
    return len(turn_on(user=user, seed=seed, code=code, origin=Origin(), keep=None))


# Looking at what became of it


def second_factor_of(email: str) -> dict[str, int]:
    """How many apps and backup codes somebody has, and how often they were told."""
    user = User.objects.get(email=email)
    apps, told = Authenticator.objects.filter(user=user), user.security_events
    return {"apps": apps.count(), "codes": user.backup_codes.count(), "told": told.count()}


def sign_ins(email: str) -> int:
    """How many browsers somebody is signed in with."""
    return SignIn.objects.filter(user__email=email).count()
