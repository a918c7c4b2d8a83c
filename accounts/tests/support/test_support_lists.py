"""Two lists of the support site: accounts, and requests about ownership (S37; query counts pinned)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access import roles
from accounts.models import Account, Activity
from accounts.support.lists import PER_PAGE
from accounts.tests.factories import AccountFactory, MemberFactory, UserFactory
from accounts.tests.owners import administrator_of
from accounts.tests.support_desk import account_page, at, close_row, lock_row, request_of
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ACCOUNTS, REQUESTS = "/support/accounts/", "/support/requests/"


def rows_of(page):
    """The rows of the table as people read them: what each cell says."""
    table = BeautifulSoup(page.text, "html.parser").tbody
    if table is None:
        return []
    return [[" ".join(cell.stripped_strings) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]


@pytest.fixture
def listed(desk):
    """The first words of each row on a list, for what the address asks: the clinic's name."""

    def _listed(where, **asked):
        page = desk.get(where, asked)
        assert page.status_code == 200
        names = BeautifulSoup(page.text, "html.parser").select("tbody th a")
        return [name.get_text() for name in names]

    return _listed


# Accounts


def test_each_account_is_listed_with_what_support_asks_for_first(cast, desk):
    Account.objects.update(created_at=database_now().replace(year=2025, month=3, day=4))

    [elsewhere, harbour] = rows_of(desk.get(ACCOUNTS))

    assert harbour == ["Harbour Physio /harbour-physio/", "Open", "Olive Owens", "5", "4 Mar 2025"]
    assert elsewhere == ["Elsewhere /elsewhere/", "Open No owners", "None", "1", "4 Mar 2025"]
    assert f'href="{account_page(cast.clinic)}"' in desk.get(ACCOUNTS).text


def test_the_state_says_whether_it_is_locked_or_closed_and_when_it_is_erased(cast, desk):
    lock_row(cast.clinic)
    close_row(cast.clinic)

    [_elsewhere, harbour] = rows_of(desk.get(ACCOUNTS))

    assert harbour[1] == "Locked Closed"


def test_of_many_owners_the_first_three_are_named(cast, desk):
    for number in range(4):
        MemberFactory(account=cast.clinic, last_name=f"Zed{number}", role=roles.ADMINISTRATOR, is_owner=True)

    [_elsewhere, harbour] = rows_of(desk.get(ACCOUNTS))

    assert harbour[2] == "Olive Owens , Jo Zed0 , Jo Zed1 and 2 more"


@pytest.mark.parametrize(
    "words",
    ["harbour", "HARBOUR PHYSIO", "harbour-phy", "Olive", "olive owens", "OWENS", "rita@harbour", "Ivy", "physio paul"],
)
def test_an_account_is_found_by_its_name_its_address_or_somebody_in_it(cast, listed, words):
    """Each word counts, in any order; it is listed once, however many of its people match."""
    assert listed(ACCOUNTS, q=words) == ["Harbour Physio"]


@pytest.mark.parametrize("words", ["Olive Reyes", "argon2", "md5$", "100%", "'; --", "x" * 300])
def test_what_no_account_has_finds_none(cast, listed, words):
    """Two people of one clinic are not one person, and a password's hash is not searched."""
    assert listed(ACCOUNTS, q=words) == []


def test_where_nothing_matches_the_page_says_what_to_try(cast, desk):
    page = desk.get(ACCOUNTS, {"q": "nowhere"}).text

    assert "No account matches." in page
    assert 'value="nowhere"' in page


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("locked", ["Locked Physio"]),
        ("closed", ["Closed Physio"]),
        ("ownerless", ["Elsewhere"]),
        ("unknown", ["Closed Physio", "Elsewhere", "Harbour Physio", "Locked Physio"]),
    ],
)
def test_the_list_is_narrowed_to_one_state(cast, listed, state, names):
    for name, change in (("Locked Physio", lock_row), ("Closed Physio", close_row)):
        account = AccountFactory(name=name)
        MemberFactory(account=account, role=roles.ADMINISTRATOR, is_owner=True)
        change(account)

    assert listed(ACCOUNTS, state=state) == names


