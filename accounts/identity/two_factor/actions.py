"""Setting up two-factor authentication, using it, and doing without it (A29 to A33)."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.identity.two_factor import rules as two_factor_rules
from accounts.identity.two_factor.backup_codes import codes as backup_codes
from accounts.identity.two_factor.recovery.actions import note_sign_of_life
from accounts.identity.two_factor.secrets import decrypt, encrypt
from accounts.identity.two_factor.totp import codes as totp
from accounts.identity.users import (
    changing_user,
    end_sign_ins,
    forget_two_factor,
    lock_own_user,
    record_event,
)
from accounts.models import Authenticator, BackupCode, SecurityEvent, User
from clinic.clock import database_now

Kind = SecurityEvent.Kind


def turn_on(*, user: User, seed: str, code: str, origin: Origin, keep: int | None) -> list[str]:
    """Take a first authenticator app into use, which has shown its code.

    Returns ten backup codes, which exist in plain only here. Every sign-in but `keep` ends (A17). Raises ActionRefused
    where there is two-factor authentication already, and with the field "code" where that is not the app's.
    """
    return turn_on_with(lambda user: _take_into_use(user, seed, code), user=user, origin=origin, keep=keep)


def turn_on_with(
    take_into_use: Callable[[User], None],
    *,
    user: User,
    origin: Origin,
    keep: int | None,
    details: dict[str, Any] | None = None,
) -> list[str]:
    """Turn two-factor authentication on with whatever `take_into_use` adds; as `turn_on`. For use inside an action."""
    codes = backup_codes.new_codes()
    rows = _rows(user, codes)
    with changing_user(user) as user:
        if user.has_two_factor:
            raise ActionRefused(_("Two-factor authentication is on already. Open the page again to add to it."))
        take_into_use(user)
        _put_in_place(user, rows)
        end_sign_ins(user, apart_from=keep)
        record_event(Kind.TWO_FACTOR_ON, user=user, origin=origin, details=details)
    return codes


def change_app(*, user: User, seed: str, code: str, origin: Origin, keep: int | None) -> None:
    """Take an authenticator app that has shown its code into use, in the place of the one there is; as `turn_on`.

    The backup codes and passkeys stay. Raises ActionRefused where there is no two-factor authentication any more.
    """
    with changing_user(user) as user:
        require_two_factor(user)
        had_one = _forget_authenticator(user)
        _take_into_use(user, seed, code)
        end_sign_ins(user, apart_from=keep)
        record_event(Kind.AUTHENTICATOR_REPLACED if had_one else Kind.AUTHENTICATOR_ADDED, user=user, origin=origin)


def remove_app(*, user: User, origin: Origin, keep: int | None) -> None:
    """Do without the authenticator app; as `turn_on`. Raises ActionRefused where there is nothing beside it."""
    with changing_user(user) as user:
        if not _forget_authenticator(user):
            return
        require_two_factor_left(user)
        end_sign_ins(user, apart_from=keep)
        record_event(Kind.AUTHENTICATOR_REMOVED, user=user, origin=origin)


def turn_off(*, user: User, origin: Origin, keep: int | None) -> None:
    """Sign in with the password alone from now on. Raises ActionRefused while more is asked of them."""
    with changing_user(user) as user:
        two_factor_rules.require_two_factor_can_go(user)
        if not user.has_two_factor:
            return
        forget_two_factor(user)
        end_sign_ins(user, apart_from=keep)
        record_event(Kind.TWO_FACTOR_OFF, user=user, origin=origin)


def make_backup_codes(*, user: User, origin: Origin, keep: int | None) -> list[str]:
    """Make ten new codes; those from before are worth nothing. Every sign-in but `keep` ends (A17).

    Raises ActionRefused without two-factor authentication.
    """
    codes = backup_codes.new_codes()
    rows = _rows(user, codes)
    with changing_user(user) as user:
        require_two_factor(user)
        _put_in_place(user, rows)
        end_sign_ins(user, apart_from=keep)
        record_event(Kind.BACKUP_CODES_MADE, user=user, origin=origin)
    return codes


def use_code(*, user: User, code: str) -> bool:
    """Use up a code of the app; False where it is wrong, or was used: also by another request just now (A30).

    Raises Unreadable where the key that the app's secret was encrypted with is no longer there.
    """
    authenticator = Authenticator.objects.filter(user=user).first()
    step = totp.matching_step(decrypt(authenticator.seed), code, database_now()) if authenticator else None
    if authenticator is None or step is None:
        return False
    unused = Authenticator.objects.filter(pk=authenticator.pk, last_step__lt=step)
    if not unused.update(last_step=step):
        return False
    note_sign_of_life(user)
    return True


def use_backup_code(*, user: User, code: str, origin: Origin) -> bool:
    """Use up a backup code, as typed; False where it is none, or was used: also by another request just now (A32).

    Raises SignInAgain where the login is gone.
    """
    name, secret = backup_codes.name_and_secret(backup_codes.typed(code))
    found = BackupCode.objects.filter(user=user, name=name, used_at=None).first()
    if found is None or not check_password(secret, found.hashed):
        return False
    with transaction.atomic():
        user = lock_own_user(user)
        if not BackupCode.objects.filter(pk=found.pk, used_at=None).update(used_at=database_now()):
            return False
        left = user.backup_codes.filter(used_at=None).count()
        record_event(Kind.BACKUP_CODE_USED, user=user, origin=origin, details={"left": left})
    note_sign_of_life(user)
    return True


def require_two_factor(user: User) -> None:
    """Raise ActionRefused where it is off. For use inside another action."""
    if not user.has_two_factor:
        words = _("Two-factor authentication was turned off meanwhile. Open the page again to set it up anew.")
        raise ActionRefused(words)


def require_two_factor_left(user: User) -> None:
    """Raise ActionRefused where what was just taken away was all there was. For use inside another action."""
    if not user.has_two_factor:
        raise ActionRefused(two_factor_rules.last_factor_words(user))


def wrong_code_words() -> str:
    """Why a code of the app was not taken, and what to do."""
    return _(
        "That code is not right. Enter the one your app shows now; each works once. If it keeps being refused, check "
        "that the phone’s clock is set automatically."
    )


def unreadable_words() -> str:
    """Why no code of the app is taken: our key was lost, not theirs."""
    return _("Codes of your app can’t be checked just now, through no fault of yours. Use a backup code.")


def _take_into_use(user: User, seed: str, code: str) -> None:
    """Raises ActionRefused where `code` is not one that the app shows around now."""
    now = database_now()
    step = totp.matching_step(seed, code, now)
    if step is None:
        raise ActionRefused(wrong_code_words(), field="code")
    Authenticator.objects.create(user=user, seed=encrypt(seed), last_step=step, created_at=now)


def _put_in_place(user: User, rows: list[BackupCode]) -> None:
    user.backup_codes.all().delete()
    BackupCode.objects.bulk_create(rows)


def _forget_authenticator(user: User) -> bool:
    """Whether there was one."""
    deleted, _by_model = Authenticator.objects.filter(user=user).delete()
    return bool(deleted)


def _rows(user: User, codes: list[str]) -> list[BackupCode]:
    """Hashing takes a while on purpose; it is done before the lock is taken."""
    parts = [backup_codes.name_and_secret(code) for code in codes]
    return [BackupCode(user=user, name=name, hashed=backup_codes.hashed(secret)) for name, secret in parts]
