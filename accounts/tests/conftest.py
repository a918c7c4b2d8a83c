"""Browsers of the cast; an owner with all that could be taken from somebody, another owner, somebody of support."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Invitation, Member, OutboundEmail, User
from accounts.tests.address_changes import pending_change
from accounts.tests.belongings import HER_PASSWORD, Belongings
from accounts.tests.owners import administrator_of
from accounts.tests.support_desk import support_staff
from accounts.tests.two_factor import enrolled
from clinic.clock import database_now
from practitioners.models import ReferenceNumber
from practitioners.tests.factories import rests, works


@pytest.fixture
def olive(cast, sign_in) -> Client:
    """The owner's browser."""
    return sign_in(cast.owner)


@pytest.fixture
def adam(cast, sign_in) -> Client:
    """The administrator's browser."""
    return sign_in(cast.administrator)


@pytest.fixture
def with_grace(settings) -> None:
    """Five minutes in which a password that was shown counts for what comes next."""
    settings.REVERIFY_GRACE_SECONDS = 300


@pytest.fixture
def otto(cast) -> Member:
    """Another owner."""
    return administrator_of(cast.clinic, "Otto", "Oh", is_owner=True)


@pytest.fixture
def hers(cast, otto, sign_in) -> Belongings:
    """What is Olive's. She came by an invitation, sees patients, is signed in, and two mails with links wait for her.

    Her password is hers alone, and her address is not confirmed yet: a login like that is the easiest to take over.
    """
    now, user = database_now(), User.objects.get(pk=cast.owner.user_id)
    user.set_password(HER_PASSWORD)
    user.email_confirmed_at = None
    user.save()
    cast.owner.user = user
    cast.owner.mobile, cast.owner.is_practitioner = "0400 111 222", True
    cast.owner.save()
    practitioner = works(cast.owner)
    rests(cast.owner)
    ReferenceNumber.objects.create(practitioner=practitioner, kind="Provider number", number="123456")
    Invitation.objects.create(
        member=cast.owner, invited_by=otto, sent_at=now, expires_at=now + timedelta(days=7), accepted_at=now
    )
    for kind in (OutboundEmail.Kind.EMAIL_CONFIRMATION, OutboundEmail.Kind.PASSWORD_RESET):
        OutboundEmail.objects.create(kind=kind, user=user, next_attempt_at=now, created_at=now)
    enrolled(cast.owner)
    pending_change(cast.owner)
    return Belongings.of(cast.owner, sign_in(user))


@pytest.fixture
def tess(cast) -> Member:
    """Another administrator, no owner, with two-factor authentication, who is asked to sign in with another address."""
    tess = enrolled(administrator_of(cast.clinic, "Tess", "Tan"))
    pending_change(tess, asked_by=cast.administrator)
    return tess


@pytest.fixture(params=["an administrator", "another owner"])
def somebody_else(request, cast, otto) -> Member:
    """Whoever tries to change what is Olive's: each test runs for both."""
    return {"an administrator": cast.administrator, "another owner": otto}[request.param]


@pytest.fixture
def sam(db) -> User:
    """Sam of support, who is in no clinic."""
    return support_staff()


@pytest.fixture
def desk(sam, sign_in) -> Client:
    """Sam's browser."""
    return sign_in(sam)
