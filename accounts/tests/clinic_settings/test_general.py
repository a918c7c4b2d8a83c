"""Settings -> General: the clinic's name and time zone."""

import pytest
from bs4 import BeautifulSoup

from accounts.access import roles
from accounts.clinic_settings.general.actions import update_account
from accounts.core.errors import NotPermitted
from accounts.models import Account, Activity, Member
from accounts.tests.factories import MemberFactory
from accounts.tests.owners import links_on, section_of, told_on, words_of
from accounts.tests.pages import typed_on
from practitioners.tests.factories import first_business

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(url):
    """The address of the page."""
    return url("general")


@pytest.fixture
def change(page):
    """Open the page, change some fields, and choose Update clinic."""

    def _change(client, **fields):
        return client.post(page, {**typed_on(client.get(page), with_field="time_zone"), **fields}, follow=True)

    return _change


@pytest.fixture
def piet(cast, sign_in):
    """The browser of a power receptionist."""
    return sign_in(MemberFactory(account=cast.clinic, role=roles.POWER_RECEPTIONIST, first_name="Piet"))


def of(clinic):
    return Account.objects.get(pk=clinic.pk)


def test_the_page_shows_what_is_on_file(adam, page):
    shown = typed_on(adam.get(page), with_field="time_zone")

    assert (shown["name"], shown["time_zone"]) == ("Harbour Physio", "UTC")


def test_name_and_time_zone_are_changed_and_the_address_stays(cast, adam, page, change):
    answer = change(adam, name="Harbour & Hill", time_zone="Australia/Sydney")

    clinic = of(cast.clinic)
    assert (clinic.name, clinic.time_zone, clinic.slug) == ("Harbour & Hill", "Australia/Sydney", "harbour-physio")
    assert answer.redirect_chain == [(page, 302)]
    assert "Harbour & Hill" in words_of(answer)


def test_the_change_is_written_down_with_old_and_new(cast, adam, change):
    change(adam, name="Harbour & Hill")

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("account_updated", cast.administrator, None)
    assert entry.details == {"name": ["Harbour Physio", "Harbour & Hill"]}


def test_a_power_receptionist_may_as_well(cast, piet, change):
    change(piet, name="Harbour & Hill")

    assert of(cast.clinic).name == "Harbour & Hill"


def test_times_on_pages_are_in_the_new_time_zone_from_the_next_page_on(cast, adam, change, url):
    Activity.objects.create(account=cast.clinic, subject=cast.receptionist, verb=Activity.Verb.MEMBER_UPDATED)
    change(adam, time_zone="Asia/Kathmandu")

    entry = BeautifulSoup(adam.get(url("member", cast.receptionist.pk)).text, "html.parser").find("time")
    assert entry["datetime"].endswith("+05:45")


def test_after_another_time_zone_the_page_says_that_businesses_keep_theirs(cast, adam, change, url):
    answer = change(adam, time_zone="Australia/Sydney")

    assert "The clinic’s time zone is now Australia/Sydney. Businesses keep theirs" in told_on(answer)
    assert links_on(answer)["Change it on the page of the business"] == f"/{cast.clinic.slug}/settings/businesses/"
    assert first_business(cast.clinic).time_zone == "UTC"


def test_after_another_name_alone_it_says_nothing_about_time_zones(adam, change):
    assert told_on(change(adam, name="Harbour & Hill")) == "The clinic’s details were updated."


def test_the_same_sent_again_changes_nothing_and_writes_nothing_down(adam, change):
    answer = change(adam)

    assert told_on(answer) == "Nothing was different, so nothing was changed."
    assert not Activity.objects.exists()


# What is refused


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Enter the clinic’s name."),
        ({"name": "Visit www.example.com"}, "Enter a name, not a web address."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"time_zone": ""}, "Choose a time zone from the list."),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"time_zone": "localtime"}, "Choose a time zone from the list."),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_what_was_typed_stays(cast, adam, page, change, fields, words):
    typed = {"name": "Harbour & Hill", "time_zone": "Australia/Sydney", **fields}

    answer = change(adam, **typed)

    assert answer.status_code == 422
    assert words in words_of(answer)
    shown = typed_on(answer, with_field="expected_name")
    assert shown["name"] == typed["name"]
    if "name" in fields:
        assert shown["time_zone"] == "Australia/Sydney"
    assert (of(cast.clinic).name, of(cast.clinic).time_zone) == ("Harbour Physio", "UTC")
    assert not Activity.objects.exists()


