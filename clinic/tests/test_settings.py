"""Settings: what is unsafe stops the start in plain words, and what is not set has a safe value (DESIGN, Settings)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from clinic.configuration import (
    check_allowed_hosts,
    check_secret_key,
    debug_defaults,
    mail_address,
    parse_site,
    plan_seats,
)
from clinic.parts import filesystem_broker, postgresql_database, sqlite_database

GOOD_KEY = "a-key-for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF"
NAMES = [
    "PASSWORD_HASHERS",
    *("INVITATION_CAPS", "NETWORK_LIMITS"),
    *("SECURE_SSL_HOST", "WHITENOISE_ALLOW_ALL_ORIGINS"),
    *("SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER", "SITE_URL", "DEBUG"),
    *("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE"),
    *("PLAN_SEATS", "OUTBOX_PAGES", "SUPPORT_REQUIRES_TWO_FACTOR"),
    *("EMAIL_BACKEND", "EMAIL_USE_TLS", "EMAIL_TIMEOUT", "CELERY_BROKER_URL", "CELERY_BROKER_TRANSPORT_OPTIONS"),
]
ASK = f"""
import json
from clinic import settings
print(json.dumps({{name: getattr(settings, name, None) for name in {NAMES}}}, default=str))
"""


# Each rule


@pytest.mark.parametrize("key", ["", "short", "x" * 60, "ab" * 40, GOOD_KEY[:49]])
def test_a_key_that_is_missing_or_could_be_guessed_is_refused_with_how_to_make_one(key):
    with pytest.raises(ImproperlyConfigured, match="secrets.token_urlsafe"):
        check_secret_key(key)


def test_a_random_key_is_taken_as_it_is():
    assert check_secret_key(GOOD_KEY) == GOOD_KEY


@pytest.mark.parametrize("url", ["", "clinic.example", "ftp://clinic.example", "https://", "//clinic.example"])
def test_a_site_that_is_no_web_address_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="SITE_URL is missing or not a web address"):
        parse_site(url)


@pytest.mark.parametrize("url", ["http://clinic.example", "http://192.0.2.1", "http://localhost.evil.example"])
def test_plain_http_is_refused_for_anything_but_this_machine(url):
    with pytest.raises(ImproperlyConfigured, match="must start with https://"):
        parse_site(url)


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1:8000/", "http://[::1]:8000"])
def test_plain_http_is_taken_for_this_machine(url):
    assert not parse_site(url).is_https


def test_a_site_is_kept_without_a_slash_or_a_path_at_its_end():
    site = parse_site("https://clinic.example:8443/some/path/?q=1")

    assert (site.url, site.host, site.is_https) == ("https://clinic.example:8443", "clinic.example", True)


@pytest.mark.parametrize("hosts", [[], ["*"], ["clinic.example", "*"]])
def test_hosts_must_be_named(hosts):
    """A47."""
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS must name the hosts"):
        check_allowed_hosts(hosts)


def test_while_debugging_the_key_is_made_once_kept_to_oneself_and_strong(tmp_path):
    first, second = debug_defaults(tmp_path), debug_defaults(tmp_path)

    assert first == second
    assert check_secret_key(first.secret_key)
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert first.site_url == "http://127.0.0.1:8000"


def test_sqlite_takes_the_lock_when_a_transaction_opens():
    """K1: with the default, two writers meet in the middle of their transactions."""
    options = sqlite_database(Path("clinic.sqlite3"))["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_postgresql_connections_are_kept_in_a_pool():
    config = postgresql_database({"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"sslmode": "require"}})

    assert config["OPTIONS"]["pool"]
    assert config["OPTIONS"]["sslmode"] == "require"


def test_the_folders_of_the_broker_are_for_its_own_user_only(tmp_path):
    options = filesystem_broker(tmp_path / "broker")

    assert options["data_folder_in"] == options["data_folder_out"], "the worker reads what the web server writes"
    for name in ("data_folder_in", "control_folder"):
        assert options[name].stat().st_mode & 0o077 == 0


# The plans


def test_plans_have_the_usual_seats_unless_told():
    """C11."""
    usual = {"solo": 1, "small": 5, "medium": 8, "large": 12, "extra_large": 25, "enterprise": 200}

    assert plan_seats([]) == usual
    assert plan_seats(["small=6", " large = 15 "]) == {**usual, "small": 6, "large": 15}
    assert plan_seats(["small=8"])["small"] == 8, "as many as the next is no fewer"


@pytest.mark.parametrize("pair", ["tiny=3", "=3", "", "Small=6", "6"])
def test_a_plan_there_is_not_is_refused(pair):
    with pytest.raises(ImproperlyConfigured, match="is no plan. Plans: solo, small, medium"):
        plan_seats([pair])


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "many", "", "6 7", "1e3", "٣", "²"])
def test_seats_that_are_no_whole_number_are_refused(number):
    with pytest.raises(ImproperlyConfigured, match="PLAN_SEATS needs a whole number of at least 1 for small"):
        plan_seats([f"small={number}"])


@pytest.mark.parametrize("pairs", [["small=9"], ["medium=4"], ["solo=6"]])
def test_a_plan_with_fewer_seats_than_the_one_before_it_is_refused(pairs):
    """Changing to the larger one would be refused to whoever needs it."""
    with pytest.raises(ImproperlyConfigured, match="fewer practitioners"):
        plan_seats(pairs)


# Addresses of ours

SITE = parse_site("https://clinic.example")
ON_THIS_MACHINE = parse_site("http://localhost:8000")


@pytest.mark.parametrize(
    "given", ["help@clinic.example", "Clinic People <no-reply@clinic.example>", "Zoë’s Clinic <zoe@bücher.example>", ""]
)
def test_an_address_of_ours_is_kept_as_it_is_written(given):
    assert mail_address("SUPPORT_EMAIL", given, site=SITE) == given


@pytest.mark.parametrize(
    "given",
    [
        *(
            "help",
            "help@localhost",
            "help@clinic",
            "help@[192.0.2.1]",
            '"help"@clinic.example',
            "Clinic, People <a@b.example>",
        ),
        *(
            "a@b.example, c@d.example",
            "Clinic\nBcc: x@y.example <a@b.example>",
            "help@clinic.example.",
            "he\u200blp@c.example",
        ),
    ],
)
def test_an_address_of_ours_that_no_mail_reaches_is_refused_by_the_name_of_the_setting(given):
    """A64."""
    with pytest.raises(ImproperlyConfigured, match="SUPPORT_EMAIL is .*, which isn't an email address"):
        mail_address("SUPPORT_EMAIL", given, site=SITE)


def test_on_this_machine_localhost_is_an_address_like_others():
    assert mail_address("SUPPORT_EMAIL", "help@localhost", site=ON_THIS_MACHINE) == "help@localhost"


# The whole file, in a process of its own


@pytest.fixture
def start(tmp_path):
    """Read the settings with this environment and no other; returns (exit status, what was said or the settings)."""

    def _start(**given: str):
        env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "ENV_FILE": str(tmp_path / "no.env"), **given}
        ask = [sys.executable, "-c", ASK]
        done = subprocess.run(
            ask, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stderr

    return _start


PRODUCTION = {"SECRET_KEY": GOOD_KEY, "SITE_URL": "https://clinic.example", "ALLOWED_HOSTS": "clinic.example"}


@pytest.mark.parametrize("missing", PRODUCTION)
def test_without_debug_each_of_the_three_must_be_set(start, missing):
    status, said = start(**{name: value for name, value in PRODUCTION.items() if name != missing})

    assert status != 0
    assert f"{missing} " in said.splitlines()[-1]
    assert "ImproperlyConfigured" in said.splitlines()[-1]


def test_passwords_are_kept_as_argon2id(start):
    """A6. Other tests hash with something cheap."""
    _status, found = start(**PRODUCTION)

    assert found["PASSWORD_HASHERS"][0].endswith(".Argon2PasswordHasher")


def test_a_site_on_https_has_secure_cookies_of_its_host_only_and_two_years_of_hsts(start):
    """A44, A45."""
    status, found = start(**PRODUCTION)

    assert status == 0
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-") and found["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"] and found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 60 * 60
    assert found["DEBUG"] is False


def test_the_redirect_to_https_names_the_configured_site_with_its_port(start):
    """A47: not whatever host the request names."""
    _status, found = start(**{**PRODUCTION, "SITE_URL": "https://clinic.example:8443"})

    assert found["SECURE_SSL_HOST"] == "clinic.example:8443"
    assert found["WHITENOISE_ALLOW_ALL_ORIGINS"] is False


@pytest.mark.parametrize(("proxies", "header"), [("0", None), ("1", ["HTTP_X_FORWARDED_PROTO", "https"])])
def test_only_a_proxy_of_ours_says_whether_a_request_was_https(start, proxies, header):
    """A10: otherwise the header is anybody's word."""
    _status, found = start(**PRODUCTION, TRUSTED_PROXIES=proxies)

    assert found["SECURE_PROXY_SSL_HEADER"] == header


