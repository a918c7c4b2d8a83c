"""**Practitioners**: who works when and where in a week, for everybody in the clinic (S1, C5, C7; queries pinned)."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import roles
from accounts.models import Member, User
from accounts.tests.factories import MemberFactory
from accounts.tests.pages import typed_on
from practitioners.directory.week_list import PRACTITIONERS_PER_PAGE
from practitioners.models import Availability, Break, Business, Practitioner
from practitioners.tests.factories import BusinessFactory, first_business, rests, works

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WEDNESDAY = datetime(2026, 11, 25, 3, tzinfo=UTC)
NO_HOURS = "No hours"


@pytest.fixture(autouse=True)
def today():
    """It is Wednesday, 25 November 2026."""
    with time_machine.travel(WEDNESDAY, tick=True):
        yield


@pytest.fixture
def page(cast, sign_in):
    """The page as somebody sees it, Rita unless told, with these words in its address."""

    def _page(who=None, **words):
        address = reverse("practitioners:practitioners", args=[cast.clinic.slug])
        answer = sign_in(who or cast.receptionist).get(address, words)
        assert answer.status_code == 200
        return answer

    return _page


@pytest.fixture
def ada(cast):
    """Another practitioner: Tuesdays at North Rooms."""
    member = MemberFactory(account=cast.clinic, first_name="Ada", last_name="Abel", is_practitioner=True)
    works(member, BusinessFactory(account=cast.clinic, name="North Rooms"), days=[1], starts=600, ends=900)
    return member


def _plain(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def roster(answer):
    """The table: each day's words by the practitioner's name and what stands beside the day on a phone."""
    found = {}
    for row in re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", answer.text, re.DOTALL):
        name = re.search(r"<a[^>]*><bdi>(.*?)</bdi>", row)[1]
        cells = re.findall(r"<td[^>]*data-label=\"(.*?)\">(.*?)</td>", row, re.DOTALL)
        found[name] = {day: _plain(cell).removeprefix("– ") for day, cell in cells}
    return found


def who(answer):
    return list(roster(answer))


def idle(answer):
    """Who can't be booked: name, words, and whether a link to their settings stands there."""
    [section] = re.findall(r'aria-labelledby="not-bookable-heading">.*?</section>', answer.text, re.DOTALL) or [""]
    found = {}
    for each in re.findall(r"<li.*?</li>", section, re.DOTALL):
        words = re.search(r'person__email">(.*?)</span>', each)[1]
        found[re.search(r"<bdi>(.*?)</bdi>", each)[1]] = (words, "practitioner settings</a>" in each)
    return found


# Who works when and where


def test_everybody_in_the_clinic_sees_the_hours_of_this_week_by_day(cast, page):
    works(cast.practitioner, days=[0, 2])
    rests(cast.practitioner, days=[2])

    assert roster(page()) == {
        "Paul Prasad": {
            "Mon 23": "9:00–17:00",
            "Tue 24": NO_HOURS,
            "Wed 25, today": "9:00–12:00 13:00–17:00",
            **dict.fromkeys(["Thu 26", "Fri 27", "Sat 28", "Sun 29"], NO_HOURS),
        }
    }


def test_a_row_says_what_they_are_where_they_work_and_leads_to_their_own_page(cast, page):
    paul = works(cast.practitioner)
    paul.designation = "Hand therapist"
    paul.save()

    text = page().text
    assert "<bdi>Hand therapist</bdi>" in text
    assert f'href="{reverse("practitioners:practitioner", args=[cast.clinic.slug, cast.practitioner.pk])}"' in text
    assert '<span class="person__email"><bdi>Harbour Physio</bdi></span>' in text


def test_who_works_at_several_businesses_has_each_beside_its_hours(cast, page):
    works(cast.practitioner, days=[0], ends=720)
    works(cast.practitioner, BusinessFactory(account=cast.clinic, name="North Rooms"), days=[0], starts=720)

    assert roster(page())["Paul Prasad"]["Mon 23"] == "9:00–12:00 Harbour Physio 12:00–17:00 North Rooms"


def test_they_come_by_last_name(cast, ada, page):
    works(cast.practitioner)

    assert who(page()) == ["Ada Abel", "Paul Prasad"]


def test_hours_are_by_the_clock_of_the_account_and_the_page_says_so_where_another_differs(cast, page):
    works(cast.practitioner, BusinessFactory(account=cast.clinic, name="Perth", time_zone="Australia/Perth"), days=[0])

    answer = page()
    assert roster(answer)["Paul Prasad"]["Mon 23"] == "1:00–9:00"
    assert "Shown in UTC. Perth keeps Perth time (Australia/Perth)." in (_plain(answer.text))


