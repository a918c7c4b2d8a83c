"""What support reads of a clinic is written down where the clinic's owners see it (A66)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Activity
from accounts.ownership import queries as owner_queries
from accounts.support import actions as support
from accounts.support.lists import PER_PAGE
from accounts.support.queries import activity_of
from accounts.tests.factories import AccountFactory
from accounts.tests.owners import administrator_of, administrators_without_owner, asks, in_old_mill, section_of
from accounts.tests.support_desk import REASON, REASONED, account_page, at, lock_row, request_of, support_staff
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ACCOUNTS, REQUESTS = "/support/accounts/", "/support/requests/"
VIEWED, FOUND = Activity.Verb.ACCOUNT_VIEWED, Activity.Verb.ACCOUNT_FOUND

every_act = pytest.mark.parametrize("act", ["account_lock", "owner_appoint", "owner_remove", "request_settle"])


def page_of(act, cast):
    """The address of an act that can be done at Harbour Physio."""
    about = {"owner_appoint": cast.administrator, "owner_remove": cast.owner, "request_settle": None}
    ids = [about[act] or request_of(cast.administrator)] if act in about else []
    return at(act, cast.clinic.pk, *(each.pk for each in ids))


def read_of(account):
    """What is written down of reading this account, the oldest first."""
    entries = Activity.objects.filter(account=account, verb__in=Activity.READ).order_by("pk")
    return [(entry.staff.email, entry.verb) for entry in entries]


def passed(**time):
    """Let so much time have passed since all that was written down."""
    for entry in Activity.objects.all():
        Activity.objects.filter(pk=entry.pk).update(created_at=entry.created_at - timedelta(**time))


# What counts


def test_opening_the_page_of_an_account_counts_for_that_account_alone(cast, desk):
    desk.get(account_page(cast.clinic))

    assert read_of(cast.clinic) == [("sam@support.example", VIEWED)]
    assert read_of(cast.other_clinic) == []


@every_act
def test_so_does_every_page_about_it_be_it_opened_by_address(cast, desk, act):
    """They name its owners, a person, or tell somebody's story."""
    assert desk.get(page_of(act, cast)).status_code == 200

    assert read_of(cast.clinic) == [("sam@support.example", VIEWED)]


def test_a_form_that_is_refused_shows_the_page_as_well(cast, desk):
    assert desk.post(at("account_lock", cast.clinic.pk), {"reason": "no"}).status_code == 422

    assert read_of(cast.clinic) == [("sam@support.example", VIEWED)]


@every_act
@pytest.mark.parametrize("password", [{}, {"reverify_password": "not the password"}], ids=["none", "a wrong one"])
def test_the_password_prompt_of_an_act_counts_since_it_names_the_clinic_and_the_person(cast, otto, desk, act, password):
    answer = desk.post(page_of(act, cast), {"reason": REASON, **password})

    assert asks(answer)
    assert read_of(cast.clinic) == [("sam@support.example", VIEWED)]


def test_being_led_away_from_an_act_that_is_done_already_counts_since_it_says_so(cast, desk):
    assert desk.get(at("owner_remove", cast.clinic.pk, cast.administrator.pk)).status_code == 302

    assert read_of(cast.clinic) == [("sam@support.example", VIEWED)]


@pytest.mark.parametrize("words", ["harbour", "olive owens", "rita@harbour.example"])
def test_a_search_counts_for_the_accounts_that_it_lists(cast, desk, words):
    desk.get(ACCOUNTS, {"q": words})

    assert read_of(cast.clinic) == [("sam@support.example", FOUND)]
    assert read_of(cast.other_clinic) == []


def test_a_search_among_requests_does_too_once_for_each_account(cast, desk):
    request_of(cast.administrator)
    request_of(cast.owner)
    request_of(cast.outsider)

    desk.get(REQUESTS, {"q": "harbour"})

    assert read_of(cast.clinic) == [("sam@support.example", FOUND)]
    assert read_of(cast.other_clinic) == []


def test_what_was_searched_for_is_written_down_nowhere(cast, desk):
    """It may name somebody of another clinic."""
    desk.get(ACCOUNTS, {"q": "bour"})

    assert Activity.objects.get().details == {}