def test_with_nothing_set_but_debug_everything_is_on_this_machine(start):
    status, found = start(DEBUG="1")

    assert status == 0
    assert found["EMAIL_BACKEND"] == "clinic.mail.FileBackend"
    assert found["CELERY_BROKER_URL"].startswith("filesystem:")
    assert found["SITE_URL"] == "http://127.0.0.1:8000"


LOCAL = {**PRODUCTION, "SITE_URL": "http://127.0.0.1:8000", "ALLOWED_HOSTS": "127.0.0.1"}


@pytest.mark.parametrize(
    ("given", "are_there"),
    [
        (LOCAL, False),
        ({"DEBUG": "1"}, False),
        ({**LOCAL, "OUTBOX_PAGES": "1"}, True),
        ({**LOCAL, "OUTBOX_PAGES": "1", "EMAIL_URL": "smtp+tls://mail.example:587"}, False),
        ({**PRODUCTION, "OUTBOX_PAGES": "1"}, False),
    ],
    ids=["local", "debugging", "asked for", "with a mail server", "not local"],
)
def test_kept_mail_is_shown_only_where_that_is_asked_for_and_on_this_machine(start, given, are_there):
    """A server behind a proxy on its own machine looks as local as bin/dev does."""
    _status, found = start(**given)

    assert found["OUTBOX_PAGES"] is are_there


