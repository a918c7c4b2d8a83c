"""Fixtures for every test: the cast, a signed-in client, and mail that goes out when a test says so.

The clinic is Harbour Physio. Olive owns it, Adam administers it, Rita is at the front desk, Paul sees patients. Ivy is
invited and has not joined. Xena administers another clinic and has no business here.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.models import Account, Member, OutboundEmail, User
from accounts.outbox.delivery import deliver
from accounts.tests.factories import AccountFactory, MemberFactory, PendingMemberFactory, UserFactory
from clinic.clock import database_now

pytest_plugins = ["tests.everyday", "tests.spent"]


def pytest_collection_finish() -> None:
    """What was read so far stays until the end: looking through it for garbage again and again is for nothing."""
    gc.collect()
    gc.freeze()


@dataclass
class Cast:
    """The people of the tests."""

    clinic: Account
    owner: Member
    administrator: Member
    receptionist: Member
    practitioner: Member
    invited: Member
    outsider: Member

    @property
    def other_clinic(self) -> Account:
        return self.outsider.account


def _member(clinic: Account, first: str, last: str, role: str, **fields: object) -> Member:
    user = UserFactory(email=f"{first.lower()}@harbour.example")
    return MemberFactory(account=clinic, user=user, first_name=first, last_name=last, role=role, **fields)


@pytest.fixture
def cast(db: None) -> Cast:
    """Harbour Physio and its people, and Xena of another clinic."""
    olive = UserFactory(email="olive@harbour.example")
    clinic = AccountFactory(name="Harbour Physio", slug="harbour-physio", creator=olive)
    owner = MemberFactory(
        account=clinic, user=olive, first_name="Olive", last_name="Owens", role=roles.ADMINISTRATOR, is_owner=True
    )
    administrator = _member(clinic, "Adam", "Adler", roles.ADMINISTRATOR)
    return Cast(
        clinic=clinic,
        owner=owner,
        administrator=administrator,
        receptionist=_member(clinic, "Rita", "Reyes", roles.RECEPTIONIST),
        practitioner=_member(clinic, "Paul", "Prasad", roles.PRACTITIONER, is_practitioner=True),
        invited=PendingMemberFactory(
            account=clinic,
            user=UserFactory(email="ivy@harbour.example", password=None, email_confirmed_at=None),
            first_name="Ivy",
            last_name="Ito",
            role=roles.PRACTITIONER,
            is_practitioner=True,
            invited_by=administrator,
        ),
        outsider=MemberFactory(
            account=AccountFactory(name="Elsewhere", slug="elsewhere"),
            user=UserFactory(email="xena@elsewhere.example"),
            first_name="Xena",
            last_name="Xu",
            role=roles.ADMINISTRATOR,
        ),
    )


@pytest.fixture
def sign_in() -> Callable[[Member | User], Client]:
    """Return a client signed in as somebody, in a browser of their own."""

    def _sign_in(who: Member | User) -> Client:
        client = Client()
        client.force_login(who if isinstance(who, User) else who.user, backend="accounts.authentication.MemberBackend")
        return client

    return _sign_in


@pytest.fixture
def url(cast: Cast) -> Callable[..., str]:
    """Return the address of a page of Harbour Physio: `url("member", 7)`."""

    def _url(name: str, *args: object) -> str:
        return reverse(f"accounts:{name}", args=[cast.clinic.slug, *args])

    return _url


@pytest.fixture
def deliver_mail(mailoutbox: list[mail.EmailMessage]) -> Callable[[], list[mail.EmailMessage]]:
    """Send what is due, as the worker does, and return every message sent so far in this test."""

    def _deliver() -> list[mail.EmailMessage]:
        for outbox_id in OutboundEmail.objects.due(database_now()).order_by("pk").values_list("pk", flat=True):
            deliver(outbox_id)
        return mailoutbox

    return _deliver
