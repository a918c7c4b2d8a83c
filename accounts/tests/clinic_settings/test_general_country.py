"""Settings -> General: the country that a clinic is in, which says what a phone number without a code is."""

import pytest
from bs4 import BeautifulSoup

from accounts.models import Account, Activity
from accounts.tests.owners import told_on, words_of
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(cast):
    """Harbour Physio without a country of its own, in Sydney's time zone."""
    Account.objects.filter(pk=cast.clinic.pk).update(country="", time_zone="Australia/Sydney")
    return lambda: Account.objects.get(pk=cast.clinic.pk)


@pytest.fixture
def opened(url):
    """What the page shows to somebody's browser."""
    return lambda browser: typed_on(browser.get(url("general")), with_field="time_zone")


@pytest.fixture
def change(url, opened):
    """Open the page, change some fields, and choose Update clinic."""
    return lambda browser, **fields: browser.post(url("general"), {**opened(browser), **fields}, follow=True)


def test_countries_are_offered_by_name(adam, url):
    select = BeautifulSoup(adam.get(url("general")).text, "html.parser").find("select", attrs={"name": "country"})
    offered = {each["value"]: each.text for each in select("option")}

    assert (offered["AU"], offered["GB"], offered[""]) == ("Australia", "United Kingdom", "Same as the time zone")
    assert len(offered) > 200


def test_until_one_is_chosen_it_is_that_of_the_time_zone(clinic, adam, opened):
    assert opened(adam)["country"] == clinic().home_country == "AU"


def test_one_that_is_chosen_goes_before_the_time_zones(clinic, adam, opened, change):
    answer = change(adam, country="NZ")

    assert told_on(answer) == "The clinic’s details were updated."
    assert clinic().home_country == opened(adam)["country"] == "NZ"
    assert Activity.objects.get().details == {"country": ["AU", "NZ"]}


def test_left_alone_it_is_no_change(clinic, adam, change):
    change(adam, name="Harbour & Hill")

    assert clinic().home_country == "AU"
    assert Activity.objects.get().details == {"name": ["Harbour Physio", "Harbour & Hill"]}


def test_same_as_the_time_zone_takes_the_one_that_it_is_in(clinic, adam, change):
    change(adam, country="", time_zone="Europe/Berlin")

    assert clinic().home_country == "DE"


def test_another_time_zone_alone_leaves_the_country_that_was_shown(clinic, adam, change):
    """A clinic in Australia may keep its clocks by Auckland."""
    change(adam, time_zone="Pacific/Auckland")

    assert clinic().home_country == "AU"


def test_a_page_from_before_clinics_had_one_changes_none(clinic, adam, opened, url):
    page = {name: value for name, value in opened(adam).items() if "country" not in name}

    assert adam.post(url("general"), {**page, "name": "Harbour & Hill"}).status_code == 302
    assert (clinic().name, clinic().home_country) == ("Harbour & Hill", "AU")


def test_what_is_no_country_is_refused(clinic, adam, change):
    answer = change(adam, country="XX")

    assert answer.status_code == 422 and "Country – Choose a country from the list." in words_of(answer)
    assert clinic().country == ""


def test_two_browsers_do_not_undo_each_others_choice(clinic, adam, olive, opened, change, url):
    page = opened(adam)
    change(olive, country="NZ")

    answer = adam.post(url("general"), {**page, "country": "FJ"})

    assert "Country – On file now: New Zealand" in words_of(answer)
    assert (typed_on(answer, with_field="time_zone")["country"], clinic().country) == ("FJ", "NZ")
