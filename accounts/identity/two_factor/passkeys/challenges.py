"""What a passkey is asked to sign: new each time, for one person and one purpose, good for ten minutes.

A challenge carries our signature instead of being kept, so that a page that asks for one writes nothing. That each is
answered once is held where a passkey is used: it takes none that is not newer than the last it answered (A30).
"""

import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.core import signing

from accounts.models import User
from clinic.clock import database_now

GOOD_FOR = timedelta(minutes=10)
_SIGNER = signing.Signer(salt="accounts.passkeys")
_RANDOM_BYTES = 16


class Purpose(StrEnum):
    """What the answer is for."""

    NEW = "new"
    SHOW = "show"


def new_challenge(purpose: Purpose, user: User) -> bytes:
    """Return something to sign that nobody was asked before."""
    micros = round(database_now().timestamp() * 1_000_000)
    return _SIGNER.sign_object([purpose, user.pk, micros, secrets.token_urlsafe(_RANDOM_BYTES)]).encode()


def given_out_at(challenge: bytes, purpose: Purpose, user: User) -> datetime | None:
    """When this challenge was made; None where it is not ours, was made for something else, or is too old."""
    try:
        made_for, user_id, micros, _random = _SIGNER.unsign_object(challenge.decode())
    except (signing.BadSignature, UnicodeDecodeError):
        return None
    moment = datetime.fromtimestamp(micros / 1_000_000, UTC)
    is_fresh = database_now() - moment < GOOD_FOR
    return moment if (made_for, user_id) == (purpose, user.pk) and is_fresh else None
