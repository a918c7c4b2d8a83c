"""Encrypt what the database has to keep and must not be able to read (A33)."""

from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """Encrypted with a key that is no longer among the settings."""


def encrypt(text: str) -> str:
    """Encrypt with the first of FIELD_ENCRYPTION_KEYS."""
    return _box(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Decrypt with whichever of FIELD_ENCRYPTION_KEYS fits. Raises Unreadable."""
    try:
        return _box(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def renew(encrypted: str) -> str:
    """Encrypt anew with the first key what any of them encrypted. Raises Unreadable."""
    try:
        return _box(tuple(settings.FIELD_ENCRYPTION_KEYS)).rotate(encrypted.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
