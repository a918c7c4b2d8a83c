"""How often one may try, from where, and who is never locked out from afar (A8, A10, A11, A20)."""

import re
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings as project_settings
from django.test import Client, RequestFactory

from accounts.identity.throttle import count_failure, forgive, ip_address, locked_until
from accounts.tests.factories import PASSWORD
from accounts.tests.links import alike, path_in
from clinic.client_ip import client_ip
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WRONG = "not the password at all"
RITA = "rita@harbour.example"
HERE = "198.51.100.200"


def sign_in_as(email: str, password: str = PASSWORD, client: Client | None = None, at: str = HERE):
    return (client or Client()).post("/login/", {"email": email, "password": password}, REMOTE_ADDR=at)


def guess_from_everywhere(email: str, times: int) -> None:
    """Wrong passwords for one address, each from a place of its own."""
    for number in range(times):
        assert sign_in_as(email, WRONG, at=f"203.0.113.{number}").status_code in {422, 429}


def guess_from_one_place(times: int, at: str) -> None:
    """Wrong passwords for many addresses, from one place."""
    for number in range(times):
        sign_in_as(f"somebody{number}@guessed.example", WRONG, at=at)


def their_own(email: str = RITA) -> Client:
    """A browser in which this person has signed in, and out again."""
    browser = Client()
    assert sign_in_as(email, client=browser, at="192.0.2.1").status_code == 302
    browser.post("/logout/")
    return browser


@pytest.fixture
def low(settings):
    """Limits that a test reaches with few hashes."""
    settings.SIGN_IN_LIMITS = {"address_and_place": 5, "address": 6, "place": 7, "known_browser": 5}
    return settings.SIGN_IN_LIMITS


PAGES = {name: (project_settings.BASE_DIR / "docs" / name).read_text() for name in ("passwords.md", "deploying.md")}


def test_the_usual_limits_are_what_the_documentation_says():
    limits = project_settings.SIGN_IN_LIMITS

    assert limits == {"address_and_place": 5, "address": 10, "place": 50, "known_browser": 5}
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| (\d+) \|", PAGES["passwords.md"], re.MULTILINE))
    assert {name: int(number) for name, number in rows.items()} == limits
    assert f"| `SIGN_IN_LIMITS` | {', '.join(map(str, limits.values()))} |" in PAGES["deploying.md"]
    assert [name for name in limits if f"`{name}` ({limits[name]})" not in PAGES["deploying.md"]] == []


# Of an address from everywhere


def test_one_address_is_not_guessed_from_many_places(cast, low):
    guess_from_everywhere(RITA, low["address"])

    refused = sign_in_as(RITA)
    assert refused.status_code == 429
    assert "Too many wrong tries. Wait 15 min" in refused.text
    assert "choose “Forgotten your password?” on the sign-in page" in refused.text


def test_below_the_limit_it_is_taken(cast, low):
    guess_from_everywhere(RITA, low["address"] - 1)

    assert sign_in_as(RITA).status_code == 302


def test_somebody_is_not_locked_out_from_afar_where_they_have_signed_in_before(cast, low, url):
    """A8."""
    browser = their_own()
    guess_from_everywhere(RITA, 2 * low["address"])

    assert sign_in_as(RITA, client=browser).url == url("home")


def test_even_there_five_wrong_passwords_are_the_end(cast, low):
    browser = their_own()
    for _ in range(5):
        sign_in_as(RITA, WRONG, client=browser)

    assert sign_in_as(RITA, client=browser).status_code == 429


def test_a_stranger_who_is_known_as_somebody_else_gains_nothing(cast, low):
    browser = their_own("paul@harbour.example")
    guess_from_everywhere(RITA, low["address"])

    assert sign_in_as(RITA, client=browser).status_code == 429


def test_others_are_not_concerned(cast, low, url):
    guess_from_everywhere(RITA, low["address"])

    assert sign_in_as("paul@harbour.example").url == url("home")


