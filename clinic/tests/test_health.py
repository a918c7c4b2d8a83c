"""/healthz: is the site alive? Plainly, without a session, without secrets (R14)."""

import pytest
from django.db import OperationalError, connection
from django.test import Client


@pytest.mark.django_db
def test_it_is_well_where_the_database_answers():
    response = Client().get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_is_not_where_the_database_does_not_and_says_nothing_of_where_that_is(monkeypatch):
    def away(*_args, **_named):
        raise OperationalError("connection to server at 10.1.2.3, user clinic, password hunter2 failed")

    monkeypatch.setattr(connection, "cursor", away)

    response = Client().get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"status": "the database does not answer"}


@pytest.mark.django_db
def test_it_makes_no_session_and_sets_no_cookie():
    assert not Client().get("/healthz").cookies


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "status"), [("head", 200), ("post", 405), ("put", 405)])
def test_it_is_to_be_read_only(method, status):
    assert getattr(Client(), method)("/healthz").status_code == status


@pytest.mark.django_db
def test_it_asks_the_database_one_thing(django_assert_num_queries):
    with django_assert_num_queries(1):
        Client().get("/healthz")


@pytest.mark.django_db
def test_it_answers_a_probe_on_plain_http_behind_a_site_on_https(settings):
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get("/healthz").status_code == 200
    assert Client().get("/login/").status_code == 301
