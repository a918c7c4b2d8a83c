"""Who of the clinic has two-factor authentication: in the list of users, and on a person's page (A34)."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import MemberFactory
from accounts.tests.owners import section_of, words_of
from accounts.tests.two_factor import enrolled

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WITHOUT = {"without_two_factor": "1"}


@pytest.fixture
def listed(adam, url):
    """Whom the list shows, with what it says of their two-factor authentication; nothing where it says nothing."""

    def _listed(**filters):
        table = BeautifulSoup(adam.get(url("members"), filters).text, "html.parser").find("table")
        rows = table.tbody.find_all("tr") if table else []
        cells = [(row.find("bdi").get_text(), row.find("td", attrs={"data-label": "Two-factor"})) for row in rows]
        return {name: cell.get_text() if cell else "" for name, cell in cells}

    return _listed


def test_the_list_says_of_everybody_who_is_there_whether_they_have_one(cast, listed):
    """Of somebody invited, whose login may be older than the invitation, the clinic does not learn it."""
    for each in (cast.receptionist, cast.invited):
        enrolled(each)
    enrolled(MemberFactory(account=cast.clinic, first_name="Ina", last_name="Ix", is_active=False))

    assert listed(inactive="1") == {
        "Adam Adler": "Off",
        "Ivy Ito": "",
        "Olive Owens": "Off",
        "Paul Prasad": "Off",
        "Rita Reyes": "On",
        "Ina Ix": "",
    }


def test_the_list_is_narrowed_to_those_without(cast, listed):
    enrolled(cast.receptionist)
    MemberFactory(account=cast.clinic, is_active=False)

    for filters in (WITHOUT, {**WITHOUT, "inactive": "1"}):
        assert list(listed(**filters)) == ["Adam Adler", "Olive Owens", "Paul Prasad"]
    assert list(listed(**WITHOUT, q="paul")) == ["Paul Prasad"]
    assert listed(**WITHOUT, status="invited") == {}


def test_the_box_stays_ticked_and_the_list_can_be_shown_whole_again(adam, url):
    page = adam.get(url("members"), WITHOUT)

    box = BeautifulSoup(page.text, "html.parser").find("input", id="without_two_factor")
    assert box.has_attr("checked")
    assert "match. Show everyone" in words_of(page)


def test_the_next_page_of_the_list_is_narrowed_likewise(cast, adam, url):
    MemberFactory.create_batch(30, account=cast.clinic)

    page = adam.get(url("members"), WITHOUT)

    [onward] = {link["href"] for link in BeautifulSoup(page.text, "html.parser").find_all("a", rel="next")}
    assert {"without_two_factor=1", "page=2"} <= {*onward.removeprefix("?").split("&")}


@pytest.mark.parametrize("who", ["invited", "inactive"])
def test_the_page_of_somebody_who_is_not_there_says_nothing_of_it(cast, adam, url, who):
    member = cast.invited if who == "invited" else MemberFactory(account=cast.clinic, is_active=False)
    enrolled(member)

    page = adam.get(url("member", member.pk))

    assert section_of(page, "sign-in") == ""
    assert "wo-factor" not in words_of(page)


def test_an_owners_page_says_it_and_offers_nothing(cast, adam, url):
    enrolled(cast.owner)

    section = section_of(adam.get(url("member", cast.owner.pk)), "sign-in")

    assert "On since" in section
    assert "Reset" not in section


def test_a_persons_page_takes_two_queries_more_for_somebody_who_has_one(cast, adam, url):
    """Whether it can be reset: that it is there still, and that they sign in nowhere else."""
    address, counts = url("member", cast.receptionist.pk), []
    for prepare in (lambda: None, lambda: enrolled(cast.receptionist)):
        prepare()
        adam.get(address)
        with CaptureQueriesContext(connection) as queries:
            adam.get(address)
        counts.append(len(queries))

    assert counts[1] == counts[0] + 2 <= 12


def test_the_list_takes_as_many_queries_whoever_has_one(cast, adam, url):
    counts = []
    for _ in range(2):
        adam.get(url("members"))
        with CaptureQueriesContext(connection) as queries:
            adam.get(url("members"))
        counts.append(len(queries))
        for member in MemberFactory.create_batch(10, account=cast.clinic):
            enrolled(member)

    assert counts[0] == counts[1] <= 8