def test_a_search_stays_within_the_state_that_was_chosen(cast, desk, listed):
    lock_row(cast.clinic)

    page = BeautifulSoup(desk.get(ACCOUNTS, {"state": "locked"}).text, "html.parser")

    assert page.find("input", {"type": "hidden", "name": "state"})["value"] == "locked"
    assert listed(ACCOUNTS, state="locked", q="elsewhere") == []
    assert "?q=harbour&state=locked" in desk.get(ACCOUNTS, {"q": "harbour"}).text.replace("&amp;", "&")


@pytest.mark.parametrize(
    "field", ["creator__password__startswith", "members__user__password", "creator__last_login__gt", "name", "id__in"]
)
def test_nothing_else_can_be_asked_for_in_the_address(cast, desk, field):
    """Otherwise a hash could be guessed letter by letter."""
    assert desk.get(ACCOUNTS, {field: "md5"}).status_code == 400


@pytest.mark.parametrize("asked", [{"p": "99"}, {"p": "99", "e": "1"}, {"p": "0"}])
def test_a_page_that_is_not_there_leads_to_the_first(desk, asked):
    for _ in range(PER_PAGE + 1):
        AccountFactory()

    answer = desk.get(ACCOUNTS, asked, follow=True)

    assert answer.status_code == 200
    assert len(rows_of(answer)) == PER_PAGE
    assert answer.request["QUERY_STRING"] == ""


@pytest.mark.parametrize(
    "asked", [{"p": "x"}, {"o": "0.-1.x"}, {"all": ""}, {"_popup": "1"}, {"_to_field": "id"}, {"_facets": "True"}]
)
def test_what_the_stock_admin_understands_and_we_do_not_use_does_no_harm(cast, listed, asked):
    assert listed(ACCOUNTS, **asked) == ["Elsewhere", "Harbour Physio"]


def test_a_field_to_look_up_by_that_is_none_is_a_bad_request(desk):
    assert desk.get(ACCOUNTS, {"_to_field": "creator__password"}).status_code == 400


def test_what_no_database_takes_is_left_out_of_a_search(cast, listed):
    assert listed(ACCOUNTS, q="har\x00bour") == ["Harbour Physio"]


def test_many_accounts_come_page_by_page(desk, listed):
    for number in range(PER_PAGE + 2):
        AccountFactory(name=f"Physio {number:02}")

    assert len(listed(ACCOUNTS)) == PER_PAGE
    assert listed(ACCOUNTS, p="2") == [f"Physio {PER_PAGE:02}", f"Physio {PER_PAGE + 1:02}"]
    assert "?p=2" in desk.get(ACCOUNTS).text
    assert "?q=physio&p=2" in desk.get(ACCOUNTS, {"q": "physio"}).text.replace("&amp;", "&")


def test_markup_in_a_name_is_inert(desk):
    """C16."""
    AccountFactory(name="<b>Bold</b> Physio")

    page = desk.get(ACCOUNTS).text

    assert "&lt;b&gt;Bold&lt;/b&gt; Physio" in page
    assert "<b>Bold" not in page


def queries_of(client, where, **asked):
    """How many queries a list takes."""
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(where, asked).status_code == 200
    return len(seen)


def test_the_list_of_accounts_takes_the_same_few_queries_whatever_its_size(cast, desk):
    """Session, user, sign-in, two-factor authentication, open requests and resets, how many, the page, its owners.

    A search writes down whom it found, too: a transaction around who reads, what is known already, which are there, the
    entries; and on PostgreSQL what time it is.
    """
    before = queries_of(desk, ACCOUNTS), queries_of(desk, ACCOUNTS, q="h")
    for _ in range(PER_PAGE):
        administrator = MemberFactory(role=roles.ADMINISTRATOR, is_owner=True, account__name="Ahoy Physio")
        MemberFactory(account=administrator.account)

    after = queries_of(desk, ACCOUNTS), queries_of(desk, ACCOUNTS, q="h")

    assert after == before == (9, 15 + (connection.vendor == "postgresql"))
    assert Activity.objects.count() == 2 + PER_PAGE