def test_the_wait_ends_a_quarter_of_an_hour_after_the_oldest_try(cast, low):
    """The tries run out one after another, as they came."""
    start = database_now()
    for number in range(low["address"]):
        with time_machine.travel(start + timedelta(minutes=number), tick=False):
            sign_in_as(RITA, WRONG, at=f"203.0.113.{number}")

    with time_machine.travel(start + timedelta(minutes=14, seconds=59), tick=False):
        assert "Wait 1 min" in sign_in_as(RITA).text
    with time_machine.travel(start + timedelta(minutes=15, seconds=1), tick=False):
        assert sign_in_as(RITA).status_code == 302


def test_an_address_without_a_login_is_shut_and_answered_alike(cast, low):
    """A9."""
    answers = []
    with time_machine.travel(database_now(), tick=False):
        for email in (RITA, "nobody@harbour.example", "ivy@harbour.example"):
            guess_from_everywhere(email, low["address"])
            AccessAttempt.objects.exclude(username=email).delete()
            refused = sign_in_as(email, WRONG)
            answers.append((refused.status_code, alike(refused.text).replace(email, "EMAIL")))

    assert answers[0][0] == 429
    assert set(answers) == {answers[0]}


# Of a place over all addresses


def test_many_addresses_are_not_tried_from_one_place(cast, low):
    guess_from_one_place(low["place"], at=HERE)

    assert sign_in_as(RITA).status_code == 429
    assert sign_in_as(RITA, at="192.0.2.7").status_code == 302


def test_colleagues_behind_the_same_address_go_on_where_they_have_signed_in_before(cast, low, url):
    """A8: a whole clinic shares one."""
    browser = their_own()
    guess_from_one_place(2 * low["place"], at=HERE)

    assert sign_in_as(RITA, client=browser).url == url("home")


def test_ones_own_success_does_not_make_a_place_start_again(cast, low):
    """Otherwise a guesser with a login of their own would sign in between guesses."""
    guess_from_one_place(low["place"] - 1, at=HERE)
    assert sign_in_as("paul@harbour.example").status_code == 302
    guess_from_one_place(1, at=HERE)

    assert sign_in_as(RITA).status_code == 429


def test_an_ipv6_network_is_one_place(cast, low):
    """Its holder has more addresses than anybody could count."""
    for number in range(low["place"]):
        sign_in_as(f"somebody{number}@guessed.example", WRONG, at=f"2001:db8:1:2:{number}::9")

    assert sign_in_as(RITA, at="2001:db8:1:2:ffff::1").status_code == 429
    assert sign_in_as(RITA, at="2001:db8:1:3::1").status_code == 302


def test_what_a_proxy_passes_on_that_is_no_address_is_no_error(cast, settings):
    """A10: the row could not be written on PostgreSQL."""
    settings.TRUSTED_PROXIES = 1
    for passed_on in ("unknown", "_hidden", "'; --", "999.1.1.1"):
        answer = Client().post(
            "/login/", {"email": RITA, "password": WRONG}, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=passed_on
        )
        assert answer.status_code == 422

    assert AccessAttempt.objects.get().ip_address == "10.0.0.1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::7%eth0", "fe80::7"),
    ],
)
def test_one_address_is_one_place_however_a_proxy_writes_it(settings, written, meant):
    settings.TRUSTED_PROXIES = 1
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=written)

    assert client_ip(request) == meant


# Every page with a password, and codes


def test_the_prompt_on_a_stolen_session_counts_in_the_same_limits(cast, low, url):
    """A20: also without the cookie that makes the browser known, which a thief may leave out."""
    browser = Client()
    sign_in_as(RITA, client=browser)
    del browser.cookies["known"]
    for _ in range(5):
        browser.post(url("my_info"), {"reverify_password": WRONG}, REMOTE_ADDR=HERE)

    assert sign_in_as(RITA).status_code == 429


