"""What becomes of the numbers that were on file before they were kept as E.164, and of those on the way back."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.migrations import _phone_numbers
from accounts.models import Account, Member
from accounts.tests.factories import AccountFactory, MemberFactory

pytestmark = [pytest.mark.django_db, pytest.mark.database]

# By the time zone of a clinic: what was typed there, and what becomes of it.
NUMBERS = {
    "Australia/Sydney": {
        "0412 345 678": "+61412345678",
        "0412345679": "+61412345679",
        "(02) 9999-9999": "+61299999999",
        "0412.345.680": "+61412345680",
        "+61 412 345 681": "+61412345681",
        "+61 (0)412 345 682": "+61412345682",
        "0011 61 412 345 683": "+61412345683",
        "00 61 412 345 684": "+61412345684",
        "+44.20.7946.0958": "+442079460958",
        "0412\u00a0345\u202f685": "+61412345685",
        "1300 655 506": "+611300655506",
        "٠٤١٢٣٤٥٦٨٦": "+61412345686",
        "+61412345687": "+61412345687",
        "+6149999": "+6149999",
        # Short of a digit, without an area code, or not a number at all: no one is there to ask.
        "0412 345 67": "0412 345 67",
        "5550 1000": "5550 1000",
        "1" * 30: "1" * 30,
        "12-34": "12-34",
        "0412 345 678 (Jo)": "0412 345 678 (Jo)",
        "0412 345 678 x3": "0412 345 678 x3",
        "ring the desk": "ring the desk",
    },
    "Europe/Berlin": {
        "0151 23456789": "+4915123456789",
        "030 123456": "+4930123456",
        "0041 78 123 45 67": "+41781234567",
    },
    "US/Eastern": {
        "(201) 555-0123": "+12015550123",
        "201.555.0124": "+12015550124",
        "011 61 412 345 678": "+61412345678",
        "0400 000 000": "0400 000 000",
    },
    "America/Argentina/Buenos_Aires": {"011 15-2345-6789": "+5491123456789"},
    "UTC": {"0412 345 678": "0412 345 678", "+41 78 123 45 67": "+41781234567"},
}


@pytest.fixture
def typed():
    """Clinics in several countries, and one in none, with a person for each number; by id, the number as typed."""
    for zone, numbers in NUMBERS.items():
        clinic = AccountFactory(country="", time_zone=zone)
        for number in numbers:
            MemberFactory(account=clinic, mobile=number)
    return on_file()


def on_file(name="mobile"):
    return dict(Member.objects.values_list("pk", name))


def kept():
    """By id, what should have become of each."""
    rows = Member.objects.select_related("account").exclude(mobile="")
    return {each.pk: NUMBERS[each.account.time_zone][each.mobile] for each in rows}


def forth():
    _run(_phone_numbers.to_e164)


def back():
    _run(_phone_numbers.as_typed)


def _run(way):
    way("accounts", "Member", "mobile")(apps, SimpleNamespace(connection=connection))


def test_what_is_surely_a_number_becomes_e164_and_the_rest_stays_as_it_is(typed):
    wanted = kept()
    forth()

    assert on_file() == wanted


def test_what_was_typed_is_kept_beside_it(typed):
    forth()

    changed = {pk for pk, number in on_file().items() if number != typed[pk]}
    assert on_file("mobile_as_typed") == {pk: typed[pk] if pk in changed else "" for pk in typed}


def test_the_country_that_a_clinic_has_chosen_goes_before_its_time_zones():
    jo = MemberFactory(account=AccountFactory(country="CH", time_zone="Europe/Berlin"), mobile="078 123 45 67")
    forth()

    assert on_file()[jo.pk] == "+41781234567"


def test_nothing_else_about_a_person_changes(typed):
    """So that no form that is open is taken for outdated by their version."""
    others = [name for name in vars(Member.objects.first()) if name not in {"_state", "mobile", "mobile_as_typed"}]
    before = list(Member.objects.order_by("pk").values(*others))
    forth()

    assert list(Member.objects.order_by("pk").values(*others)) == before


def test_done_again_it_changes_nothing(typed):
    forth()
    once = (on_file(), on_file("mobile_as_typed"))
    forth()

    assert (on_file(), on_file("mobile_as_typed")) == once


@pytest.mark.parametrize("country", ["", "NZ"])
def test_the_way_back_gives_each_its_spelling_whatever_the_clinics_country_is_by_then(typed, country):
    forth()
    Account.objects.update(country=country)
    back()

    assert on_file() == typed
    assert {*on_file("mobile_as_typed").values()} == {""}


def test_a_number_that_was_changed_since_is_not_put_back(typed):
    """Be it by a process of the old code, which knows nothing of how it was typed before."""
    forth()
    by_new_code, by_old_code = Member.objects.filter(mobile__startswith="+61412")[:2]
    by_new_code.mobile = "+61400111222"
    by_new_code.touch("mobile")
    Member.objects.filter(pk=by_old_code.pk).update(mobile="0400 333 444")
    back()

    assert on_file()[by_new_code.pk] == "+61400111222"
    assert on_file()[by_old_code.pk] == "0400 333 444"


def test_stopped_half_way_it_goes_on_where_it_was(typed, monkeypatch):
    """Batches of two, as if there were thousands of people."""
    wanted, read = kept(), _phone_numbers.validly_read_number

    def breaks_down(value, country):
        if value == "0412.345.680":
            raise RuntimeError
        return read(value, country)

    monkeypatch.setattr(_phone_numbers, "BATCH", 2)
    monkeypatch.setattr(_phone_numbers, "validly_read_number", breaks_down)
    with pytest.raises(RuntimeError):
        forth()
    half_way = on_file()
    monkeypatch.setattr(_phone_numbers, "validly_read_number", read)
    forth()

    assert half_way not in (typed, wanted)
    assert on_file() == wanted


def test_what_someone_changes_at_that_moment_stays_theirs(typed, monkeypatch):
    read = _phone_numbers.validly_read_number
    jo = Member.objects.get(mobile="0412345679")

    def is_overtaken(value, country):
        Member.objects.filter(pk=jo.pk).update(mobile="0400 111 222")
        return read(value, country)

    monkeypatch.setattr(_phone_numbers, "validly_read_number", is_overtaken)
    forth()

    assert (on_file()[jo.pk], on_file("mobile_as_typed")[jo.pk]) == ("0400 111 222", "")


def test_no_more_is_read_at_once_than_a_batch(typed, monkeypatch):
    """Done again, when there is nothing left to write: only batches are read."""
    monkeypatch.setattr(_phone_numbers, "BATCH", 10)
    forth()

    with CaptureQueriesContext(connection) as queries:
        forth()
    read = [each["sql"] for each in queries if "account" in each["sql"] and "JOIN" in each["sql"]]
    assert len(read) == len(typed) // 10 + 1 + int(len(typed) % 10 > 0)
    assert all("LIMIT 10" in each for each in read)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_someone_is_at_work_on_is_waited_for_and_holds_no_other_up(typed):
    """On PostgreSQL; on SQLite whoever writes has the file alone."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite locks the whole file in any case.")
    wanted, jo = kept(), Member.objects.get(mobile="0412345679")
    others = {pk: number for pk, number in wanted.items() if pk != jo.pk}
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Member.objects.filter(pk=jo.pk).update(first_name="Joan")
            running = threads.submit(_forth_alone)
            wait_until(lambda: {pk: number for pk, number in on_file().items() if pk != jo.pk} == others)
            assert on_file()[jo.pk] == "0412345679"
        running.result(timeout=30)

    assert on_file() == wanted
    assert Member.objects.get(pk=jo.pk).first_name == "Joan"


def _forth_alone():
    try:
        forth()
    finally:
        connection.close()


def wait_until(is_so, seconds=30):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)
