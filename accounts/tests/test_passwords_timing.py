"""Whoever cannot sign in is refused after the same work, whatever the reason (A9).

How long that takes on the clock is measured by benchmarks/sign_in_timing.py; here what takes the time is counted.
"""

import re
from contextlib import contextmanager

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

WRONG = "not the password at all"
REASONS = {
    "unknown": ("unknown@harbour.example", WRONG),
    "invited": ("ivy@harbour.example", WRONG),
    "inactive": ("left@harbour.example", PASSWORD),
    "inactive, wrong password": ("left@harbour.example", WRONG),
    "switched off": ("off@harbour.example", PASSWORD),
    "in no clinic": ("nowhere@harbour.example", PASSWORD),
    "wrong password": ("rita@harbour.example", WRONG),
}


@pytest.fixture(autouse=True)
def _hashed_as_in_production(settings):
    """The cheap hash of the tests would prove nothing."""
    settings.PASSWORD_HASHERS = [
        f"django.contrib.auth.hashers.{each}" for each in ("Argon2PasswordHasher", "MD5PasswordHasher")
    ]


@pytest.fixture
def people(_hashed_as_in_production, cast):
    """Somebody for each reason."""
    MemberFactory(account=cast.clinic, user=UserFactory(email="left@harbour.example"), is_active=False)
    MemberFactory(account=cast.clinic, user=UserFactory(email="off@harbour.example", is_active=False))
    UserFactory(email="nowhere@harbour.example")


@pytest.fixture
def counted_hashes(monkeypatch):
    """A context in which the hashes that are computed are collected."""
    done: list[str] = []

    def counting(name):
        real = getattr(Argon2PasswordHasher, name)

        def counted(self, *args, **kwargs):
            done.append(name)
            return real(self, *args, **kwargs)

        return counted

    @contextmanager
    def _counted():
        done.clear()
        yield done

    for name in ("encode", "verify"):
        monkeypatch.setattr(Argon2PasswordHasher, name, counting(name))
    return _counted


def refuse(reason: str):
    email, password = REASONS[reason]
    answer = Client().post("/login/", {"email": email, "password": password})
    assert answer.status_code == 422


@pytest.mark.parametrize("reason", REASONS)
def test_one_hash_is_computed_whatever_the_reason(people, counted_hashes, reason):
    with counted_hashes() as done:
        refuse(reason)

    assert len(done) == 1


def test_the_same_queries_are_asked_whatever_the_reason(people):
    """In the same order, each with the same words but for what it looks for."""
    asked = {}
    for reason in REASONS:
        with CaptureQueriesContext(connection) as captured:
            refuse(reason)
        AccessAttempt.objects.all().delete()
        asked[reason] = [re.split(r" WHERE | VALUES | \"s\d", query["sql"])[0] for query in captured]

    differing = {reason: len(queries) for reason, queries in asked.items() if queries != asked["unknown"]}
    assert differing == {}