@pytest.mark.parametrize("asked", [{}, {"q": ""}, {"q": "  "}, {"q": "\x00"}, {"state": "ownerless"}, {"p": "1"}])
@pytest.mark.parametrize("where", [ACCOUNTS, REQUESTS])
def test_a_list_without_words_to_search_for_counts_for_none(cast, desk, where, asked):
    """It singles nobody out, and everybody of support opens it all the time."""
    request_of(cast.administrator)

    assert desk.get(where, asked).status_code == 200

    assert not Activity.objects.exists()


@pytest.mark.parametrize("somebody", ["owner", "administrator", "outsider"])
def test_who_is_kept_out_read_nothing(cast, sign_in, somebody):
    client = sign_in(getattr(cast, somebody))

    client.get(account_page(cast.clinic))
    client.get(ACCOUNTS, {"q": "harbour"})

    assert not Activity.objects.exists()


def test_nor_did_support_that_is_led_to_a_second_factor_first(cast, sign_in):
    staff = support_staff()
    staff.authenticator.delete()
    client = sign_in(staff)

    assert client.get(account_page(cast.clinic)).status_code == 403
    assert not Activity.objects.exists()


def test_what_is_not_there_is_read_by_nobody(cast, desk):
    assert desk.get(account_page(cast.clinic) + "people/0/appoint/").status_code == 404
    assert desk.get(at("accounts_account_change", cast.clinic.pk + 1000)).status_code == 404

    assert not Activity.objects.exists()


# Once an hour


def test_coming_back_within_an_hour_is_the_same_reading(cast, desk):
    for _ in range(3):
        desk.get(account_page(cast.clinic))
        desk.get(account_page(cast.clinic), {"page": "2"})
        desk.get(at("account_lock", cast.clinic.pk))
        desk.get(ACCOUNTS, {"q": "harbour"})
    passed(minutes=59)
    desk.get(account_page(cast.clinic))

    assert read_of(cast.clinic) == [("sam@support.example", VIEWED), ("sam@support.example", FOUND)]


def test_after_an_hour_it_is_another(cast, desk):
    desk.get(account_page(cast.clinic))
    passed(minutes=61)
    desk.get(account_page(cast.clinic))

    assert read_of(cast.clinic) == [("sam@support.example", VIEWED)] * 2


def test_each_of_support_and_each_account_counts_for_itself(cast, desk, sign_in):
    kim = sign_in(support_staff("kim@support.example"))

    for client in (desk, kim):
        client.get(account_page(cast.clinic))
        client.get(account_page(cast.other_clinic))

    both = [("sam@support.example", VIEWED), ("kim@support.example", VIEWED)]
    assert (read_of(cast.clinic), read_of(cast.other_clinic)) == (both, both)


def test_a_search_takes_the_same_few_queries_for_a_whole_page_and_writes_no_more_than_it_lists(cast, desk):
    counts = []
    for size in (1, PER_PAGE + 2):
        Activity.objects.all().delete()
        Account.objects.filter(name__startswith="Many").delete()
        AccountFactory.create_batch(size, name="Many Physio")
        with CaptureQueriesContext(connection) as queries:
            desk.get(ACCOUNTS, {"q": "many"})
        counts.append(len(queries))
        assert Activity.objects.filter(verb=FOUND).count() == min(size, PER_PAGE)

    assert counts[0] == counts[1]


def test_the_hour_goes_by_the_databases_clock(cast, sam):
    """R15: on two machines whose clocks disagree, it is the same hour."""
    with time_machine.travel(database_now() - timedelta(hours=2)):
        for _ in range(2):
            support.note_read(staff=sam, account_ids=[cast.clinic.pk], verb=VIEWED)

    assert read_of(cast.clinic) == [("sam@support.example", VIEWED)]


# It never stands in the way of the page


@pytest.mark.parametrize("asked", [None, "harbour"])
def test_a_page_is_shown_where_nothing_can_be_written_and_the_operator_is_told(cast, desk, monkeypatch, caplog, asked):
    def fails(**_given):
        raise DatabaseError("disk full")

    monkeypatch.setattr("accounts.support.reading.note_read", fails)

    answer = desk.get(ACCOUNTS, {"q": asked}) if asked else desk.get(account_page(cast.clinic))

    assert answer.status_code == 200 and "Harbour Physio" in answer.text
    [line] = [
        each.msg
        for each in caplog.records
        if isinstance(each.msg, dict) and each.msg["event"] == "support_reading_not_noted"
    ]
    assert line["account_ids"] == [cast.clinic.pk]


