"""Passkeys (WebAuthn Level 3): what the browser is asked, and what its answer says."""

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
import webauthn
from django.conf import settings
from django.utils.crypto import salted_hmac
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.identity.two_factor.passkeys.challenges import Purpose, given_out_at, new_challenge
from accounts.models import Passkey, User

logger = structlog.get_logger(__name__)

# As long as the browser waits for somebody to find their key, in milliseconds.
PATIENCE = 5 * 60 * 1000
# A device asks for a finger, a face or a PIN each time: it is two factors in one, and may take the password's place.
_VERIFICATION = UserVerificationRequirement.REQUIRED


class NotTaken(Exception):
    """The browser's answer is not one to take. `is_old`: it came too late, or there was another one since."""

    def __init__(self, *, is_old: bool = False) -> None:
        super().__init__()
        self.is_old = is_old


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that was just made."""

    credential_id: str
    public_key: bytes
    sign_count: int
    transports: list[str]
    challenged_at: datetime


@dataclass(frozen=True)
class Shown:
    """A passkey that has just signed: what it counts, and when it was asked to."""

    sign_count: int
    challenged_at: datetime


def are_possible() -> bool:
    """Whether browsers know passkeys for this site at all: it needs a name, an address of numbers has none."""
    try:
        ipaddress.ip_address(settings.SITE.host.strip("[]"))
    except ValueError:
        return True
    return False


def ask_for_new(user: User) -> str:
    """What the browser needs to make a passkey for `user`, as JSON. One query."""
    options = webauthn.generate_registration_options(
        rp_id=settings.SITE.host,
        rp_name=settings.PRODUCT_NAME,
        # It stays on the device, so that it names nobody and is another one for each person.
        user_id=salted_hmac("accounts.passkeys", str(user.pk), algorithm="sha256").digest(),
        user_name=user.email,
        user_display_name=user.email,
        challenge=new_challenge(Purpose.NEW, user),
        timeout=PATIENCE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFICATION
        ),
        exclude_credentials=_descriptors(user.passkeys.all()),
    )
    return webauthn.options_to_json(options)


def ask_for_one_of(user: User, passkeys: Iterable[Passkey]) -> str:
    """What the browser needs to have one of these passkeys of `user` sign, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=settings.SITE.host,
        challenge=new_challenge(Purpose.SHOW, user),
        timeout=PATIENCE,
        allow_credentials=_descriptors(passkeys),
        user_verification=_VERIFICATION,
    )
    return webauthn.options_to_json(options)


def read_new(user: User, answer: str) -> NewPasskey:
    """Read the answer to `ask_for_new`. Raises NotTaken."""
    challenge, moment = _challenge_of(user, answer, Purpose.NEW)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=settings.SITE.host,
            expected_origin=settings.SITE.url,
            require_user_verification=True,
        )
        transports = webauthn.helpers.parse_registration_credential_json(answer).response.transports
    except Exception as error:
        raise _not_taken(error) from error
    return NewPasskey(
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=[each.value for each in transports or []],
        challenged_at=moment,
    )


def credential_id(answer: str) -> str:
    """Which passkey an answer says that it is of; "" where it does not say."""
    try:
        found = json.loads(answer)["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) and found.isascii() and found.isprintable() else ""


def check(user: User, passkey: Passkey, answer: str) -> Shown:
    """Check the answer of `passkey` to `ask_for_one_of`. Raises NotTaken."""
    challenge, moment = _challenge_of(user, answer, Purpose.SHOW)
    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=settings.SITE.host,
            expected_origin=settings.SITE.url,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:
        raise _not_taken(error) from error
    return Shown(shown.new_sign_count, moment)


def _challenge_of(user: User, answer: str, purpose: Purpose) -> tuple[bytes, datetime]:
    """The challenge that was answered, if it was one of ours, and when it was given out. Raises NotTaken."""
    try:
        said = parse_client_data_json(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
    except Exception as error:
        raise _not_taken(error) from error
    moment = given_out_at(said.challenge, purpose, user)
    if moment is None:
        raise NotTaken(is_old=True)
    return said.challenge, moment


def _not_taken(error: Exception) -> NotTaken:
    """Whatever the library makes of bytes that anybody may send: it is no passkey of ours, and not a failure either."""
    logger.info("passkey_not_taken", because=type(error).__name__, detail=str(error)[:200])
    return NotTaken()


def _descriptors(passkeys: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(passkey.credential_id),
            transports=[AuthenticatorTransport(each) for each in passkey.transports],
        )
        for passkey in passkeys
    ]
