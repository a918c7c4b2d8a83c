"""Wherever a password is chosen, a leaked one is refused, before any lock is taken."""

from hashlib import sha1
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.identity.password.rules import check_new_password
from accounts.models import User
from accounts.tests.factories import PASSWORD
from accounts.tests.links import ACCEPT, opened, path_in
from clinic import leaked_passwords
from clinic.leaked_passwords.answers import NoAnswer
from clinic.leaked_passwords.breaker import Breaker
from clinic.leaked_passwords.source import Source

pytestmark = pytest.mark.django_db

LEAKED = "a boat called wednesday"
WORDS = "This password has appeared in a data breach. Choose a different one."


class Service:
    """Lists one password, or is away; and remembers whether the database was held while it was asked."""

    def __init__(self) -> None:
        self.is_away = False
        # The transaction of the test itself is one.
        self._held_anyway = len(connection.savepoint_ids)
        self.held: list[bool] = []

    def ask(self, _url, prefix):
        self.held.append(len(connection.savepoint_ids) > self._held_anyway)
        if self.is_away:
            raise NoAnswer("it is away")
        digest = sha1(LEAKED.encode()).hexdigest().upper()
        suffix = digest[5:] if digest.startswith(prefix) else "0" * 35
        return f"{suffix}:3\r\n".encode()


@pytest.fixture
def service(settings, monkeypatch):
    settings.LEAKED_PASSWORDS = Source(url="https://passwords.example/range/")
    service = Service()
    monkeypatch.setattr(leaked_passwords, "ask", service.ask)
    monkeypatch.setattr(leaked_passwords, "_breaker", Breaker())
    return service


def by_sign_up(password, **_):
    form = {"clinic_name": "Riverside Physio", "first_name": "Nora", "last_name": "Nilsen", "time_zone": "UTC"}
    login = {"email": "nora@riverside.example", "password": password}
    return Client().post("/signup/", {**form, **login, "submission": str(uuid4())})


def by_invitation(password, *, cast, **_):
    return opened(cast.invited).post(ACCEPT, {"password": password})


def by_reset(password, *, deliver_mail, **_):
    browser = Client()
    browser.post("/password/reset/", {"email": "rita@harbour.example"})
    [message] = deliver_mail()
    page = browser.get(path_in(message), follow=True)
    return browser.post(page.request["PATH_INFO"], {"password": password})


def by_change(password, *, cast, sign_in, **_):
    form = {"current_password": PASSWORD, "password": password}
    return sign_in(cast.receptionist).post(reverse("accounts:password_change"), form)


WAYS_IN = [by_sign_up, by_invitation, by_reset, by_change]


@pytest.mark.parametrize("way_in", WAYS_IN)
def test_a_leaked_password_is_refused_with_the_reason_and_no_lock_is_held_meanwhile(
    service, way_in, cast, sign_in, deliver_mail
):
    refused = way_in(LEAKED, cast=cast, sign_in=sign_in, deliver_mail=deliver_mail)

    assert refused.status_code == 422
    assert WORDS in refused.text
    assert service.held == [False]


@pytest.mark.parametrize("way_in", WAYS_IN)
@pytest.mark.parametrize("away", [False, True])
def test_any_other_is_taken_whether_or_not_the_service_answers(service, way_in, cast, sign_in, deliver_mail, away):
    service.is_away = away

    taken = way_in("a train called sunday afternoon", cast=cast, sign_in=sign_in, deliver_mail=deliver_mail)
    assert taken.status_code == 302
    assert service.held == [False]


def test_djangos_own_command_refuses_it_too(service, monkeypatch, cast):
    monkeypatch.setattr("getpass.getpass", lambda **_named: LEAKED)

    with pytest.raises(CommandError, match="Aborting"):
        call_command("changepassword", "rita@harbour.example")
    assert set(service.held) == {False}


def test_while_the_service_is_away_the_list_still_refuses(service):
    service.is_away = True

    with pytest.raises(ValidationError, match="well-known"):
        check_new_password("Welcome to the clinic", User(email="nora@riverside.example"))


def test_what_is_refused_anyway_is_not_asked_about(service):
    with pytest.raises(ValidationError):
        check_new_password("too short", User(email="nora@riverside.example"))
    assert service.held == []


def test_the_form_that_everyone_types_alike_is_what_is_looked_up(service, monkeypatch):
    """A letter with a mark is one character or two, by keyboard; it is kept as one."""
    asked = []
    monkeypatch.setattr(leaked_passwords, "ask", lambda _url, prefix: asked.append(prefix) or b"0" * 35 + b":1")
    for typed in ("grünes boot im hafen", "gru\u0308nes boot im hafen"):
        check_new_password(typed, User(email="nora@riverside.example"))

    assert asked == [sha1("grünes boot im hafen".encode()).hexdigest()[:5].upper()] * 2
