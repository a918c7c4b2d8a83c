"""In a clinic that asks everybody for two-factor authentication, whoever has none reaches only the way to one (A34)."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import roles
from accounts.models import Account, Activity, Authenticator, Member, Passkey
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, opened
from accounts.tests.owners import VERIFIED, links_on, words_of
from accounts.tests.routes import clinic_page, clinic_routes, takes
from accounts.tests.rows import everything
from accounts.tests.two_factor import enrolled, require_two_factor
from clinic.clock import database_now
from practitioners.models import Practitioner
from practitioners.tests.factories import works

pytestmark = pytest.mark.django_db

HEADING = "Harbour Physio asks everybody for two-factor authentication"
SET_UP = "Set up two-factor authentication"
NOT_SAVED = "What you just sent was not saved."


@pytest.fixture
def asked(cast):
    """Harbour Physio asks everybody, from now on."""
    require_two_factor(cast.clinic)


@pytest.fixture
def rita(cast, sign_in):
    """The receptionist's browser."""
    return sign_in(cast.receptionist)


def is_gate(answer):
    return answer.status_code == 403 and HEADING in words_of(answer)


# Whom it stands before


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("name", "method"), [each for each in sorted(clinic_routes()) if each[0] != "my_leaving"])
def test_it_stands_before_every_page_and_every_form_of_the_clinic(cast, sign_in, name, method):
    """A34, for an owner, too: they may do everything, so that anything that got past would show.

    All but the way out of the clinic (A70), which test_leave_clinic.py goes.
    """
    ids = {"member_id": cast.receptionist.pk, "business_id": cast.clinic.businesses.order_by("pk")[0].pk}
    arguments = [ids[takes(name)]] if takes(name) else []
    browser, before = sign_in(cast.owner), everything()

    answer = getattr(browser, method)(clinic_page(name, cast.clinic.slug, *arguments), VERIFIED)

    assert is_gate(answer)
    assert everything() == before


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_it_stands_before_every_role(cast, sign_in, url, role):
    assert is_gate(sign_in(MemberFactory(account=cast.clinic, role=role)).get(url("home")))


@pytest.mark.usefixtures("asked")
def test_whoever_has_a_second_factor_does_not_meet_it(cast, rita, url):
    enrolled(cast.receptionist)

    assert rita.get(url("home")).status_code == 200


def test_nobody_meets_it_where_it_is_not_asked(rita, url):
    assert rita.get(url("home")).status_code == 200


def test_a_session_that_is_signed_in_meets_it_at_the_next_request(cast, rita, url):
    rita.get(url("home"))
    require_two_factor(cast.clinic)

    assert is_gate(rita.get(url("home")))


@pytest.mark.usefixtures("asked")
def test_once_it_is_set_up_the_next_request_passes(cast, rita, url):
    rita.get(url("home"))
    enrolled(cast.receptionist)

    assert rita.get(url("home")).status_code == 200


@pytest.mark.usefixtures("asked")
def test_once_it_is_taken_away_the_next_request_meets_it(cast, rita, url):
    enrolled(cast.receptionist)
    Passkey.objects.all().delete()
    assert not is_gate(rita.get(url("home")))
    Authenticator.objects.all().delete()

    assert is_gate(rita.get(url("home")))


@pytest.mark.usefixtures("asked")
def test_an_outsider_and_somebody_inactive_learn_nothing_by_it(cast, sign_in, url):
    """They are answered as if it were not asked (A38)."""
    inactive = MemberFactory(account=cast.clinic, is_active=False)

    for client in (sign_in(cast.outsider), sign_in(inactive)):
        answer = client.get(url("home"))
        assert "two-factor" not in answer.text
        assert answer.status_code in {302, 404}


def test_a_locked_or_closed_account_says_that_first(cast, rita, url):
    require_two_factor(cast.clinic)
    Account.objects.filter(pk=cast.clinic.pk).update(locked_at=database_now())

    assert rita.get(url("home")).status_code == 423


def test_an_owner_without_one_does_not_reopen_a_closed_account(cast, olive, url):
    now = database_now()
    require_two_factor(cast.clinic)
    Account.objects.filter(pk=cast.clinic.pk).update(closed_at=now, erase_at=now + timedelta(days=30))

    assert is_gate(olive.post(url("account_reopening"), VERIFIED))
    assert Account.objects.get(pk=cast.clinic.pk).closed_at is not None


# What it shows


@pytest.mark.usefixtures("asked")
def test_it_leads_to_setting_one_up_and_from_there_back_to_the_page_that_was_asked_for(rita, url):
    answer = rita.get(f"{url('my_info')}?a=b&c=d")

    way = f"{reverse('accounts:two_factor')}?next=%2Fharbour-physio%2Fme%2F%3Fa%3Db%26c%3Dd"
    assert links_on(answer)[SET_UP] == way
    assert links_on(answer)["Choose another clinic"] == reverse("accounts:clinics")
    assert BeautifulSoup(answer.text, "html.parser").find("form", action=reverse("accounts:logout"))
    assert NOT_SAVED not in words_of(answer)


