"""Sessions in the database: what is kept there opens none of them (A14, A23)."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.identity.sessions.store import SessionStore
from accounts.tests.authenticators import give_app, is_signed_in, show_code, show_password, shown
from accounts.tests.links import all_text
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def browser(cast):
    client = Client()
    show_password(client, cast.receptionist.user)
    return client


@pytest.fixture
def store():
    """A session that is kept, with something in it."""
    kept = SessionStore()
    kept["color"] = "green"
    kept.save()
    return kept


def key_of(browser):
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def with_key(key):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def stored_keys():
    return list(Session.objects.values_list("session_key", flat=True))


# What somebody has who has the database


def test_the_database_holds_no_key_of_a_session(browser):
    assert is_signed_in(browser)
    assert key_of(browser) not in all_text()


def test_the_key_that_is_stored_signs_in_nobody_who_sends_it(browser):
    [stored] = stored_keys()

    assert not is_signed_in(with_key(stored))
    assert is_signed_in(browser)


def test_the_key_in_the_cookie_still_opens_its_session_in_another_request(browser):
    assert is_signed_in(with_key(key_of(browser)))


# From before keys were stored as hashes


@pytest.fixture
def old_key(browser):
    """The key of a session of somebody who signed in then: as the browser's, under the plain key."""
    old = PlainStore()
    old.update(dict(browser.session.items()))
    old.save()
    return old.session_key


def test_a_session_from_before_signs_nobody_in(old_key):
    assert PlainStore(old_key)["_auth_user_id"]
    assert not is_signed_in(with_key(old_key))


def test_no_key_leads_to_a_row_from_before(old_key):
    """Neither the plain key nor its hash, nor any other: what is stored is longer than a plain key ever was."""
    hashed = SessionStore(old_key).create_model_instance({}).session_key

    assert not is_signed_in(with_key(hashed))
    assert len(hashed) > len(old_key)


def test_a_session_from_before_is_not_overwritten_by_whoever_sends_its_key(old_key, client):
    before = Session.objects.get(pk=old_key).session_data

    client.cookies[settings.SESSION_COOKIE_NAME] = old_key
    client.get(reverse("accounts:login"))
    client.post(reverse("accounts:login"), {"email": "nobody@harbour.example", "password": "wrong"})

    assert Session.objects.get(pk=old_key).session_data == before


def test_a_session_from_before_is_cleared_away_when_its_time_is_over(old_key, browser):
    Session.objects.filter(pk=old_key).update(expire_date=database_now() - timedelta(seconds=1))

    call_command("clearsessions")

    assert len(stored_keys()) == 1
    assert is_signed_in(browser)


# Signing in and out (A14, A16)


def test_signing_in_makes_another_key_and_the_old_one_is_dead(cast, client):
    seed = give_app(cast.receptionist.user)
    show_password(client, cast.receptionist.user)
    before, stored_before = key_of(client), stored_keys()
    assert len(stored_before) == 1

    show_code(client, shown(seed))

    assert key_of(client) != before
    assert not set(stored_keys()) & set(stored_before)
    assert not is_signed_in(with_key(before))
    assert is_signed_in(client)


def test_signing_out_deletes_the_row(browser):
    key = key_of(browser)

    browser.post(reverse("accounts:logout"))

    assert not stored_keys()
    assert not is_signed_in(with_key(key))


# Every way that Django uses a store


def test_what_was_saved_is_loaded_by_its_key(store):
    assert SessionStore(store.session_key)["color"] == "green"


def test_what_is_saved_again_takes_the_place_of_what_was_there(store):
    store["color"] = "blue"
    store.save()

    assert SessionStore(store.session_key)["color"] == "blue"
    assert len(stored_keys()) == 1


def test_a_session_exists_by_its_key_and_not_by_what_is_stored(store):
    assert store.exists(store.session_key)
    assert not store.exists(stored_keys()[0])


def test_an_unknown_key_is_dropped_so_that_nobody_chooses_their_own():
    chosen = SessionStore("chosenbysomebodyelse")

    assert chosen.load() == {}
    assert chosen.session_key is None


def test_without_a_key_there_is_nothing():
    nobodys = SessionStore()

    nobodys.delete()
    assert nobodys.load() == {}


def test_a_session_whose_time_is_over_is_not_loaded(store):
    Session.objects.update(expire_date=database_now() - timedelta(seconds=1))

    assert SessionStore(store.session_key).load() == {}


def test_a_new_key_keeps_what_is_in_the_session_and_the_old_one_finds_nothing(store):
    before = store.session_key

    store.cycle_key()
    store.save()

    assert SessionStore(store.session_key)["color"] == "green"
    assert store.session_key != before and not store.exists(before)
    assert len(stored_keys()) == 1


def test_flushing_deletes_the_row(store):
    store.flush()

    assert not stored_keys()
    assert store.session_key is None


def test_somebody_elses_session_is_deleted_by_its_key(store):
    SessionStore().delete(store.session_key)

    assert not stored_keys()


def test_a_session_that_was_deleted_meanwhile_is_not_brought_back_by_saving(store):
    SessionStore(store.session_key).delete()

    with pytest.raises(UpdateError):
        store.save()
    assert not stored_keys()


def test_two_sessions_never_share_a_key(store):
    with pytest.raises(CreateError):
        SessionStore(store.session_key).save(must_create=True)


def test_ended_sessions_are_cleared_away_and_others_are_not(store):
    SessionStore().create()
    Session.objects.exclude(pk=stored_key_of(store)).update(expire_date=database_now() - timedelta(seconds=1))

    SessionStore.clear_expired()

    assert stored_keys() == [stored_key_of(store)]


def stored_key_of(store):
    return store.create_model_instance({}).session_key


@pytest.mark.django_db(transaction=True)
def test_the_same_holds_for_a_view_that_is_asynchronous():
    async def _life() -> None:
        kept = SessionStore()
        await kept.aset("color", "green")
        await kept.asave()
        first = kept.session_key
        assert await SessionStore(first).aget("color") == "green"
        assert await kept.aexists(first)
        assert not await kept.aexists((await kept.acreate_model_instance({})).session_key)
        await kept.acycle_key()
        await kept.asave()
        assert await SessionStore(kept.session_key).aget("color") == "green"
        assert not await kept.aexists(first)
        unknown = SessionStore("chosenbysomebodyelse")
        assert await unknown.aload() == {}
        assert unknown.session_key is None
        await SessionStore().adelete()
        await kept.aflush()

    async_to_sync(_life)()

    assert not stored_keys()
