"""Reading the environment: a setting that can't be read is refused by name, in words that say what to set."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic.environment import SERVERS, Environment


@pytest.fixture
def env(monkeypatch):
    """The environment in which a setting says this."""

    def _env(name, given):
        monkeypatch.setenv(name, given)
        return Environment()

    return _env


# Switches and numbers


@pytest.mark.parametrize("word", ["1", "true", "yes", "on", " ON ", "True"])
def test_a_switch_is_on_by_any_usual_word(env, word):
    assert env("DEBUG", word).switch("DEBUG", usual=False) is True


@pytest.mark.parametrize("word", ["0", "false", "no", "off", " Off "])
def test_a_switch_is_off_by_any_usual_word(env, word):
    assert env("SUPPORT_REQUIRES_TWO_FACTOR", word).switch("SUPPORT_REQUIRES_TWO_FACTOR", usual=True) is False


@pytest.mark.parametrize("usual", [True, False])
@pytest.mark.parametrize("nothing", ["", " "])
def test_a_switch_that_is_given_no_word_stays_as_is_usual(env, usual, nothing):
    assert env("SUPPORT_REQUIRES_TWO_FACTOR", nothing).switch("SUPPORT_REQUIRES_TWO_FACTOR", usual=usual) is usual


@pytest.mark.parametrize("word", ["ture", "maybe", "2", "enabled"])
def test_a_switch_is_not_turned_off_by_a_slip_of_the_pen(env, word):
    with pytest.raises(ImproperlyConfigured, match=f"SUPPORT_REQUIRES_TWO_FACTOR is '{word}'. Set it to on or off."):
        env("SUPPORT_REQUIRES_TWO_FACTOR", word).switch("SUPPORT_REQUIRES_TWO_FACTOR", usual=True)


@pytest.mark.parametrize(("given", "number"), [("0", 0), (" 12 ", 12), ("", 7), (" ", 7)])
def test_a_number_is_read_and_nothing_means_the_usual_one(env, given, number):
    assert env("INVITATION_DAYS", given).whole_number("INVITATION_DAYS", usual=7, least=0) == number


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "seven", "7 days", "1e3", "٣", "²"])
def test_a_number_that_makes_no_sense_is_refused_by_name(env, given):
    said = re.escape(f"INVITATION_DAYS is {given!r}. Set it to a whole number, 1 or more.")

    with pytest.raises(ImproperlyConfigured, match=said):
        env("INVITATION_DAYS", given).whole_number("INVITATION_DAYS", usual=7, least=1)


# Addresses of servers

USED = {
    "DATABASE_URL": [
        "postgres://clinic:p%40ss@db.example:5432/clinic?sslmode=verify-full",
        "postgresql:///x",
        "sqlite:////a/b",
    ],
    "CELERY_BROKER_URL": ["redis://127.0.0.1:6379/0", "rediss://:secret@r.example/0", "filesystem://localhost/"],
    "CACHE_URL": ["redis://127.0.0.1:6379/1", "rediss://r.example/1", "locmemcache://"],
    "EMAIL_URL": ["smtp+tls://a:b@mail.example:587", "smtp+ssl://mail.example:465", "smtp://localhost:1025"],
}


@pytest.mark.parametrize(("setting", "address"), [(name, each) for name, several in USED.items() for each in several])
def test_the_address_of_a_server_that_the_product_knows_is_taken(env, setting, address):
    env(setting, address).check_servers()


@pytest.mark.parametrize("setting", SERVERS)
@pytest.mark.parametrize(
    "address", ["", "nowhere", "mysql://a:secret@b/c", "redis://a:secret/b", "http://a:secret@b:c"]
)
def test_what_is_no_address_of_a_server_is_refused_by_name_without_its_password(env, setting, address):
    with pytest.raises(ImproperlyConfigured, match=f"{setting} is not an address that can be used here.") as said:
        env(setting, address).check_servers()

    assert not address or address not in str(said.value)
