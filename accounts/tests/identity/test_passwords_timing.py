"""Whoever cannot sign in is refused after the same work, whatever the reason (A9).

How long that takes on the clock is measured by benchmarks/sign_in_timing.py; here what takes the time is counted. On
other pages the address alone must not tell either, not even by the time (A67).
"""

import random
import re
import statistics
import time
from contextlib import contextmanager
from itertools import combinations

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, Argon2PasswordHasher, make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from accounts.models import EmailChange, LimitedUse, OutboundEmail, User
from accounts.outbox.reset_requests import answer_what_was_asked
from accounts.tests.attacks import sign_up
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

WRONG = "not the password at all"
HASHERS = [f"django.contrib.auth.hashers.{each}" for each in ("Argon2PasswordHasher", "MD5PasswordHasher")]
TIMED, WARM_UP, MOST_ATTEMPTS = 200, 5, 8
REASONS = {
    "unknown": ("unknown@harbour.example", WRONG),
    "invited": ("ivy@harbour.example", WRONG),
    "inactive": ("left@harbour.example", PASSWORD),
    "inactive, wrong password": ("left@harbour.example", WRONG),
    "switched off": ("off@harbour.example", PASSWORD),
    "in no clinic": ("nowhere@harbour.example", PASSWORD),
    "wrong password": ("rita@harbour.example", WRONG),
}


@pytest.fixture
def people(cast, settings, argon2_hash):
    """Somebody for each reason, with hashes as in production: the cheap one of the tests would prove nothing."""
    MemberFactory(account=cast.clinic, user=UserFactory(email="left@harbour.example"), is_active=False)
    MemberFactory(account=cast.clinic, user=UserFactory(email="off@harbour.example", is_active=False))
    UserFactory(email="nowhere@harbour.example")
    UserFactory(email="new@harbour.example", email_confirmed_at=None)
    User.objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).update(password=argon2_hash)
    settings.PASSWORD_HASHERS = HASHERS


@pytest.fixture(scope="module")
def argon2_hash():
    """Of everybody's password, computed once: it takes what a sign-in takes."""
    with override_settings(PASSWORD_HASHERS=HASHERS):
        return make_password(PASSWORD)


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


@pytest.mark.database
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


# Other pages that take an address from strangers, or from people who may not know whose it is (A67)

ADDRESSES = {
    "known": "rita@harbour.example",
    "unknown": "unknown@harbour.example",
    "invited": "ivy@harbour.example",
    "inactive": "left@harbour.example",
    "switched off": "off@harbour.example",
    "in no clinic": "nowhere@harbour.example",
    "unconfirmed": "new@harbour.example",
}


def shapes_of(captured: CaptureQueriesContext) -> list[str]:
    """The queries, but for what they look for."""
    return [re.sub(r"'[^']*'|\b\d+\b|\"s\d+_x\d+\"", "?", query["sql"]) for query in captured]


def ask_for_reset(email: str) -> None:
    answer = Client().post("/password/reset/", {"email": email})
    assert (answer.status_code, answer.url) == (302, "/password/reset/sent/")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.database
def test_asking_for_a_reset_link_does_the_same_in_the_database_for_every_address(people, times):
    """Also when somebody asks again, to see what the first time left behind."""
    asked = {}
    for reason, email in ADDRESSES.items():
        for _ in range(times):
            with CaptureQueriesContext(connection) as captured:
                ask_for_reset(email)
        asked[reason] = shapes_of(captured)
        OutboundEmail.objects.all().delete()
        LimitedUse.objects.all().delete()

    assert {reason: shapes for reason, shapes in asked.items() if shapes != asked["unknown"]} == {}


@pytest.mark.database
def test_asking_again_once_the_question_was_answered_does_the_same_for_every_address(people):
    asked = {}
    for reason, email in ADDRESSES.items():
        ask_for_reset(email)
        answer_what_was_asked()
        with CaptureQueriesContext(connection) as captured:
            ask_for_reset(email)
        asked[reason] = shapes_of(captured)
        answer_what_was_asked()

    assert {reason: shapes for reason, shapes in asked.items() if shapes != asked["unknown"]} == {}


@pytest.mark.database
def test_asking_for_another_address_does_the_same_in_the_database_whosever_it_is(people, cast):
    """By somebody who is signed in, and may be curious."""
    asked = {}
    for reason, email in ADDRESSES.items():
        browser = Client()
        browser.force_login(cast.owner.user, backend="accounts.authentication.MemberBackend")
        with CaptureQueriesContext(connection) as captured:
            answer = browser.post("/me/security/email/", {"email": email, "reverify_password": PASSWORD})
        assert answer.status_code == 302
        asked[reason] = shapes_of(captured)
        # What was asked for before counts for the owner, whatever the address.
        EmailChange.objects.all().delete()
        OutboundEmail.objects.all().delete()

    assert {reason: shapes for reason, shapes in asked.items() if shapes != asked["unknown"]} == {}


@pytest.mark.parametrize("email", ["nobody@harbour.example", "ivy@harbour.example"])
@pytest.mark.parametrize(("opened_before", "status", "hashes"), [(1, 429, 0), (0, 302, 1)])
def test_signing_up_computes_as_many_hashes_whether_the_address_was_invited_or_not(
    people, counted_hashes, settings, email, opened_before, status, hashes
):
    """A63 too: also once nothing more is opened from an IP address."""
    settings.NETWORK_LIMITS = {**settings.NETWORK_LIMITS, "sign_up": 1}
    for number in range(opened_before):
        sign_up(f"nora@mail{number}.example")

    with counted_hashes() as done:
        answer = sign_up(email)

    assert (answer.status_code, len(done)) == (status, hashes)


def ask_in_turns(took: dict[str, list[float]]) -> None:
    """Add the milliseconds of 200 requests for each address, in turns, so that other load falls on each alike."""
    for turn in range(WARM_UP + TIMED):
        for email in random.sample(list(took), len(took)):
            began = time.perf_counter()
            ask_for_reset(email)
            if turn >= WARM_UP:
                took[email].append((time.perf_counter() - began) * 1000)
        answer_what_was_asked()


def test_asking_for_a_reset_link_takes_as_long_for_every_address(people, settings):
    """Any two addresses differ by 10 % at most, in the median of 200 turns.

    They are compared within each turn: on a machine that alternates between fast and slow, one address's own median may
    fall among the fast times and another's among the slow. If 200 turns don't settle it, 200 more are added: noise
    averages out, a real difference doesn't.
    """
    settings.NETWORK_LIMITS = {**settings.NETWORK_LIMITS, "password_reset": 100_000}
    took: dict[str, list[float]] = {ADDRESSES[reason]: [] for reason in ("known", "unknown", "switched off")}
    seen = []
    while len(seen) < MOST_ATTEMPTS:
        ask_in_turns(took)
        seen.append(differences(took))
        if max(seen[-1].values()) <= 0.1:
            return

    pytest.fail(str(seen))


def differences(took: dict[str, list[float]]) -> dict[tuple[str, str], float]:
    """How far each two addresses are apart, as a share of the shortest median."""
    usual = min(statistics.median(times) for times in took.values())
    return {(one, other): round(apart(took[one], took[other]) / usual, 3) for one, other in combinations(took, 2)}


def apart(some: list[float], others: list[float]) -> float:
    """The median difference within a turn, in milliseconds."""
    return abs(statistics.median(one - other for one, other in zip(some, others, strict=True)))
