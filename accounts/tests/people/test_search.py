"""Every search is bounded: whatever is asked for, a page answers, and says where it left words out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.core.search import LONGEST_SEARCH, MOST_WORDS, Search
from accounts.tests.owners import links_on, words_of
from accounts.tests.pages import typed_on
from accounts.tests.support_desk import request_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WORDS = " ".join(f"w{number}" for number in range(5000))
ASKED = {
    "5,000 words": WORDS,
    "5,000 of one letter": "a " * 5000,
    "100,000 characters": "x" * 100_000,
    "100,000 characters of a pattern": "%_" * 50_000,
    "a NUL": "a\x00b",
    "only NULs": "\x00" * 500,
    "a quotation mark": '"',
    "5,000 quotation marks": '"' * 5000,
    "quotation marks by turns": "'\"" * 5000,
    "quoted words": '"a b" ' * 2000,
    "backslashes": "\\" * 5000,
    "an open quotation": '"' + WORDS,
    "white space": " \t\n\u2003" * 2000,
    "signs": "🦄́\u202e" * 2000,
    "SQL": "'; DROP TABLE accounts_account; --",
}
LISTS = {"accounts": "/support/accounts/", "requests": "/support/requests/"}
SHORTENED = f"Your search was too long, so only its first {MOST_WORDS} words were used, up to {LONGEST_SEARCH}"
SHORTENED_NAME = f"Your search was too long, so only its first {LONGEST_SEARCH} characters were used."


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("where", LISTS)
def test_a_list_of_support_answers_whatever_is_searched_for(cast, desk, where, asked):
    request_of(cast.administrator)

    page = desk.get(LISTS[where], {"q": ASKED[asked]})

    assert page.status_code == 200
    search = Search.of(ASKED[asked], most_words=MOST_WORDS)
    assert typed_on(page, with_field="q")["q"] == search.text
    assert all(len(link) < 10_000 for link in links_on(page).values()), "Links go on with what was searched for."
    assert (SHORTENED in words_of(page)) == search.was_shortened


@pytest.mark.parametrize("asked", ASKED)
def test_the_list_of_users_does_too(cast, adam, url, asked):
    page = adam.get(url("members"), {"q": ASKED[asked]})

    assert page.status_code == 200
    assert (SHORTENED_NAME in words_of(page)) == Search.of(ASKED[asked]).was_shortened


@pytest.mark.parametrize("name", ["page", "p", "o", "e", "state", "role", "status", "week", "business", "day", "first"])
@pytest.mark.parametrize("value", ["9" * 5000, "-1", "1\x00", '"', "x" * 100_000], ids=lambda value: value[:3])
@pytest.mark.everyday("name", "value")
def test_nothing_else_that_an_address_can_ask_breaks_a_list(cast, adam, desk, url, name, value):
    week = f"/{cast.clinic.slug}/practitioners/"

    answers = [desk.get(LISTS["accounts"], {name: value}), desk.get(LISTS["requests"], {name: value})]
    answers += [adam.get(url("members"), {name: value}), adam.get(week, {name: value})]

    assert {answer.status_code for answer in answers} <= {200, 302, 400, 404}


def test_a_search_of_many_words_is_one_of_the_first_and_still_finds(cast, desk):
    page = desk.get(LISTS["accounts"], {"q": "harbour " * 5000})

    assert "Harbour Physio" in words_of(page)
    assert SHORTENED in words_of(page)


def test_what_people_type_is_searched_for_as_it_is(cast, desk, adam, url):
    for words in ("Harbour Physio", "olive owens", "a b c d e f g h", '"harbour physio"', "rita@harbour.example"):
        assert Search.of(words, most_words=MOST_WORDS) == Search(words)
        assert SHORTENED not in words_of(desk.get(LISTS["accounts"], {"q": words}))
    assert "Rita Reyes" in words_of(adam.get(url("members"), {"q": "rita@harbour.example"}))


def test_words_in_quotation_marks_are_one(cast, desk):
    assert "Harbour Physio" in words_of(desk.get(LISTS["accounts"], {"q": '"bour phy"'}))
    assert "Harbour Physio" not in words_of(desk.get(LISTS["accounts"], {"q": '"physio harbour"'}))


def test_a_search_takes_as_many_queries_however_long_it_is(cast, desk):
    counts = []
    for words in ("w1", WORDS, "x" * 100_000):
        with CaptureQueriesContext(connection) as queries:
            desk.get(LISTS["accounts"], {"q": words})
        counts.append(len(queries))

    assert len(set(counts)) == 1