# Requests


def test_each_request_says_from_whom_when_and_what_became_of_it(cast, desk, sam):
    at_noon = database_now().replace(year=2025, month=3, day=4, hour=12, minute=5)
    waiting = request_of(cast.administrator, created_at=at_noon)
    request_of(cast.outsider, created_at=at_noon, settled_at=at_noon + timedelta(days=1), settled_by=sam)

    page = desk.get(REQUESTS)

    assert rows_of(page) == [
        ["Harbour Physio", "Adam Adler adam@harbour.example", "4 Mar 2025, 12:05 UTC", "Open"],
        [
            "Elsewhere",
            "Xena Xu xena@elsewhere.example",
            "4 Mar 2025, 12:05 UTC",
            "Settled on 5 Mar 2025 by sam@support.example",
        ],
    ]
    assert f'href="{account_page(cast.clinic)}#request-{waiting.pk}"' in page.text


def test_what_waits_comes_first_the_longest_on_top_then_what_was_settled_last(cast, listed, sam):
    now = database_now()
    for name, age, settled in (("A", 4, 1), ("B", 3, None), ("C", 2, 0), ("D", 9, None)):
        account = AccountFactory(name=name)
        fields = {} if settled is None else {"settled_at": now - timedelta(days=settled), "settled_by": sam}
        request_of(administrator_of(account, f"Of{name}", "X"), created_at=now - timedelta(days=age), **fields)

    assert listed(REQUESTS) == ["D", "B", "C", "A"]
    assert listed(REQUESTS, state="open") == ["D", "B"]
    assert listed(REQUESTS, state="settled") == ["C", "A"]
    assert listed(REQUESTS, state="unknown") == ["D", "B", "C", "A"]


@pytest.mark.parametrize("words", ["harbour", "adam adler", "ADAM@"])
def test_a_request_is_found_by_its_clinic_or_whom_it_is_from(cast, listed, words):
    request_of(cast.administrator)
    request_of(cast.outsider)

    assert listed(REQUESTS, q=words) == ["Harbour Physio"]


def test_a_hash_cannot_be_asked_for_there_either(cast, desk):
    assert desk.get(REQUESTS, {"filed_by__user__password__startswith": "md5"}).status_code == 400


def test_how_many_requests_wait_stands_on_every_page(cast, desk, sam):
    request_of(cast.administrator)
    request_of(cast.outsider)
    request_of(cast.outsider, settled_at=database_now(), settled_by=sam)

    for where in (ACCOUNTS, REQUESTS, account_page(cast.clinic), at("account_lock", cast.clinic.pk)):
        bar = BeautifulSoup(desk.get(where).text, "html.parser").header
        assert "Ownership requests 2 open" in " ".join(bar.stripped_strings)


def test_without_requests_the_page_says_where_they_will_come_from(desk):
    assert "No requests." in desk.get(REQUESTS).text
    assert "No request matches." in desk.get(REQUESTS, {"q": "nobody"}).text
    assert "No request matches." in desk.get(REQUESTS, {"state": "open"}).text


def test_the_list_of_requests_takes_the_same_few_queries_whatever_its_size(cast, desk):
    """Session, user, sign-in, two-factor authentication, open requests and resets, how many, the page."""
    request_of(cast.administrator)
    before = queries_of(desk, REQUESTS)
    for _ in range(PER_PAGE):
        request_of(MemberFactory(user=UserFactory(), role=roles.ADMINISTRATOR))

    assert queries_of(desk, REQUESTS) == before == 8