def test_today_is_the_date_at_the_clinic(cast, page):
    """At 3:00 by UTC on Wednesday it is still Tuesday in Honolulu."""
    cast.clinic.time_zone = "Pacific/Honolulu"
    cast.clinic.save()
    works(cast.practitioner)

    assert [day for day in roster(page())["Paul Prasad"] if "today" in day] == ["Tue 24, today"]


def test_the_top_bar_marks_the_page(page):
    [link] = re.findall(r'<a class="topbar__link"[^>]*aria-current="true">.*?</a>', page().text, re.DOTALL)

    assert "Practitioners" in link


@pytest.mark.parametrize("role", list(roles.ROLES))
def test_whatever_their_role_everybody_sees_it(cast, page, role):
    works(cast.practitioner)

    assert who(page(MemberFactory(account=cast.clinic, role=role))) == ["Paul Prasad"]


def test_nobody_of_another_clinic_is_on_it_and_nobody_of_another_clinic_opens_it(cast, sign_in, page):
    """A38."""
    works(MemberFactory(account=cast.other_clinic, is_practitioner=True))
    MemberFactory(account=cast.other_clinic, is_practitioner=True)

    answer = page(cast.administrator)
    assert who(answer) == []
    assert set(idle(answer)) == {"Paul Prasad", "Ivy Ito"}
    address = reverse("practitioners:practitioners", args=[cast.clinic.slug])
    assert sign_in(cast.outsider).get(address).status_code == 404


# By business and by day


def test_one_business_can_be_chosen(cast, ada, page):
    works(cast.practitioner, days=[0])
    works(cast.practitioner, Business.objects.get(name="North Rooms"), days=[2])

    answer = page(business=first_business(cast.clinic).pk)

    assert who(answer) == ["Paul Prasad"]
    assert roster(answer)["Paul Prasad"]["Mon 23"].startswith("9:00–17:00")
    assert roster(answer)["Paul Prasad"]["Wed 25, today"] == NO_HOURS


def test_one_day_can_be_chosen_and_shows_those_who_work_then(cast, ada, page):
    works(cast.practitioner, days=[0])

    assert roster(page(day="1")) == {"Ada Abel": {"Tue 24": "10:00–15:00"}}
    assert "1 practitioner matches. Show everyone" in _plain(page(day="1").text)


def test_what_was_chosen_stays_chosen(cast, ada, page):
    """Also the week, which the form carries along."""
    north = Business.objects.get(name="North Rooms")

    answer = page(business=north.pk, day="1", week="2026-12-02")

    assert typed_on(answer, with_field="day") == {"week": "2026-11-30", "business": str(north.pk), "day": "1"}


def test_a_clinic_with_one_business_is_not_asked_which(cast, page):
    works(cast.practitioner)

    assert list(typed_on(page(day="1"), with_field="day")) == ["day"]


def test_where_nobody_works_then_it_says_so_and_offers_everyone(cast, ada, page):
    answer = page(day="6", week="2026-12-02")

    assert "Nobody works then." in answer.text
    assert '<a class="button" href="?week=2026-12-02">Show everyone</a>' in answer.text


@pytest.mark.parametrize(
    "words",
    [
        *({"day": each} for each in ["7", "-1", "Monday", "1.0", "\x00", "٢", "9" * 5000]),
        *({"business": each} for each in ["0", "-1", "x", "\x00", "9" * 5000, "1 OR 1=1"]),
        *({"inactive": each} for each in ["yes", "\x00"]),
    ],
)
def test_a_choice_that_makes_no_sense_narrows_nothing(cast, ada, page, words):
    works(cast.practitioner)

    assert roster(page(**words)) == roster(page())


def test_a_business_of_another_clinic_or_an_inactive_one_is_no_choice(cast, page):
    """A38."""
    works(cast.practitioner)
    closed = BusinessFactory(account=cast.clinic, is_active=False)

    for business in (first_business(cast.other_clinic), closed):
        assert who(page(business=business.pk)) == ["Paul Prasad"]
        assert business.name not in page(business=business.pk).text


# Other weeks