def test_signing_up_with_an_address_that_has_a_login_counts_in_the_same_limits(cast, low):
    """A11: otherwise the form would be a way round the throttle."""
    form = {"clinic_name": "Mine", "first_name": "Mal", "last_name": "Lory", "email": RITA, "password": WRONG}
    for _ in range(4):
        assert Client().post("/signup/", form, REMOTE_ADDR=HERE).status_code == 422
    assert Client().post("/signup/", form, REMOTE_ADDR=HERE).status_code == 429

    assert sign_in_as(RITA).status_code == 429


def from_here(path: str = "/login/"):
    request = RequestFactory().post(path, REMOTE_ADDR=HERE)
    request.user = None
    return request


def test_a_wrong_code_is_a_failed_try(cast):
    """A30: the fifth, codes and passwords together, locks it."""
    for _ in range(2):
        sign_in_as(RITA, WRONG)
    for _ in range(2):
        count_failure(from_here(), RITA)
    assert locked_until(from_here(), RITA) is None

    count_failure(from_here(), RITA)

    assert locked_until(from_here(), RITA) is not None
    assert sign_in_as(RITA).status_code == 429


def test_a_right_password_that_is_only_the_first_step_does_not_start_the_count_of_codes_again(cast):
    """A30: otherwise who knows the password could guess codes without end."""
    for _ in range(5):
        count_failure(from_here(), RITA)
        sign_in_as(RITA)

    assert locked_until(from_here(), RITA) is not None


def test_a_new_password_forgives_wrong_passwords_and_no_wrong_codes(cast):
    """A29: the mailbox alone must not be enough to go on guessing."""
    for _ in range(5):
        sign_in_as(RITA, WRONG)
    forgive(RITA)
    assert locked_until(from_here(), RITA) is None

    for _ in range(5):
        count_failure(from_here(), RITA)
    forgive(RITA)
    assert locked_until(from_here(), RITA) is not None


def test_codes_are_not_guessed_from_many_places_in_a_known_browser_either(cast, low):
    """Nobody gets to a code without the password or the mailbox, so that this locks out no innocent person."""
    browser = their_own()
    for number in range(low["address"]):
        request = RequestFactory().post("/login/", REMOTE_ADDR=f"203.0.113.{number}")
        count_failure(request, RITA)

    assert sign_in_as(RITA, client=browser).status_code == 429


# A way back in


def test_a_reset_link_lifts_the_wait_and_makes_the_browser_known(cast, low, deliver_mail):
    """A8: whoever proves the mailbox is not shut out by strangers, who go on guessing."""
    guess_from_everywhere(RITA, low["address"])
    browser = Client()
    browser.post("/password/reset/", {"email": RITA})
    [message] = deliver_mail()
    page = browser.get(path_in(message), follow=True)
    browser.post(page.redirect_chain[-1][0], {"password": "a boat called wednesday"})
    guess_from_everywhere(RITA, low["address"])

    assert sign_in_as(RITA, "a boat called wednesday", client=browser).status_code == 302
    assert sign_in_as(RITA, "a boat called wednesday").status_code == 429


# What is kept


def test_a_flood_keeps_no_more_rows_than_its_limit(cast, low):
    guess_from_one_place(4 * low["place"], at=HERE)

    assert AccessAttempt.objects.count() == low["place"]


def test_what_is_no_longer_needed_is_gone_with_the_next_try(cast, low):
    guess_from_one_place(3, at=HERE)

    with time_machine.travel(database_now() + timedelta(minutes=15, seconds=1)):
        sign_in_as("paul@harbour.example", WRONG)

    assert AccessAttempt.objects.get().username == "paul@harbour.example"


def test_the_longest_address_can_be_counted(db):
    """With the sign that marks a code it just fits the column, which PostgreSQL minds."""
    email = f"{'a' * 63}@{'.'.join(['b' * 46] * 4)}.io"
    assert len(email) == 254

    count_failure(from_here(), email)

    assert len(AccessAttempt.objects.get().username) == 255


def test_the_library_counts_by_the_same_place(cast):
    sign_in_as(RITA, WRONG, at="2001:db8:1:2:3::9")

    request = RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:2:ffff::1")
    assert AccessAttempt.objects.get().ip_address == ip_address(request) == "2001:db8:1:2::"
