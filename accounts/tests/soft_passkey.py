"""A passkey in software: it makes keys and signs as a device does, from what a page asks (WebAuthn Level 3)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from bs4 import BeautifulSoup
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from webauthn.helpers import bytes_to_base64url

from accounts.identity.two_factor.passkeys import ceremony as passkeys
from accounts.models import Passkey, User
from accounts.tests.factories import PASSWORD

SITE = "http://testserver"
HOST = "testserver"
NEW = reverse("accounts:passkey_new")
PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class SoftPasskey:
    """One key pair. What it says of itself can be bent, to be refused."""

    origin: str = SITE
    host: str = HOST
    flags: int = PRESENT | VERIFIED
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def id(self) -> str:
        """Its name to the browser, as it is stored."""
        return bytes_to_base64url(self.credential_id)

    def make(self, question: str) -> str:
        """Answer the question for a new passkey, as JSON."""
        client_data = self._client_data("webauthn.create", question)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | HAS_KEY) + self._public()}
        said = {"attestationObject": bytes_to_base64url(cbor2.dumps(attestation)), "transports": ["internal"]}
        return self._answer(client_data, said)

    def show(self, question: str) -> str:
        """Answer the question for this passkey, as JSON."""
        self.count += 1 if self.count else 0
        client_data, data = self._client_data("webauthn.get", question), self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        said = {"authenticatorData": bytes_to_base64url(data), "signature": bytes_to_base64url(signature)}
        return self._answer(client_data, said)

    def _client_data(self, kind: str, question: str) -> bytes:
        challenge = json.loads(question)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)

    def _answer(self, client_data: bytes, said: dict[str, Any]) -> str:
        response = {"clientDataJSON": bytes_to_base64url(client_data), **said}
        return json.dumps({"id": self.id, "rawId": self.id, "type": "public-key", "response": response})


def question_on(page: HttpResponse, attribute: str = "data-passkey-show") -> str:
    """What a page has the browser ask a passkey; "" where it does not."""
    found = BeautifulSoup(page.content, "html.parser").select_one(f"[{attribute}]")
    return str(found[attribute]) if found else ""


def new_question_on(page: HttpResponse) -> str:
    """What a page has the browser ask for a new passkey."""
    return question_on(page, "data-passkey-new")


def add(browser: Client, passkey: SoftPasskey, **fields: str) -> HttpResponse:
    """Add it on the page for that, with the password."""
    answer = passkey.make(new_question_on(browser.get(NEW)))
    return browser.post(NEW, {"name": "My phone", "passkey": answer, "reverify_password": PASSWORD, **fields})


def give_passkey(user: User, *, name: str = "My phone") -> SoftPasskey:
    """Let `user` have a passkey."""
    passkey = SoftPasskey()
    new = passkeys.read_new(user, passkey.make(passkeys.ask_for_new(user)))
    Passkey.objects.create(
        user=user,
        name=name,
        credential_id=new.credential_id,
        public_key=new.public_key,
        last_challenge_at=new.challenged_at,
        created_at=new.challenged_at,
    )
    return passkey


def asked(user: User) -> str:
    """A question for a passkey of `user`, as a page has it."""
    return passkeys.ask_for_one_of(user, user.passkeys.all())
