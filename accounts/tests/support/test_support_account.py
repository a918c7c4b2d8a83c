"""An account as support sees it: facts, requests, people, activity, and nothing that lets anybody in (S37)."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.access import roles
from accounts.core.acting import record
from accounts.core.tokens import ConfirmationLink, InvitationLink
from accounts.mail.contents import reset_uid
from accounts.models import Account, Activity, Dispute, Invitation, Member, User
from accounts.support import actions as support
from accounts.support.account import PEOPLE_PER_PAGE
from accounts.support.queries import ACTIVITY_SHOWN, REQUESTS_SHOWN
from accounts.tests.factories import AccountFactory, MemberFactory, PendingMemberFactory
from accounts.tests.links import token_of
from accounts.tests.owners import administrator_of, administrators_without_owner, links_on, section_of
from accounts.tests.support_desk import REASON, account_page, at, close_row, lock_row, request_of
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def page(cast, desk):
    """The page of Harbour Physio, or of another account."""

    def _page(account=None, **asked):
        answer = desk.get(account_page(account or cast.clinic), asked)
        assert answer.status_code == 200
        return answer

    return _page


def facts_on(answer):
    """The facts of the account by their names."""
    listed = BeautifulSoup(answer.text, "html.parser").find("section", attrs={"aria-labelledby": "facts-heading"}).dl
    words = [[" ".join(each.get_text().split()) for each in listed.find_all(tag)] for tag in ("dt", "dd")]
    return dict(zip(*words, strict=True))


def rows_of(answer, heading):
    """The rows of the table in the section with this heading."""
    section = BeautifulSoup(answer.text, "html.parser").find("section", attrs={"aria-labelledby": f"{heading}-heading"})
    return [
        [" ".join(cell.stripped_strings) for cell in row.find_all(["th", "td"])] for row in section.select("tbody tr")
    ]


def row_of(member, answer):
    """What the row of a person says; under Ownership, the last column, what can be done or why not."""
    [found] = [row for row in rows_of(answer, "people") if member.full_name in row[0]]
    return found


# Facts


def test_the_facts_say_what_the_account_is(cast, page):
    facts = facts_on(page())

    assert facts.pop("Opened").endswith("UTC by olive@harbour.example")
    assert facts == {
        "Address": "/harbour-physio/",
        "Owners": "Olive Owens",
        "People": "5",
        "Plan": "Small",
        "Time zone": "UTC",
    }


def test_times_are_in_utc_and_say_so(cast, page):
    """Support is anywhere, and so are the clinics."""
    opened = datetime(2026, 11, 4, 23, 5, tzinfo=UTC)
    Account.objects.update(time_zone="Australia/Sydney", created_at=opened)

    assert facts_on(page())["Opened"].startswith("4 Nov 2026, 23:05 UTC by")


def test_an_account_that_was_brought_over_says_so(page):
    bea, _ben = administrators_without_owner()

    facts = facts_on(page(bea.account))

    assert facts["Opened"].endswith(", brought over")
    assert facts["Owners"] == "None"


def test_a_locked_account_says_since_when_and_can_be_unlocked(cast, page):
    lock_row(cast.clinic)

    answer = page()

    cast.clinic.refresh_from_db()
    assert facts_on(answer)["Locked"].startswith(f"{cast.clinic.locked_at:%-d %b %Y}")
    assert links_on(answer)["Unlock account"] == at("account_unlock", cast.clinic.pk)
    assert "Lock account" not in links_on(answer)


def test_an_open_account_can_be_locked(cast, page):
    links = links_on(page())

    assert links["Lock account"] == at("account_lock", cast.clinic.pk)
    assert "Unlock account" not in links


def test_a_closed_account_says_when_it_is_erased_and_a_lock_that_it_is_not(cast, page):
    close_row(cast.clinic, days=3)
    cast.clinic.refresh_from_db()

    assert facts_on(page())["Erased on"].startswith(f"{cast.clinic.erase_at:%-d %b %Y}")
    lock_row(cast.clinic)
    assert facts_on(page())["Erased on"].endswith("UTC, but not while it is locked")


# People


def test_owners_come_first_then_administrators_then_the_others_by_name(cast, page):
    MemberFactory(account=cast.clinic, first_name="Abe", last_name="Aaron", is_active=False)

    names = [row[0].split(" ", 1)[1].rsplit(" ", 1)[0] for row in rows_of(page(), "people")]

    assert names == ["Olive Owens", "Adam Adler", "Ivy Ito", "Paul Prasad", "Rita Reyes", "Abe Aaron"]


def test_a_person_has_name_address_role_status_and_last_sign_in(cast, page):
    User.objects.filter(pk=cast.owner.user_id).update(
        last_login=timezone.now().replace(year=2025, month=3, day=4, hour=9)
    )
    answer = page()

    name, role, status, signed_in, _ownership = row_of(cast.owner, answer)
    assert name == "OO Olive Owens olive@harbour.example"
    assert (role, status) == ("Administrator", "Owner Active")
    assert signed_in.startswith("4 Mar 2025, 09:")
    assert row_of(cast.invited, answer)[2:4] == ["Invited", "Never"]


def test_the_only_owner_stays_one_and_the_page_says_what_to_do_first(cast, page):
    """C17."""
    answer = page()

    assert row_of(cast.owner, answer)[-1] == (
        "Olive Owens is the only owner who can sign in. Make another administrator an owner first."
    )
    assert at("owner_remove", cast.clinic.pk, cast.owner.pk) not in answer.text


def test_of_two_owners_each_can_lose_ownership(cast, otto, page):
    links = links_on(page())

    assert links["Remove ownership of Olive Owens"] == at("owner_remove", cast.clinic.pk, cast.owner.pk)
    assert links["Remove ownership of Otto Oh"] == at("owner_remove", cast.clinic.pk, otto.pk)


def test_an_owner_who_cannot_sign_in_does_not_count_as_the_other(cast, otto, page):
    User.objects.filter(pk=otto.user_id).update(is_active=False)

    links = links_on(page())

    assert "Remove ownership of Otto Oh" in links
    assert "Remove ownership of Olive Owens" not in links


def test_an_administrator_can_be_appointed_and_nobody_else(cast, page):
    """S29."""
    links = [words for words in links_on(page()) if words.startswith("Appoint")]

    assert links == ["Appoint Adam Adler as owner"]


def test_in_an_account_without_owners_each_administrator_can_be_appointed(page):
    """S26."""
    bea, _ben = administrators_without_owner()

    links = [words for words in links_on(page(bea.account)) if words.startswith("Appoint")]

    assert links == ["Appoint Bea Bell as owner", "Appoint Ben Bond as owner"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_active": False}, "Adam Adler is inactive. Make them active again first."),
        ({"user__is_active": False}, "Adam Adler can’t sign in at the moment."),
        ({"user__email_confirmed_at": None}, "Adam Adler has yet to confirm their email address."),
        ({"joined_at": None}, "Adam Adler has not accepted the invitation yet."),
    ],
)
def test_where_an_administrator_cannot_be_appointed_the_page_says_why(cast, page, change, words):
    for name, value in change.items():
        model, pk = (User, cast.administrator.user_id) if name.startswith("user__") else (Member, cast.administrator.pk)
        model.objects.filter(pk=pk).update(**{name.removeprefix("user__"): value})

    assert row_of(cast.administrator, page())[-1] == words


def test_a_large_account_comes_page_by_page_with_its_owners_on_the_first(cast, page):
    for number in range(PEOPLE_PER_PAGE):
        MemberFactory(account=cast.clinic, last_name=f"Aaa{number:02}")

    first, second = page(), page(page="2")

    assert len(rows_of(first, "people")) == PEOPLE_PER_PAGE
    assert "Olive Owens" in rows_of(first, "people")[0][0]
    assert len(rows_of(second, "people")) == 5
    assert "Page 2 of 2" in section_of(second, "people")
    assert rows_of(page(page="x"), "people") == rows_of(first, "people")


def test_only_the_people_of_this_account_are_listed(cast, page):
    """A38."""
    assert "Xena" not in page().text


# Requests


def test_an_open_request_stands_on_top_with_its_story_and_can_be_settled(cast, page):
    dispute = request_of(cast.administrator, rightful_owner="Adam Adler, <i>that is me</i>", phone="+61 400 000 000")

    answer = page()

    words = section_of(answer, "requests")
    for each in ("Adam Adler", "adam@harbour.example", "+61 400 000 000", "<i>that is me</i>", "She left in March."):
        assert each in words
    assert "She left in March.<br>Nobody can reach her." in answer.text
    assert "<i>" not in answer.text
    assert links_on(answer)["Settle request"] == at("request_settle", cast.clinic.pk, dispute.pk)
    assert answer.text.index("requests-heading") < answer.text.index("facts-heading")
    assert f'id="request-{dispute.pk}"' in answer.text


def test_a_settled_request_says_how_it_ended_and_cannot_be_settled_again(cast, page, sam):
    support.settle_dispute(staff=sam, dispute=request_of(cast.administrator), reason=REASON)

    answer = page()

    assert "1 settled request" in section_of(answer, "requests")
    assert f"by sam@support.example: {REASON}" in section_of(answer, "requests")
    assert "Settle request" not in links_on(answer)


def test_requests_of_other_accounts_are_not_shown(cast, page):
    request_of(cast.outsider)

    assert section_of(page(), "requests") == ""


def test_more_requests_than_are_shown_come_up_as_others_are_settled(cast, page, sam):
    for number in range(REQUESTS_SHOWN + 1):
        request_of(cast.administrator, story=f"Story {number}.", created_at=database_now() + timedelta(seconds=number))
    assert f"Story {REQUESTS_SHOWN}." not in page().text

    support.settle_dispute(staff=sam, dispute=Dispute.objects.earliest("pk"), reason=REASON)

    assert f"Story {REQUESTS_SHOWN}." in page().text


# Activity


def test_the_activity_says_when_who_what_whom_and_why(cast, page, sam, otto):
    support.remove_owner(staff=sam, target=otto, reason="They left.\n<b>For good.</b>")
    record(Activity.Verb.MEMBER_UPDATED, account=cast.clinic, actor=cast.owner, subject=cast.receptionist)
    record(Activity.Verb.MEMBER_UPDATED, account=cast.clinic, actor=cast.owner, subject=cast.owner)
    record(Activity.Verb.INVITATION_REQUESTED, account=cast.clinic, actor=None, subject=cast.invited)
    record(Activity.Verb.ACCOUNT_IMPORTED, account=cast.clinic, actor=None)
    renamed = {"name": ["Harbour Physio", "Harbour"]}
    record(Activity.Verb.ACCOUNT_UPDATED, account=cast.clinic, actor=cast.owner, details=renamed)
    record(Activity.Verb.BUSINESS_ADDED, account=cast.clinic, actor=cast.owner, details={"name": "Northside"})

    answer = page()

    assert [row[1:] for row in rows_of(answer, "activity")] == [
        ["Olive Owens", "added the business", "Northside"],
        ["Olive Owens", "changed the clinic’s details", ""],
        ["The import", "brought the account over", ""],
        ["Someone with an old link", "asked for a new invitation", "Ivy Ito"],
        ["Olive Owens", "changed the details of", ""],
        ["Olive Owens", "changed the details of", "Rita Reyes"],
        ["Support: sam@support.example", "took ownership from They left. <b>For good.</b>", "Otto Oh"],
    ]
    assert "<b>For good" not in answer.text


def test_the_newest_entries_are_shown_and_no_others(cast, page):
    for _ in range(ACTIVITY_SHOWN + 1):
        record(Activity.Verb.MEMBER_UPDATED, account=cast.clinic, actor=cast.owner, subject=cast.receptionist)
    record(Activity.Verb.PLAN_CHANGED, account=cast.clinic, actor=cast.owner)
    record(Activity.Verb.PLAN_CHANGED, account=cast.other_clinic, actor=cast.outsider)

    answer = page()

    assert len(rows_of(answer, "activity")) == ACTIVITY_SHOWN
    assert answer.text.count("changed the plan") == 1
    assert f"The newest {ACTIVITY_SHOWN} entries." in answer.text


# Nothing that lets anybody in (S37, A23)


def test_no_page_of_support_shows_what_would_let_anybody_in(cast, desk, otto, sign_in):
    """Searched for what is on file, and for the links that could be made of it: hashes, sessions, tokens."""
    olive = sign_in(cast.owner)
    PendingMemberFactory(account=cast.clinic, role=roles.ADMINISTRATOR, invited_by=cast.owner)
    dispute = request_of(cast.administrator)
    hashes = [each for each in User.objects.values_list("password", flat=True) if not each.startswith("!")]
    by_hand = [InvitationLink.of(each, by_hand=True).token() for each in Invitation.objects.all()]
    mailed = [token_of(each.member) for each in Invitation.objects.select_related("member")]
    resets = [default_token_generator.make_token(user) for user in User.objects.all()]
    confirmations = [ConfirmationLink.of(user).token() for user in User.objects.all()]
    sessions = [olive.session.session_key, *Session.objects.values_list("session_key", flat=True)]
    secrets = [*hashes, *by_hand, *mailed, *resets, *confirmations, *sessions]
    assert all(len(each) > 20 for each in secrets)
    uids = [f"/password/reset/{reset_uid(user)}" for user in User.objects.all()]

    pages = [
        desk.get(where).text
        for where in (
            "/support/accounts/",
            "/support/requests/",
            account_page(cast.clinic),
            *(at(name, cast.clinic.pk) for name in ("account_lock", "account_unlock")),
            *(at("owner_appoint", cast.clinic.pk, each.pk) for each in (cast.administrator, cast.invited)),
            at("owner_remove", cast.clinic.pk, otto.pk),
            at("request_settle", cast.clinic.pk, dispute.pk),
        )
    ]

    assert [secret for secret in [*secrets, *uids, "/invitations/"] for text in pages if secret in text] == []


def test_there_is_no_form_on_an_account_but_for_the_menu(cast, page):
    """Acts have pages of their own; the look and signing out are everybody's."""
    forms = BeautifulSoup(page().text, "html.parser").find_all("form")

    assert [form["action"] for form in forms] == [reverse("accounts:theme"), reverse("accounts:logout")]


# Queries


def test_the_page_takes_the_same_few_queries_whatever_the_accounts_size(cast, desk, sam):
    """Session, user, sign-in, two-factor authentication, open requests and resets, account, owners, people counted and
    listed, who can own it, requests, activity; and whether it was written down within the hour that they read it.
    """
    request_of(cast.administrator)
    record(Activity.Verb.PLAN_CHANGED, account=cast.clinic, actor=cast.owner)
    desk.get(account_page(cast.clinic))
    with CaptureQueriesContext(connection) as small:
        desk.get(account_page(cast.clinic))
    for number in range(PEOPLE_PER_PAGE):
        administrator_of(cast.clinic, f"Otto{number}", "Oh", is_owner=True)
        request_of(cast.administrator, settled_at=database_now(), settled_by=sam)
        record(Activity.Verb.ACCOUNT_LOCKED, account=cast.clinic, actor=None, staff=sam, details={"reason": REASON})
    AccountFactory.create_batch(3)

    with CaptureQueriesContext(connection) as large:
        desk.get(account_page(cast.clinic))

    assert len(large) == len(small) == 18 + (connection.vendor == "postgresql")
