"""Leaked passwords by a service: what leaves, what counts as found, and what a service can't do to us."""

import json
import socket
import threading
import time
from hashlib import sha1

import pytest

from clinic import leaked_passwords
from clinic.leaked_passwords import is_answered, is_leaked
from clinic.leaked_passwords.breaker import Breaker
from clinic.leaked_passwords.service import MOST_AT_ONCE
from clinic.leaked_passwords.source import Source
from clinic.tests.logged import logged
from clinic.tests.range_service import answer, running_service

PASSWORD = "a harbour of her own"
DIGEST = sha1(PASSWORD.encode()).hexdigest().upper()
PREFIX, SUFFIX = DIGEST[:5], DIGEST[5:]
OTHERS = b"".join(b"%035X:%d\r\n" % (number, number + 1) for number in range(800))
FOUND = OTHERS + f"{SUFFIX}:42\r\n".encode()
# The limit is a second; a machine that is busy may be late to notice.
GENEROUS_SECONDS = 2


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(leaked_passwords, "_breaker", Breaker())
    monkeypatch.setattr(leaked_passwords, "_answered_at", {})


@pytest.fixture
def service(settings):
    with running_service() as running:
        settings.LEAKED_PASSWORDS = Source(url=running.url)
        yield running


def reasons(log):
    return [line["reason"] for line in log if line["event"] == "leak_check_failed"]


def test_a_password_that_the_service_lists_is_leaked(service):
    service.says(answer(FOUND))

    assert is_leaked(PASSWORD)


def test_one_that_it_does_not_list_is_not(service):
    service.says(answer(OTHERS))

    assert not is_leaked(PASSWORD)


@pytest.mark.parametrize(
    "body",
    [f"{SUFFIX.lower()}:1\n", f"{SUFFIX}:1", f"{SUFFIX}:1\r\n\r\n"],
    ids=["small letters", "no end", "empty line"],
)
def test_lines_are_read_however_they_are_written(service, body):
    service.says(answer(body.encode()))

    assert is_leaked(PASSWORD)


def test_a_count_of_zero_is_padding(service):
    service.says(answer(OTHERS + f"{SUFFIX}:0\r\n".encode()))

    with logged("clinic.leaked_passwords") as log:
        assert not is_leaked(PASSWORD)
    assert log == []


def test_nothing_leaves_but_five_digits_and_the_wish_for_padding(service):
    service.says(answer(FOUND))
    is_leaked(PASSWORD)

    [request] = service.requests
    first, *headers = request.strip().split("\r\n")
    assert first == f"GET /range/{PREFIX} HTTP/1.1"
    assert sorted(header.partition(":")[0] for header in headers) == [
        *("Accept-Encoding", "Add-Padding", "Connection", "Host", "User-Agent")
    ]
    assert "Add-Padding: true" in headers
    assert SUFFIX[:6] not in request


def test_off_asks_nobody(service, settings):
    settings.LEAKED_PASSWORDS = Source()

    assert not is_leaked(PASSWORD)
    assert is_answered() is None
    assert service.requests == []


BAD_ANSWERS = {
    "another status": answer(FOUND, status="404 Not Found"),
    "an error": answer(FOUND, status="503 Service Unavailable"),
    "a page": answer(b"<!doctype html><title>Sign in to the Wi-Fi</title>"),
    "a line of something else": answer(FOUND + b"and more\r\n"),
    "nothing": answer(b""),
    "no http": b"220 mail.example ESMTP\r\n",
    "only half": answer(FOUND)[:-60],
    "too much": answer(FOUND + OTHERS * 20),
    "a negative count": answer(f"{SUFFIX}:-1".encode()),
    "what is no text": answer(bytes(range(128, 256))),
    "an end at once": b"",
}


