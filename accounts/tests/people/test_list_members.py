"""Settings -> Users & practitioners: the list, searched, filtered, page by page (S2, S27, C3; query counts pinned)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.access import roles
from accounts.models import Activity, Invitation, Member, OutboundEmail, User
from accounts.people.queries import MEMBERS_PER_PAGE
from accounts.tests.factories import MemberFactory
from accounts.tests.owners import VERIFIED

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def listed(adam, url):
    """The names on the list, in their order, for these filters."""

    def _listed(**filters):
        page = adam.get(url("members"), filters)
        assert page.status_code == 200
        return [re.search(r"<a[^>]*><bdi>(.*?)</bdi>", row)[1] for row in rows(page)]

    return _listed


def rows(page):
    """The rows of the table of people."""
    return re.findall(r"<tr(?: class=\"faded\")?>\s*<th scope=\"row\">.*?</tr>", page.text, re.DOTALL)


def row_of(name, page):
    [row] = [each for each in rows(page) if f"<bdi>{name}</bdi>" in each]
    return row


# Columns


def test_each_person_is_listed_by_last_name(listed):
    assert listed() == ["Adam Adler", "Ivy Ito", "Olive Owens", "Paul Prasad", "Rita Reyes"]


def test_a_row_says_name_address_role_and_whether_they_are_a_practitioner(cast, adam, url):
    """S2."""
    page = adam.get(url("members"))

    paul, rita = row_of("Paul Prasad", page), row_of("Rita Reyes", page)
    assert f'href="{url("member", cast.practitioner.pk)}"' in paul
    assert "paul@harbour.example" in paul
    assert "<td>Practitioner</td>" in paul
    assert '<td data-label="Practitioner">Yes</td>' in paul
    assert "<td>Receptionist</td>" in rita
    assert '<td data-label="Practitioner">No</td>' in rita


def test_owners_are_marked_and_nobody_else_is(adam, url):
    """S27."""
    page = adam.get(url("members"))

    assert [("badge--owner" in row, "<bdi>Olive Owens</bdi>" in row) for row in rows(page)].count((True, True)) == 1
    assert page.text.count('badge--owner"') == 1


def test_ones_own_row_says_you(adam, url):
    page = adam.get(url("members"))

    assert "(you)" in row_of("Adam Adler", page)
    assert page.text.count("(you)") == 1


@pytest.mark.parametrize(
    ("status", "badge"),
    [
        ("invited", "Invited"),
        ("waiting", "Waiting to send"),
        ("expired", "Invitation expired"),
        ("failed", "Email failed"),
        ("bounced", "Email came back"),
        ("inactive", "Inactive"),
    ],
)
def test_a_badge_says_where_somebody_stands(cast, adam, url, status, badge):
    """S2, C13: exactly one of them."""
    _bring_to(cast.invited, status)

    row = row_of("Ivy Ito", adam.get(url("members"), {"inactive": "1"}))
    assert re.findall(r'<span class="badge badge--(\w+)">.*?</svg>(.*?)</span>', row, re.DOTALL) == [
        (LOOKS.get(status, status), badge)
    ]


LOOKS = {"bounced": "failed"}
MAIL_STATES = {
    "waiting": OutboundEmail.State.QUEUED,
    "failed": OutboundEmail.State.FAILED,
    "bounced": OutboundEmail.State.BOUNCED,
}


def _bring_to(member, status):
    now = timezone.now()
    if status == "expired":
        Invitation.objects.filter(member=member).update(expires_at=now)
    if status == "inactive":
        Member.objects.filter(pk=member.pk).update(is_active=False)
    if status in MAIL_STATES:
        OutboundEmail.objects.create(
            kind=OutboundEmail.Kind.INVITATION,
            user=member.user,
            invitation=member.invitation,
            version=1,
            state=MAIL_STATES[status],
            next_attempt_at=now,
            created_at=now,
        )


def test_mail_that_is_being_sent_or_tried_again_waits_to_be_sent_and_one_the_operator_took_out_failed(cast, adam, url):
    _bring_to(cast.invited, "waiting")

    for state, badge in (("sending", "waiting"), ("dropped", "failed"), ("accepted", "invited")):
        OutboundEmail.objects.update(state=state)

        assert f"badge--{badge}" in row_of("Ivy Ito", adam.get(url("members")))


def test_mail_that_was_dropped_since_the_link_had_run_out_is_an_expired_invitation(cast, adam, url):
    """As after a week without a worker."""
    _bring_to(cast.invited, "waiting")
    _bring_to(cast.invited, "expired")
    OutboundEmail.objects.update(state=OutboundEmail.State.DROPPED)

    assert "badge--expired" in row_of("Ivy Ito", adam.get(url("members")))
    assert "The link expired on" in adam.get(url("member", cast.invited.pk)).text


def test_mail_to_somebody_who_has_joined_that_came_back_is_a_badge_until_their_address_is_another(cast, adam, url):
    now = timezone.now()
    rita = cast.receptionist.user
    OutboundEmail.objects.create(
        kind=OutboundEmail.Kind.NOTICE,
        user=rita,
        recipient=rita.email,
        state=OutboundEmail.State.BOUNCED,
        last_error="550 5.1.1 No such person",
        next_attempt_at=now,
        created_at=now,
        accepted_at=now,
    )

    row = row_of("Rita Reyes", adam.get(url("members"), {"status": "bounced"}))
    assert "Active" in row and "Email came back" in row
    page = adam.get(url("member", cast.receptionist.pk)).text
    assert "Email to <bdi>Rita</bdi> came back" in page
    # It may have been a mail of another clinic, whose words are not for this one.
    assert "550 5.1.1 No such person" not in page

    entry = Activity.objects.create(account=cast.clinic, subject=cast.receptionist, verb=Activity.Verb.MEMBER_UPDATED)
    OutboundEmail.objects.update(activity=entry)
    assert "550 5.1.1 No such person" in adam.get(url("member", cast.receptionist.pk)).text

    rita.email = "rita@new.example"
    rita.save()
    assert "Rita Reyes" not in adam.get(url("members"), {"status": "bounced"}).text


def test_a_failed_mail_that_was_followed_by_one_that_went_out_is_forgotten(cast, adam, url, deliver_mail):
    _bring_to(cast.invited, "failed")
    adam.post(url("member_invitation", cast.invited.pk))
    deliver_mail()

    assert "badge--invited" in row_of("Ivy Ito", adam.get(url("members")))


def test_the_page_says_how_many_places_of_the_plan_are_taken(adam, url):
    """S19: Paul, and Ivy, who is invited."""
    page = adam.get(url("members")).text

    assert "Practitioners on the Small plan" in page
    assert '<span class="tabular">2 of 5</span>' in page


def test_only_the_people_of_this_clinic_are_listed(cast, listed):
    """A38."""
    MemberFactory(account=cast.other_clinic, last_name="Aaronson")

    assert "Xena Xu" not in listed(inactive="1")
    assert listed(q="Aaronson") == []
    assert listed(q="elsewhere") == []


def test_a_clinic_of_one_is_told_what_to_do_next(cast, sign_in, url):
    Member.objects.filter(account=cast.clinic).exclude(pk=cast.owner.pk).update(account=cast.other_clinic)

    page = sign_in(cast.owner).get(url("members")).text

    assert "No one else here yet." in page
    assert "Add your first practitioner." in page


# Search


@pytest.mark.parametrize(
    "words",
    ["Paul", "paul", "PRAS", "Paul Prasad", "paul p", "paul@", "paul@harbour.example", "  Paul Prasad  "],
)
def test_somebody_is_found_by_first_name_last_name_whole_name_or_part_of_the_address(listed, words):
    assert listed(q=words) == ["Paul Prasad"]


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "'", '"', "Paul%Prasad", "Pau_", "'; DROP TABLE accounts_member; --"]
)
def test_signs_that_mean_something_to_a_database_are_just_signs(listed, words):
    assert listed(q=words) == []


def test_a_part_of_the_address_finds_everybody_who_has_it(listed):
    assert len(listed(q="@harbour.example")) == 5


def test_when_nobody_matches_the_page_says_so_and_leads_back_to_everyone(adam, url):
    page = adam.get(url("members"), {"q": "Zebedee"}).text

    assert "Nobody matches." in page
    assert f'href="{url("members")}">Show everyone</a>' in page


def test_what_was_searched_for_stays_in_the_field_and_is_inert(adam, url):
    page = adam.get(url("members"), {"q": '"><script>alert(1)</script>'}).text

    assert "<script>alert" not in page
    assert 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page


# Filters


def test_the_list_can_be_narrowed_to_a_role(listed):
    assert listed(role="administrator") == ["Adam Adler", "Olive Owens"]
    assert listed(role="bookkeeper") == []


def test_the_list_can_be_narrowed_to_practitioners(listed):
    assert listed(practitioners="1") == ["Ivy Ito", "Paul Prasad"]


@pytest.mark.parametrize("status", ["invited", "waiting", "expired", "failed", "bounced", "inactive"])
def test_the_list_can_be_narrowed_to_a_status(cast, listed, status):
    _bring_to(cast.invited, status)

    assert listed(status=status) == ["Ivy Ito"]
    assert listed(status="active") == ["Adam Adler", "Olive Owens", "Paul Prasad", "Rita Reyes"]


def test_filters_and_search_narrow_together(listed):
    assert listed(q="a", role="practitioner", practitioners="1", status="active") == ["Paul Prasad"]


def test_the_filters_chosen_are_shown_as_chosen(adam, url):
    page = adam.get(
        url("members"), {"role": "scheduler", "status": "invited", "practitioners": "1", "inactive": "1"}
    ).text

    assert '<option value="scheduler" selected>' in page
    assert '<option value="invited" selected>' in page
    assert page.count(" checked>") == 2


def test_inactive_people_are_hidden_unless_asked_for_then_last(cast, listed):
    """C3."""
    MemberFactory(account=cast.clinic, first_name="Aaron", last_name="Aas", is_active=False)

    assert "Aaron Aas" not in listed()
    assert listed(inactive="1")[-1] == "Aaron Aas"
    assert listed(status="inactive") == ["Aaron Aas"]


# Page by page


@pytest.fixture
def many(cast):
    """Thirty more at the front desk, and three who left."""
    for number in range(30):
        MemberFactory(account=cast.clinic, first_name="Desk", last_name=f"Number{number:02}")
    MemberFactory.create_batch(3, account=cast.clinic, first_name="Left", is_active=False)
    return cast.clinic


def test_a_long_list_is_shown_in_pages_without_leaving_anybody_out(many, listed):
    first, second = listed(), listed(page="2")

    assert len(first) == MEMBERS_PER_PAGE
    assert len(second) == 35 - MEMBERS_PER_PAGE
    assert len({*first, *second}) == 35


def test_turning_the_page_keeps_the_filters(many, adam, url):
    page = adam.get(url("members"), {"q": "desk", "role": "receptionist", "inactive": "1"}).text

    [following] = re.findall(r'rel="next" href="([^"]+)"', page)
    assert following == "?q=desk&amp;role=receptionist&amp;inactive=1&amp;page=2"
    second = adam.get(url("members") + following.replace("&amp;", "&"))
    assert len(rows(second)) == 5
    assert 'value="desk"' in second.text
    assert 'rel="prev" href="?q=desk&amp;role=receptionist&amp;inactive=1&amp;page=1"' in second.text


def test_the_number_of_matches_counts_every_page(many, adam, url):
    assert "30 users match." in adam.get(url("members"), {"q": "desk"}).text


@pytest.mark.parametrize("page", ["0", "-1", "99", "1.5", "letters", "", "\x00", "9" * 5000, "٢", "1 OR 1=1"])
def test_a_page_that_is_not_there_shows_one_that_is(many, listed, page):
    assert listed(page=page)


@pytest.mark.parametrize(
    "filters",
    [
        {"role": "emperor"},
        {"role": "\x00"},
        {"status": "nonsense"},
        {"status": "\x00"},
        {"inactive": "yes please"},
        {"practitioners": "\x00"},
        {"q": "\x00"},
        {"sort": "password", "order_by": "-user__password"},
        {"account": "2"},
    ],
)
def test_a_filter_that_makes_no_sense_narrows_nothing(listed, filters):
    assert len(listed(**filters)) == 5


@pytest.mark.parametrize("query", ["q=%00Paul", "q=Pa%00ul", "q=" + "Paul".ljust(300), "role=&q=Paul&role="])
def test_nul_and_over_long_words_do_not_break_the_search(adam, url, query):
    assert len(rows(adam.get(f"{url('members')}?{query}"))) == 1


@pytest.mark.parametrize(
    "query", ["q=%ff%fe", "q=%ed%a0%80", f"q={'x' * 5000}", "q=%F0%9F%A9%BA", "%00=%00", "&&&===&"]
)
def test_bytes_that_are_no_text_do_not_break_the_list(adam, url, query):
    assert adam.get(f"{url('members')}?{query}").status_code == 200


# How many queries


def _add_people(clinic, inviter, numbers):
    """Every second one invited, with their mail."""
    now = timezone.now()
    users = User.objects.bulk_create(User(email=f"bulk{number}@harbour.example", password="!") for number in numbers)
    members = Member.objects.bulk_create(
        Member(
            account=clinic,
            user=user,
            first_name="Bulk",
            last_name=f"Person{number}",
            role=list(roles.ROLES)[number % 6],
            is_practitioner=number % 3 == 0,
            joined_at=None if number % 2 else now,
        )
        for number, user in enumerate(users)
    )
    invitations = Invitation.objects.bulk_create(
        Invitation(member=member, invited_by=inviter, sent_at=now, expires_at=now + timedelta(days=number % 3 - 1))
        for number, member in enumerate(members)
        if member.joined_at is None
    )
    OutboundEmail.objects.bulk_create(
        OutboundEmail(
            kind=OutboundEmail.Kind.INVITATION,
            user=invitation.member.user,
            invitation=invitation,
            version=1,
            state=list(OutboundEmail.State)[number % 5],
            next_attempt_at=now,
            created_at=now,
        )
        for number, invitation in enumerate(invitations)
    )


@pytest.mark.parametrize("filters", [{}, {"q": "person", "inactive": "1"}, {"practitioners": "1"}])
def test_the_list_takes_as_many_queries_for_a_thousand_people_as_for_ten_and_no_more_than_eight(
    cast, adam, url, filters
):
    adam.get(url("members"), filters)
    counts = []
    for numbers in (range(5), range(5, 995)):
        _add_people(cast.clinic, cast.administrator, numbers)
        with CaptureQueriesContext(connection) as queries:
            assert rows(adam.get(url("members"), filters))
        counts.append(len(queries))

    assert Member.objects.filter(account=cast.clinic).count() == 1000
    assert counts[0] == counts[1]
    assert counts[1] <= 8


def test_a_persons_page_takes_as_many_queries_whatever_happened_to_them(cast, adam, url):
    """The list of what was done is cut short."""
    address = url("member", cast.invited.pk)
    adam.post(url("member_invitation", cast.invited.pk))
    adam.get(address)
    with CaptureQueriesContext(connection) as few:
        adam.get(address)
    for _ in range(30):
        adam.post(url("member_invitation_link", cast.invited.pk), VERIFIED)

    with CaptureQueriesContext(connection) as many_entries:
        adam.get(address)

    assert len(many_entries) == len(few) <= 12