def weeks_on(answer):
    """The heading, and where the links to other weeks lead."""
    heading = re.search(r"<h2>(.*?)</h2>", answer.text)[1]
    nav = re.search(r'aria-label="Weeks">.*?</nav>', answer.text, re.DOTALL)[0]
    return heading, {_plain(words): href for href, words in re.findall(r'href="(.*?)">(.*?)</a>', nav, re.DOTALL)}


def test_the_weeks_before_and_after_are_a_link_away_and_keep_what_was_chosen(cast, page):
    works(cast.practitioner)

    assert weeks_on(page(day="2")) == (
        "23 to 29 November 2026",
        {"Previous week": "?day=2&amp;week=2026-11-16", "Next week": "?day=2&amp;week=2026-11-30"},
    )
    assert weeks_on(page(week="2026-12-30")) == (
        "28 December 2026 to 3 January 2027",
        {"Previous week": "?week=2026-12-21", "This week": "?", "Next week": "?week=2027-01-04"},
    )


def test_the_week_is_the_one_that_the_day_is_in(cast, page):
    works(cast.practitioner)

    for day in ("2026-11-30", "2026-12-06"):
        assert "Mon 30" in roster(page(week=day))["Paul Prasad"]


def test_a_year_can_be_looked_over_in_either_direction_and_no_more(cast, page):
    works(cast.practitioner)
    monday, year = date(2026, 11, 23), timedelta(weeks=52)

    assert "Next week" not in weeks_on(page(week=str(monday + year)))[1]
    assert "Previous week" not in weeks_on(page(week=str(monday - year)))[1]
    for day in (monday + year + timedelta(weeks=1), monday - year - timedelta(days=1)):
        assert weeks_on(page(week=str(day)))[0] == "23 to 29 November 2026"


@pytest.mark.parametrize(
    "week", ["", "\x00", "2026-13-01", "0001-01-01", "9999-12-31", "tomorrow", "2026-11-30T00:00", "9" * 5000]
)
def test_a_week_that_makes_no_sense_is_this_week(page, week):
    assert weeks_on(page(week=week))[0] == "23 to 29 November 2026"


# Who can't be booked


def test_an_administrator_sees_who_cant_be_booked_why_and_where_to_mend_it(cast, page):
    """C5, C7."""
    works(cast.practitioner)
    away = MemberFactory(account=cast.clinic, first_name="Una", last_name="Ur", is_practitioner=True)
    Practitioner.objects.get(member=away).businesses.add(first_business(cast.clinic))
    MemberFactory(account=cast.clinic, first_name="Wim", last_name="Woo", is_practitioner=True)

    assert idle(page(cast.administrator)) == {
        "Ivy Ito": ("Ivy has not accepted the invitation yet. Ivy works at none of the businesses.", True),
        "Una Ur": ("Una has no hours at the businesses where they work.", True),
        "Wim Woo": ("Wim works at none of the businesses.", True),
    }


def test_others_see_only_who_is_active_and_has_joined_and_no_reason(cast, page):
    assert idle(page()) == {"Paul Prasad": ("Not bookable at the moment.", False)}


def test_a_practitioner_sees_why_they_cant_be_booked_themselves_and_can_mend_it(cast, page):
    """S14."""
    MemberFactory(account=cast.clinic, first_name="Una", last_name="Ur", is_practitioner=True)

    answer = page(cast.practitioner)

    assert idle(answer) == {
        "Paul Prasad": ("You work at none of the businesses yet.", True),
        "Una Ur": ("Not bookable at the moment.", False),
    }


def test_an_owner_who_cant_be_booked_is_left_to_mend_it_alone(cast, page):
    """S22: an administrator sees why, and no way to change it."""
    Member.objects.filter(pk=cast.owner.pk).update(is_practitioner=True)
    Practitioner.objects.create(member=cast.owner)

    assert idle(page(cast.administrator))["Olive Owens"] == ("Olive works at none of the businesses.", False)
    assert idle(page(Member.objects.get(pk=cast.owner.pk)))["Olive Owens"][1]


def test_inactive_ones_are_shown_to_administrators_on_request_and_to_nobody_else(cast, page):
    """C3, C5."""
    works(cast.practitioner)
    Member.objects.filter(pk=cast.practitioner.pk).update(is_active=False)

    assert "Paul Prasad" not in page(cast.administrator).text
    assert 'href="?inactive=1">Show inactive</a>' in page(cast.administrator).text
    shown = page(cast.administrator, inactive="1")
    assert idle(shown)["Paul Prasad"] == ("Paul is inactive.", True)
    assert 'href="?">Hide inactive</a>' in shown.text
    for words in ({}, {"inactive": "1"}):
        assert "Paul" not in page(**words).text
        assert "inactive</a>" not in page(**words).text