@pytest.mark.parametrize("whole", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_a_bad_answer_refuses_no_password_and_is_in_the_log(service, whole):
    service.says(whole)

    with logged("clinic.leaked_passwords") as log:
        assert not is_leaked(PASSWORD)
    assert len(reasons(log)) == 1


def test_a_redirect_is_not_followed(service):
    with running_service() as elsewhere:
        elsewhere.says(answer(FOUND))
        service.says(answer(b"", status="302 Found", headers=f"Location: {elsewhere.url}{PREFIX}\r\n"))

        with logged("clinic.leaked_passwords") as log:
            assert not is_leaked(PASSWORD)
    assert reasons(log) == ["the answer has the status 302"]
    assert elsewhere.requests == []


def test_an_endless_answer_is_given_up(service):
    def pour(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not service.over.is_set():
            connection.sendall(OTHERS)

    service.behaviour = pour
    began = time.monotonic()

    with logged("clinic.leaked_passwords") as log:
        assert not is_leaked(PASSWORD)
    assert time.monotonic() - began < GENEROUS_SECONDS
    assert len(reasons(log)) == 1


def test_a_service_that_is_not_there_is_given_up_at_once(settings):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings.LEAKED_PASSWORDS = Source(url=f"http://127.0.0.1:{port}/")
    began = time.monotonic()

    with logged("clinic.leaked_passwords") as log:
        assert not is_leaked(PASSWORD)
    assert time.monotonic() - began < GENEROUS_SECONDS
    assert reasons(log) == ["ConnectionRefusedError"]


@pytest.mark.parametrize("where", ["silence", "headers", "body", "greeting"])
def test_however_slow_it_is_it_costs_a_second_and_the_thread_ends(service, settings, where):
    whole = answer(FOUND)
    if where == "silence":
        service.behaviour = lambda _connection: service.over.wait(20)
    elif where == "headers":
        service.drips(whole)
    elif where == "body":
        service.drips(whole, at_once=whole.index(b"\r\n\r\n") + 4)
    else:
        # Five bytes that announce a long record of TLS, and then that record, slowly.
        settings.LEAKED_PASSWORDS = Source(url=service.url.replace("http:", "https:"))
        service.reads_first = False
        service.drips(b"\x16\x03\x03\x3f\xff" + b"\x02" * 300)
    began = time.monotonic()

    with logged("clinic.leaked_passwords") as log:
        assert not is_leaked(PASSWORD)
    assert 0.9 < time.monotonic() - began < GENEROUS_SECONDS
    assert len(reasons(log)) == 1
    assert _ends([each for each in threading.enumerate() if each.name == "leaked-passwords"])


def _ends(threads):
    for each in threads:
        each.join(5)
    return not any(each.is_alive() for each in threads)


def test_after_a_failure_it_is_not_asked_for_a_while_and_the_log_says_so(service):
    service.says(answer(b"", status="500 Internal Server Error"))
    is_leaked(PASSWORD)
    service.says(answer(FOUND))

    with logged("clinic.leaked_passwords") as log:
        assert not is_leaked(PASSWORD)
    assert [line["event"] for line in log] == ["leak_check_skipped"]
    assert len(service.requests) == 1


def test_after_that_one_may_try_and_then_all(service, monkeypatch):
    service.says(answer(b"", status="500 Internal Server Error"))
    is_leaked(PASSWORD)
    service.says(answer(FOUND))
    monkeypatch.setattr(leaked_passwords._breaker, "_silent_until", time.monotonic() - 1)

    assert is_leaked(PASSWORD)
    assert is_leaked(PASSWORD)


def test_while_one_tries_the_others_do_not_wait():
    waiting = Breaker()
    waiting.note(answered=False)
    waiting._silent_until = time.monotonic() - 1

    assert (waiting.lets_ask(), waiting.lets_ask()) == (True, False)


def test_a_crowd_waits_no_longer_than_one(service):
    service.behaviour = lambda _connection: service.over.wait(20)
    threads = [threading.Thread(target=is_leaked, args=(PASSWORD,)) for _ in range(20)]
    began = time.monotonic()
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    # One after the other would take twenty.
    assert time.monotonic() - began < 10
    assert len(service.requests) <= MOST_AT_ONCE


def test_the_log_holds_neither_the_password_nor_its_hash(service):
    service.says(answer(f"{SUFFIX}:{PASSWORD}".encode()))

    with logged("clinic.leaked_passwords") as log:
        is_leaked(PASSWORD)
        is_leaked(PASSWORD)
    said = json.dumps(log)
    assert log != []
    assert [each for each in (PASSWORD, DIGEST, SUFFIX, PREFIX) if each.lower() in said.lower()] == []