def test_an_account_that_was_erased_meanwhile_is_left_out(cast, sam):
    support.note_read(staff=sam, account_ids=[cast.clinic.pk, cast.clinic.pk + 1000], verb=FOUND)

    assert read_of(cast.clinic) == [("sam@support.example", FOUND)]


def test_it_is_a_line_in_the_security_log_too(cast, desk, caplog, django_capture_on_commit_callbacks):
    """A53: with who, which account, and from where."""
    with django_capture_on_commit_callbacks(execute=True):
        desk.get(account_page(cast.clinic))

    found = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    [line] = [each for each in found if each["event"] == VIEWED]
    assert (line["account_id"], line["ip"]) == (cast.clinic.pk, "127.0.0.1")


# Where the owners see it


def test_an_owner_sees_when_support_opened_the_account_or_found_it(cast, desk, olive, url):
    desk.get(ACCOUNTS, {"q": "harbour"})
    desk.get(account_page(cast.clinic))

    words = section_of(olive.get(url("ownership")), "read")

    assert "Support found the account in a search" in words
    assert "Support opened the account’s page" in words
    assert words.index("opened the account’s page") < words.index("found the account")
    assert "sam@support.example" not in words, "A clinic knows support by that name, here as in all histories."


def test_where_nothing_was_read_the_page_says_so(cast, olive, url):
    words = section_of(olive.get(url("ownership")), "read")

    assert "Nothing so far." in words
    assert "opens this account or finds it in a search" in words


def test_the_latest_ten_are_shown(cast, sam, olive, url):
    for _ in range(12):
        support.note_read(staff=sam, account_ids=[cast.clinic.pk], verb=VIEWED)
        passed(hours=2)

    words = section_of(olive.get(url("ownership")), "read")

    assert words.count("Support opened") == owner_queries.READ_SHOWN == 10
    assert "The latest 10 are shown." in words


def test_an_administrator_sees_it_where_there_is_no_owner_and_only_there(cast, desk, adam, sign_in, url):
    """They may be the ones whom support looks into, as may an owner: but an owner answers for the account."""
    bea, _ben = administrators_without_owner()
    desk.get(account_page(bea.account))
    desk.get(account_page(cast.clinic))

    assert "Support opened" in section_of(sign_in(bea).get(in_old_mill("ownership")), "read")
    assert section_of(adam.get(url("ownership")), "read") == ""


def test_another_clinics_owner_sees_nothing_of_it(cast, desk, sign_in):
    """A38."""
    theirs = administrator_of(cast.other_clinic, "Zoe", "Zed", is_owner=True)
    desk.get(account_page(cast.clinic))

    page = sign_in(theirs).get(f"/{cast.other_clinic.slug}/settings/ownership/")

    assert "Nothing so far." in section_of(page, "read")


def test_it_is_kept_out_of_the_lists_of_what_was_done(cast, desk, olive, url):
    """Otherwise it would drown them."""
    desk.post(at("account_lock", cast.clinic.pk), REASONED)
    Account.objects.update(locked_at=None)
    desk.get(account_page(cast.clinic))
    desk.get(ACCOUNTS, {"q": "harbour"})

    assert [entry.verb for entry in activity_of(cast.clinic)] == [Activity.Verb.ACCOUNT_LOCKED]
    assert [entry.verb for entry in owner_queries.ownership_history(cast.clinic)] == [Activity.Verb.ACCOUNT_LOCKED]
    assert "in a search" not in section_of(olive.get(url("ownership")), "history")
    assert "opened the account’s page" not in desk.get(account_page(cast.clinic)).text


def test_what_was_read_of_a_locked_account_is_seen_once_it_is_unlocked(cast, desk, olive, url):
    lock_row(cast.clinic)
    desk.get(account_page(cast.clinic))
    assert olive.get(url("ownership")).status_code == 423
    Account.objects.update(locked_at=None)

    assert "Support opened" in section_of(olive.get(url("ownership")), "read")


def test_the_page_takes_as_many_queries_for_ten_readings_as_for_none(cast, sam, olive, url):
    olive.get(url("ownership"))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            olive.get(url("ownership"))
        counts.append(len(queries))
        for _ in range(10):
            support.note_read(staff=sam, account_ids=[cast.clinic.pk], verb=VIEWED)
            passed(hours=2)

    assert counts[0] == counts[1]