def test_whoever_can_be_booked_is_not_among_them_in_any_week_or_choice(cast, ada, page):
    works(cast.practitioner, days=[0])

    for words in ({}, {"day": "6"}, {"week": "2026-12-07"}, {"business": first_business(cast.clinic).pk}):
        assert idle(page(**words)) == {}


def test_a_practitioner_finds_the_way_to_their_own_settings(cast, page):
    """S14."""
    address = reverse("practitioners:practitioner_settings", args=[cast.clinic.slug, cast.practitioner.pk])
    works(cast.practitioner)

    assert f'href="{address}"' in page(cast.practitioner).text
    assert "practitioner settings" not in page().text


# Nobody


def test_before_anybody_can_be_booked_it_says_what_that_takes(page):
    assert "Nobody can be booked yet." in page().text


def test_without_practitioners_an_administrator_is_led_to_add_user_and_others_to_an_administrator(cast, page):
    cast.clinic.members.filter(is_practitioner=True).update(is_practitioner=False)

    theirs, ours = page(cast.administrator).text, page().text
    add_user = reverse("accounts:member_new", args=[cast.clinic.slug])
    assert "No practitioners yet." in theirs
    assert f'<a class="button button--primary" href="{add_user}">Add user</a>' in theirs
    assert "An administrator of this clinic can add them." in ours
    assert add_user not in ours


# How many


def _add_people(clinic, numbers):
    """Most with hours at two businesses and a break, every fifth with none."""
    users = User.objects.bulk_create(User(email=f"bulk{number}@harbour.example", password="!") for number in numbers)
    members = Member.objects.bulk_create(
        Member(
            account=clinic,
            user=user,
            first_name="Bulk",
            last_name=f"Person{number}",
            role=roles.PRACTITIONER,
            is_practitioner=True,
            joined_at=WEDNESDAY,
        )
        for number, user in zip(numbers, users, strict=True)
    )
    people = Practitioner.objects.bulk_create(Practitioner(member=member) for member in members)
    first, second = clinic.businesses.order_by("pk")[:2]
    at_work = [each for number, each in enumerate(people) if number % 5]
    works_at = Practitioner.businesses.through.objects
    works_at.bulk_create(
        Practitioner.businesses.through(practitioner=each, business=place)
        for each in at_work
        for place in (first, second)
    )
    for model, starts, ends in ((Availability, 540, 1020), (Break, 720, 780)):
        model.objects.bulk_create(
            model(practitioner=each, business=(first, second)[day % 2], weekday=day, starts=starts, ends=ends)
            for each in at_work
            for day in range(5)
        )
    return at_work


@pytest.mark.parametrize(("words", "limit"), [({}, 14), ({"day": "1"}, 19), ({"inactive": "1", "page": "2"}, 14)])
def test_it_takes_as_many_queries_for_two_hundred_practitioners_as_for_two(cast, sign_in, words, limit):
    BusinessFactory(account=cast.clinic)
    adam, address = sign_in(cast.administrator), reverse("practitioners:practitioners", args=[cast.clinic.slug])
    adam.get(address)
    counts, bookable = [], 0
    for numbers in (range(3), range(3, 251)):
        bookable += len(_add_people(cast.clinic, numbers))
        with CaptureQueriesContext(connection) as queries:
            assert len(who(adam.get(address, words))) == min(bookable, PRACTITIONERS_PER_PAGE)
        counts.append(len(queries))

    assert bookable == 200
    assert counts[0] == counts[1]
    assert counts[1] <= limit


def test_every_one_of_many_is_on_one_page_whatever_was_chosen(cast, page):
    BusinessFactory(account=cast.clinic)
    _add_people(cast.clinic, range(70))

    for words in ({}, {"day": "1"}):
        first, second = who(page(**words)), who(page(**words, page="2"))
        assert (len(first), len(second), len({*first, *second})) == (PRACTITIONERS_PER_PAGE, 6, 56)
    assert "56 practitioners match." in _plain(page(day="1", page="2").text)
    assert 'rel="prev" href="?day=1&amp;page=1"' in page(day="1", page="2").text


@pytest.mark.parametrize("number", ["0", "-1", "99", "1.5", "letters", "\x00", "9" * 5000])
def test_a_page_that_is_not_there_shows_one_that_is(cast, page, number):
    works(cast.practitioner)

    assert who(page(page=number)) == ["Paul Prasad"]