@pytest.mark.usefixtures("asked")
def test_after_a_form_it_says_that_nothing_was_saved_and_leads_back_to_the_home(cast, rita, url):
    form = {"first_name": "Changed", "last_name": "Reyes", "mobile": ""}

    answer = rita.post(url("my_info"), form)

    assert is_gate(answer)
    assert NOT_SAVED in words_of(answer)
    assert links_on(answer)[SET_UP] == f"{reverse('accounts:two_factor')}?next=%2Fharbour-physio%2F"
    assert Member.objects.get(pk=cast.receptionist.pk).first_name == "Rita"


@pytest.mark.usefixtures("asked")
def test_it_shows_nothing_of_the_clinic_but_its_name(rita, url):
    text = rita.get(url("home")).text

    assert "Rita" not in text
    assert f'"{url("my_info")}"' not in text


@pytest.mark.usefixtures("asked")
def test_it_is_written_in_the_operators_log(rita, url, caplog):
    """A53."""
    rita.get(url("home"))

    [line] = [
        each.msg for each in caplog.records if isinstance(each.msg, dict) and each.msg["event"] == "access_refused"
    ]
    assert line["because"] == "two-factor authentication required"


# What stays open


@pytest.mark.usefixtures("asked")
def test_what_is_theirs_stays_open(rita):
    for name in ("accounts:security", "accounts:two_factor", "accounts:clinics"):
        assert rita.get(reverse(name)).status_code == 200


@pytest.mark.usefixtures("asked")
def test_another_clinic_of_theirs_that_does_not_ask_stays_open(cast, rita):
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)

    assert rita.get(reverse("accounts:home", args=[cast.other_clinic.slug])).status_code == 200


@pytest.mark.usefixtures("asked")
def test_they_can_sign_out(rita, url):
    rita.post(reverse("accounts:logout"))

    assert rita.get(url("home")).status_code == 302


@pytest.mark.usefixtures("asked")
def test_what_other_parts_of_the_suite_ask_is_answered_as_before(cast):
    """S1: whether somebody may be booked has nothing to do with how they sign in."""
    works(cast.practitioner)

    assert Member.objects.get(pk=cast.practitioner.pk).has_perm("appointments.book")
    assert Practitioner.objects.bookable(cast.clinic).filter(member=cast.practitioner).exists()


# Time to set it up


def test_until_it_begins_everything_is_open_and_the_home_says_from_when_on(cast, rita, url):
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone="Australia/Sydney")
    starts = (database_now() + timedelta(days=3)).replace(hour=14, minute=0, second=0, microsecond=0)
    require_two_factor(cast.clinic, starts=starts)

    answer = rita.get(url("home"))

    assert answer.status_code == 200
    first_moment = starts.astimezone(ZoneInfo("Australia/Sydney"))
    when = f"{first_moment.day} {first_moment:%B %Y, %H:%M}"
    assert f"From {when} on you can’t open anything here without it." in words_of(answer)
    assert links_on(answer)[SET_UP] == f"{reverse('accounts:two_factor')}?next=%2Fharbour-physio%2F"
    assert rita.get(url("my_info")).status_code == 200


def test_the_home_says_nothing_to_whoever_has_one(cast, rita, url):
    require_two_factor(cast.clinic, starts=database_now() + timedelta(days=3))
    enrolled(cast.receptionist)

    assert "two-factor" not in words_of(rita.get(url("home")))


@pytest.mark.parametrize(("seconds", "stands"), [(-1, True), (60, False)])
def test_it_begins_at_its_moment(cast, rita, url, seconds, stands):
    """By the database's clock (R15)."""
    require_two_factor(cast.clinic, starts=database_now() + timedelta(seconds=seconds))

    assert is_gate(rita.get(url("home"))) == stands


# Newcomers (C15)


@pytest.mark.usefixtures("asked")
def test_a_newcomer_joins_and_meets_it_right_after(cast):
    answer = opened(cast.invited).post(ACCEPT, {"password": CHOSEN}, follow=True)

    assert Member.objects.get(pk=cast.invited.pk).has_joined
    assert is_gate(answer)
    assert "Welcome to Harbour Physio, Ivy." in words_of(answer)


@pytest.mark.usefixtures("asked")
def test_somebody_who_signs_in_meets_it_right_after(cast, url):
    browser = Client()

    answer = browser.post(
        reverse("accounts:login"), {"email": "rita@harbour.example", "password": PASSWORD}, follow=True
    )

    assert is_gate(answer)
    assert answer.redirect_chain[-1][0] == url("home")


# Whoever asks everybody


def test_whoever_asks_everybody_without_having_it_meets_it_at_once(cast, adam, url):
    form = {"session_timeout": "720", "require_two_factor": "on", "expected_security": "720 False None"}

    answer = adam.post(url("account_security"), {**form, **VERIFIED}, follow=True)

    assert is_gate(answer)
    assert "The security settings were updated." in words_of(answer)
    assert Activity.objects.get().actor == cast.administrator


# What it costs


@pytest.mark.database
def test_a_page_takes_as_many_queries_as_where_it_is_not_asked(cast, rita, url):
    """It is looked up with the membership."""
    enrolled(cast.receptionist)
    counts = []
    for ask in (lambda: None, lambda: require_two_factor(cast.clinic)):
        ask()
        rita.get(url("my_info"))
        with CaptureQueriesContext(connection) as queries:
            rita.get(url("my_info"))
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert not [each for each in queries.captured_queries if each["sql"].startswith('SELECT "accounts_authenticator"')]
