"""What old code sent off before it was stopped reaches the new: messages to workers, links in mails, sessions.

The formats are written out here with nothing but hashes, so that one that changes fails, and its author has to say how
those who hold an old one go on. The other way round, rows that newer code wrote are no trouble to this one.
"""

import base64
import hmac
import inspect
import json
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils.http import int_to_base36

from accounts.core.tokens import ConfirmationLink, EmailChangeLink, InvitationLink, Side
from accounts.models import Activity, OutboundEmail, SecurityEvent, SignIn, User
from accounts.tests.authenticators import is_signed_in
from clinic.celery import app as celery
from clinic.clock import database_now
from conftest import Cast
from tests.upgrades.released import MESSAGES

IVY = User(pk=17, email="ivy@harbour.example", password="a hash")
KEY = "k" * 32
NEWER = "something_newer"


def authenticated(purpose: str, text: str) -> "hmac.HMAC":
    """An HMAC-SHA256 under a key that is the hash of the purpose and `SECRET_KEY`."""
    key = sha256(f"{purpose}{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, text.encode(), sha256)


def signed(purpose: str, text: str) -> str:
    """The token of a link: the text, a full stop, and the signature in the alphabet of addresses."""
    signature = authenticated(f"{purpose}signer", text).digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


# Messages


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_of_any_release_is_one_that_the_workers_understand(name: str):
    """As it comes out of JSON."""
    celery.loader.import_default_modules()
    task = celery.tasks[name]

    inspect.signature(task.run).bind(*json.loads(json.dumps(MESSAGES[name])))


def test_every_task_that_there_is_stands_among_the_messages():
    """So that one that is taken out later is still known to have been published."""
    celery.loader.import_default_modules()

    assert {name for name in celery.tasks if not name.startswith("celery.")} == set(MESSAGES)


# Links


@pytest.mark.parametrize(("way", "by_hand"), [("mail", False), ("hand", True)])
def test_an_invitation_that_was_mailed_or_handed_over_is_read(way: str, by_hand: bool):
    token = signed("accounts.invitation", f"17-3-{way}")

    assert InvitationLink.read(token) == InvitationLink(17, 3, by_hand)


def test_a_link_that_confirms_an_address_is_read():
    token = signed("accounts.confirmation", f"17-{sha256(IVY.email.encode()).hexdigest()[:32]}")

    assert ConfirmationLink.read(token).confirms(IVY)


@pytest.mark.parametrize("side", ["new", "old"])
def test_a_link_about_a_change_of_address_is_read(side: str):
    token = signed("accounts.email_change", f"7-{side}")

    assert EmailChangeLink.read(token, Side(side)) == EmailChangeLink(7, Side(side))


def test_a_link_that_resets_a_password_is_read():
    """Django's: seconds since 2001, and half the digits of a signature over what a new password changes."""
    seconds = int((datetime.now() - datetime(2001, 1, 1)).total_seconds())
    purpose = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
    digits = authenticated(purpose, f"{IVY.pk}{IVY.password}{seconds}{IVY.email}").hexdigest()[::2]

    assert default_token_generator.check_token(IVY, f"{int_to_base36(seconds)}-{digits}")


@pytest.mark.parametrize(
    ("name", "token", "path"),
    [
        ("invitation", ["17-3-mail.x"], "/invitations/17-3-mail.x/"),
        ("email", ["17-x"], "/email/17-x/"),
        ("email_change_link", ["7-new.x"], "/email/change/7-new.x/"),
        ("email_objection_link", ["7-old.x"], "/email/objection/7-old.x/"),
        ("password_reset_link", ["MTc", "x-y"], "/password/reset/MTc/x-y/"),
        ("login", [], "/login/"),
    ],
)
def test_the_addresses_in_mails_are_where_they_were(name: str, token: list[str], path: str):
    assert reverse(f"accounts:{name}", args=token) == path


# Sessions


@pytest.mark.django_db
def test_whoever_is_signed_in_stays_so(cast: Cast):
    """Since the release with passkeys, which stores keys as hashes; sessions from before it are nobody's."""
    user, now = cast.receptionist.user, database_now()
    sign_in = SignIn.objects.create(user=user, started_at=now, last_seen_at=now, expires_at=now + timedelta(days=1))
    purpose = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
    content = {
        "_auth_user_id": str(user.pk),
        "_auth_user_backend": "accounts.authentication.MemberBackend",
        "_auth_user_hash": authenticated(purpose, user.password).hexdigest(),
        "signed_in_at": now.timestamp(),
        "sign_in": sign_in.pk,
    }
    data = signing.dumps(content, salt="django.contrib.sessions.SessionStore", compress=True)
    Session.objects.create(
        session_key=sha256(KEY.encode()).hexdigest()[:40], session_data=data, expire_date=now + timedelta(days=1)
    )
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = KEY

    assert is_signed_in(client)


# What newer code wrote


@pytest.mark.django_db
def test_what_is_done_under_a_name_that_this_code_does_not_know_is_shown_by_that_name(cast, sign_in, url):
    Activity.objects.create(account=cast.clinic, actor=cast.administrator, subject=cast.practitioner, verb=NEWER)
    SecurityEvent.objects.create(user=cast.administrator.user, kind=NEWER, created_at=database_now())
    client = sign_in(cast.administrator)

    assert NEWER in client.get(url("member", cast.practitioner.pk)).text
    assert NEWER in client.get(reverse("accounts:security")).text


@pytest.mark.django_db
def test_mail_of_a_kind_that_this_code_does_not_know_stands_in_no_other_mails_way(cast, deliver_mail):
    owed = {"user": cast.receptionist.user, "created_at": database_now(), "next_attempt_at": database_now()}
    OutboundEmail.objects.create(kind=NEWER, **owed)
    OutboundEmail.objects.create(kind=OutboundEmail.Kind.PASSWORD_RESET, **owed)

    assert [message.to for message in deliver_mail()] == [[cast.receptionist.user.email]]
