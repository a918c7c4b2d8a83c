"""What may be set for leaked passwords, and what the monitor is told of them."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from clinic import leaked_passwords
from clinic.leaked_passwords.breaker import Breaker
from clinic.leaked_passwords.source import Source, read_source
from clinic.tests.range_service import answer, running_service

GOOD = answer(b"0" * 34 + b"1:1\r\n")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://passwords.example/range/", "https://passwords.example/range/"),
        ("https://passwords.example:8443/range", "https://passwords.example:8443/range/"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/"),
        ("http://[::1]:9000/", "http://[::1]:9000/"),
    ],
)
def test_https_is_taken_and_plain_http_for_this_machine(given, taken):
    assert read_source(given, "") == Source(url=taken)


@pytest.mark.parametrize(
    "given",
    [
        *("http://passwords.example/", "http://localhost.evil.example/", "http://127.0.0.1@evil.example/", "https://"),
        *("passwords.example", "ftp://127.0.0.1/", "file:///etc/passwd", "https://me:hunter2@passwords.example/"),
        *("https://passwords.example/?key=hunter2", "https://passwords.example/#x", "https://passwords.example:99999/"),
        *("https://passwords.example/a b/", "https://passwords.example/\r\nX: hunter2/", "https://[::1/"),
    ],
)
def test_any_other_address_stops_the_start_by_name_and_is_not_repeated(given):
    with pytest.raises(ImproperlyConfigured, match="LEAKED_PASSWORDS_URL") as refused:
        read_source(given, "")
    assert "hunter2" not in str(refused.value)


def test_both_at_once_stop_the_start(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="Set only one"):
        read_source("https://passwords.example/", str(tmp_path))


def test_a_path_where_nothing_is_stops_the_start(tmp_path):
    with pytest.raises(ImproperlyConfigured, match=re.escape(str(tmp_path / "gone"))):
        read_source("", str(tmp_path / "gone"))


def test_nothing_set_is_off():
    assert not read_source("", "")


@pytest.fixture
def service(settings, monkeypatch):
    monkeypatch.setattr(leaked_passwords, "_breaker", Breaker())
    monkeypatch.setattr(leaked_passwords, "_answered_at", {})
    with running_service() as running:
        settings.LEAKED_PASSWORDS = Source(url=running.url)
        running.says(GOOD)
        yield running


def health():
    return Client().get("/healthz/ready").json()


@pytest.mark.django_db
def test_the_monitor_is_not_told_of_what_is_off():
    assert "leak_check" not in health()


@pytest.mark.django_db
def test_the_monitor_is_told_that_it_works_and_by_a_question_that_is_about_nobodys_password(service):
    assert health()["leak_check"] == {"ok": True}
    assert [request.split()[1] for request in service.requests] == ["/range/00000"]


@pytest.mark.django_db
def test_asking_again_and_again_does_not_ask_the_service_each_time(service):
    for _ in range(3):
        health()

    assert len(service.requests) == 1


@pytest.mark.django_db
def test_a_service_that_is_away_turns_the_monitor_red_until_it_is_back(service, monkeypatch):
    service.says(answer(b"", status="503 Service Unavailable"))
    answered = Client().get("/healthz/ready")

    assert answered.status_code == 503
    assert answered.json()["leak_check"] == {"ok": False, "problem": "leaked passwords can't be looked up"}

    service.says(GOOD)
    monkeypatch.setattr(leaked_passwords, "_breaker", Breaker())
    assert health()["leak_check"] == {"ok": True}