@pytest.mark.parametrize("who", ["receptionist", "practitioner"])
def test_weaker_roles_may_neither_open_nor_change_it(cast, sign_in, page, who):
    client = sign_in(getattr(cast, who))

    assert client.get(page).status_code == client.post(page, {"name": "Mine", "time_zone": "UTC"}).status_code == 403
    assert of(cast.clinic).name == "Harbour Physio"


def test_whoever_lost_the_right_while_the_page_was_open_changes_nothing(cast):
    """The action looks again, under the lock (A42)."""
    actor = Member.objects.get(pk=cast.administrator.pk)
    Member.objects.filter(pk=actor.pk).update(role=roles.RECEPTIONIST)

    with pytest.raises(NotPermitted):
        update_account(
            actor=actor,
            name="X",
            time_zone="UTC",
            country="AU",
            expected_details={"name": "Harbour Physio", "time_zone": "UTC", "country": "AU"},
        )


def test_two_browsers_do_not_undo_each_others_change(cast, adam, olive, page, change):
    """Adam's form is from before Olive's change: it says what is on file now, and the next try is against that."""
    opened = typed_on(adam.get(page), with_field="time_zone")
    change(olive, time_zone="Australia/Sydney")

    refused = adam.post(page, {**opened, "name": "Harbour & Hill"})

    assert refused.status_code == 422
    assert "Someone changed this while you had this page open" in words_of(refused)
    assert "On file now: Australia/Sydney" in words_of(refused)
    assert "On file now: Harbour Physio" in words_of(refused)
    assert of(cast.clinic).time_zone == "Australia/Sydney"
    again = typed_on(refused, with_field="time_zone")
    assert (again["name"], again["time_zone"]) == ("Harbour & Hill", "UTC")

    adam.post(page, {**again, "time_zone": "Australia/Sydney"})
    assert (of(cast.clinic).name, of(cast.clinic).time_zone) == ("Harbour & Hill", "Australia/Sydney")


# The time zones


def _offered(answer):
    select = BeautifulSoup(answer.text, "html.parser").find("select", attrs={"name": "time_zone"})
    return {group["label"]: {each["value"]: each.text for each in group("option")} for group in select("optgroup")}


def test_time_zones_are_offered_by_region_under_the_name_of_a_place(adam, page):
    """So that typing "Syd" finds Sydney, as in every select."""
    offered = _offered(adam.get(page))

    assert offered["Australia"]["Australia/Sydney"] == "Sydney"
    assert offered["America"]["America/Argentina/Buenos_Aires"] == "Buenos Aires, Argentina"
    assert offered["America"]["America/New_York"] == "New York"
    assert next(iter(offered["Other"])) == "UTC"
    for region, places in offered.items():
        if region != "Other":
            assert list(places.values()) == sorted(places.values())


@pytest.mark.parametrize("zone", ["US/Eastern", "Singapore", "Etc/GMT+10"])
def test_a_time_zone_of_an_old_name_on_file_stays_when_the_name_is_changed(cast, adam, change, zone):
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone=zone)

    assert change(adam, name="Harbour & Hill").status_code == 200
    assert (of(cast.clinic).name, of(cast.clinic).time_zone) == ("Harbour & Hill", zone)


# The section Permissions


def test_administrators_are_shown_the_way_to_permissions_and_what_is_restricted_now(cast, adam, page, url):
    """C14."""
    assert "every role may do all that it is meant for" in section_of(adam.get(page), "permissions")

    Account.objects.filter(pk=cast.clinic.pk).update(toggles={roles.Toggle.RECEPTION_NO_ATTACHMENTS: True})
    answer = adam.get(page)
    assert "Reception does not open attachments" in section_of(answer, "permissions")
    assert links_on(answer)["Change permissions"] == url("permissions")


def test_a_power_receptionist_reads_who_can_change_permissions(piet, page):
    answer = piet.get(page)

    assert "An administrator can change this." in section_of(answer, "permissions")
    assert "Change permissions" not in links_on(answer)