def test_a_mail_server_asked_for_with_tls_is_spoken_to_with_tls_and_never_waited_for_for_long(start):
    """C25, R7."""
    _status, found = start(**PRODUCTION, EMAIL_URL="smtp+tls://clinic:pass%40word@mail.example:587")

    assert found["EMAIL_BACKEND"] == "clinic.postman.SmtpBackend"
    assert found["EMAIL_USE_TLS"] is True
    assert found["EMAIL_TIMEOUT"] == 10


def test_redis_is_given_up_on_within_a_second(start):
    """R2; tests/faults measures it."""
    _status, found = start(**PRODUCTION, CELERY_BROKER_URL="redis://127.0.0.1:6379/0")

    options = found["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert options["socket_connect_timeout"] < 1
    assert options["socket_timeout"] < 1


def test_the_operator_says_how_many_practitioners_a_plan_has_room_for(start):
    """C11."""
    _status, found = start(**PRODUCTION, PLAN_SEATS="small=6,large=15")

    assert (found["PLAN_SEATS"]["small"], found["PLAN_SEATS"]["large"], found["PLAN_SEATS"]["solo"]) == (6, 15, 1)


@pytest.mark.parametrize("setting", ["SUPPORT_EMAIL", "DEFAULT_FROM_EMAIL"])
def test_an_address_that_is_none_stops_the_start_in_words(start, setting):
    status, said = start(**PRODUCTION, **{setting: '"help"@clinic.example'})

    assert status != 0
    assert f"{setting} is " in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        *(("DATABASE_URL", ""), ("CACHE_URL", "x"), ("TRUSTED_PROXIES", "one")),
        *(("SUPPORT_REQUIRES_TWO_FACTOR", "ture"), ("TWO_FACTOR_RECOVERY_HOURS", "23")),
        # Shorter than a task that sends mail is let run: two would send the same message.
        ("OUTBOX_LEASE_SECONDS", "59"),
    ],
)
def test_a_setting_that_cannot_be_read_stops_the_start_in_words(start, setting, given):
    status, said = start(**PRODUCTION, **{setting: given})

    assert status != 0
    assert said.splitlines()[-1].startswith(f"django.core.exceptions.ImproperlyConfigured: {setting} is ")


@pytest.mark.parametrize("given", [{}, {"SUPPORT_REQUIRES_TWO_FACTOR": ""}], ids=["not set", "set to nothing"])
def test_support_needs_a_second_factor_unless_the_operator_says_no(start, given):
    """A66."""
    _status, found = start(**PRODUCTION, **given)

    assert found["SUPPORT_REQUIRES_TWO_FACTOR"] is True


def test_plans_that_make_no_sense_stop_the_start_in_words(start):
    status, said = start(**PRODUCTION, PLAN_SEATS="small=6,tiny=2")

    assert status != 0
    assert "PLAN_SEATS names 'tiny', which is no plan." in said.splitlines()[-1]


def test_the_operator_says_how_many_invitations_may_go_out(start):
    """A51."""
    _status, found = start(**PRODUCTION, INVITATION_CAPS="account=500, recipient = 10")

    assert found["INVITATION_CAPS"] == {"administrator": 60, "account": 500, "recipient": 10}


def test_limits_by_ip_address_that_are_named_change_and_the_others_stay(start):
    """A63."""
    _status, found = start(**PRODUCTION, NETWORK_LIMITS="sign_up=50")

    others = {"invitations": 10, "new_invitation": 10, "password_reset": 20, "confirmation": 10, "support_request": 10}
    assert found["NETWORK_LIMITS"] == {"sign_up": 50, **others}


def test_a_limit_by_ip_address_that_makes_no_sense_stops_the_start_in_words(start):
    status, output = start(**PRODUCTION, NETWORK_LIMITS="sign_up=0")

    assert status != 0
    assert output.splitlines()[-1].endswith("needs a whole number of at least 1 for sign_up, as in sign_up=6.")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("acount=500", "INVITATION_CAPS names 'acount', which is no cap. Caps: administrator, account, recipient."),
        ("account=0", "INVITATION_CAPS needs a whole number of at least 1 for account, as in account=6."),
    ],
)
def test_caps_that_make_no_sense_stop_the_start_in_words(start, given, said):
    status, output = start(**PRODUCTION, INVITATION_CAPS=given)

    assert status != 0
    assert output.splitlines()[-1].endswith(said)
