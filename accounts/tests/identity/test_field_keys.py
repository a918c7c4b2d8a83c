"""The keys of what is encrypted in the database: which ones, how they are changed, what is refused (A33)."""

import base64
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.identity.two_factor import secrets
from accounts.models import Authenticator
from accounts.tests.authenticators import give_app
from clinic.checks import secrets_have_a_key_of_their_own
from clinic.configuration import field_encryption_keys

pytestmark = pytest.mark.database

OLD, NEW, OTHER = ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", Fernet.generate_key().decode(), "a" * 43 + "=")
SECRET_KEY = "a-key-for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF"


def rotate():
    said = StringIO()
    call_command("rotate_field_keys", stdout=said)
    return said.getvalue().strip()


def stored():
    return Authenticator.objects.get().seed


# Changing the key


@pytest.fixture
def seed(cast, settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    return give_app(cast.receptionist.user)


def test_after_rotating_the_new_key_alone_reads_it(seed, settings):
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert rotate() == "Encrypted with the first key: 1."

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert secrets.decrypt(stored()) == seed


def test_before_rotating_the_new_key_alone_reads_nothing(seed, settings):
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(secrets.Unreadable):
        secrets.decrypt(stored())


def test_what_none_of_the_keys_reads_stays_as_it_is_and_is_said(cast, seed, settings):
    lost = stored()
    settings.FIELD_ENCRYPTION_KEYS = [OTHER]
    give_app(cast.practitioner.user)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OTHER]

    with pytest.raises(CommandError, match="1 could be read with none of the keys"):
        rotate()

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert Authenticator.objects.get(user=cast.receptionist.user).seed == lost
    assert secrets.decrypt(Authenticator.objects.get(user=cast.practitioner.user).seed)


@pytest.mark.usefixtures("seed")
def test_rotating_uses_up_no_code(settings):
    Authenticator.objects.update(last_step=7)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    with CaptureQueriesContext(connection) as queries:
        rotate()

    [update] = [each["sql"] for each in queries if each["sql"].startswith("UPDATE")]
    assert "last_step" not in update


# Which keys


def test_keys_that_are_given_come_first_and_what_was_encrypted_before_there_were_any_stays_readable():
    [derived] = field_encryption_keys([], [SECRET_KEY])

    assert field_encryption_keys([NEW, OLD], [SECRET_KEY]) == [NEW, OLD, derived]


def test_without_any_they_are_made_of_the_secret_key_and_the_former_ones_so_that_what_was_encrypted_stays_readable():
    [before] = field_encryption_keys([], [SECRET_KEY])
    keys = field_encryption_keys([], ["another" * 10, SECRET_KEY])

    assert keys[0] != before == keys[1]
    assert base64.urlsafe_b64encode(SECRET_KEY.encode()[:32]).decode() not in keys


@pytest.mark.parametrize("key", ["short", "ä" * 44, base64.urlsafe_b64encode(b"x" * 31).decode(), "-" * 43])
def test_what_is_no_key_stops_the_start_with_how_to_make_one(key):
    with pytest.raises(ImproperlyConfigured, match="os.urandom"):
        field_encryption_keys([NEW, key], [SECRET_KEY])


@pytest.mark.parametrize(
    ("are_set", "is_local", "warned"), [(False, False, ["clinic.W002"]), (True, False, []), (False, True, [])]
)
def test_a_site_without_keys_of_its_own_is_warned(settings, are_set, is_local, warned):
    settings.FIELD_KEYS_ARE_SET, settings.SITE_IS_LOCAL = are_set, is_local

    assert [each.id for each in secrets_have_a_key_of_their_own(None)] == warned
