"""When those who can be booked are at work, on days of the calendar (S1, C5, C7): `Practitioner.objects.available`."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Member
from accounts.tests.factories import MemberFactory
from practitioners.models import Availability, Break, Practitioner
from practitioners.schedule.week import Row, What
from practitioners.tests import walls
from practitioners.tests.factories import BusinessFactory, first_business, rests, works

pytestmark = pytest.mark.django_db

MONDAY, FRIDAY = date(2026, 9, 21), date(2026, 9, 25)
SYDNEY = ZoneInfo("Australia/Sydney")
DAY = timedelta(days=1)


@pytest.fixture
def available(cast):
    """When people of Harbour Physio are at work, as somebody there reads it off the clock."""

    def _available(first, last, **narrowed):
        return [
            f"{each.practitioner} at {each.business}, {each.starts_at:%a %-d %b %H:%M}-{each.ends_at:%H:%M}"
            for each in Practitioner.objects.available(cast.clinic, first, last, **narrowed)
        ]

    return _available


@pytest.fixture
def in_sydney(cast):
    """The clinic and its first business are in Sydney."""
    cast.clinic.time_zone = "Australia/Sydney"
    cast.clinic.save()
    business = first_business(cast.clinic)
    business.time_zone = "Australia/Sydney"
    business.save()
    return business


def test_they_are_at_work_in_their_hours_but_for_their_breaks(cast, available):
    works(cast.practitioner, days=[0, 4])
    rests(cast.practitioner, days=[4])

    assert available(MONDAY, FRIDAY) == [
        "Paul Prasad at Harbour Physio, Mon 21 Sep 09:00-17:00",
        "Paul Prasad at Harbour Physio, Fri 25 Sep 09:00-12:00",
        "Paul Prasad at Harbour Physio, Fri 25 Sep 13:00-17:00",
    ]


def test_both_the_first_and_the_last_day_are_in_it(cast, available):
    works(cast.practitioner)

    assert len(available(MONDAY, MONDAY)) == 1
    assert len(available(MONDAY, FRIDAY)) == 5


def test_what_comes_back_are_the_practitioner_the_business_and_moments_in_the_time_zone_of_the_account(cast, in_sydney):
    paul = works(cast.practitioner, days=[0])

    [found] = Practitioner.objects.available(cast.clinic, MONDAY, FRIDAY)

    assert (found.practitioner, found.business) == (paul, in_sydney)
    assert found.starts_at == datetime(2026, 9, 21, 9, tzinfo=SYDNEY)
    assert found.starts_at.tzinfo == found.ends_at.tzinfo == SYDNEY
    assert found.length == timedelta(hours=8)


def test_hours_are_by_the_clock_of_the_business_and_days_by_that_of_the_account(cast, in_sydney, available):
    """Nine to five in Auckland is seven to three in Sydney; Monday evening in Dublin is Tuesday morning in Sydney."""
    auckland = BusinessFactory(account=cast.clinic, name="Auckland", time_zone="Pacific/Auckland")
    dublin = BusinessFactory(account=cast.clinic, name="Dublin", time_zone="Europe/Dublin")
    works(cast.practitioner, auckland, days=[0])
    works(cast.practitioner, dublin, days=[0], starts=18 * 60, ends=20 * 60)

    assert available(MONDAY, MONDAY) == ["Paul Prasad at Auckland, Mon 21 Sep 07:00-15:00"]
    assert available(MONDAY + DAY, MONDAY + DAY) == ["Paul Prasad at Dublin, Tue 22 Sep 03:00-05:00"]


def test_work_past_midnight_is_one_stretch_cut_off_at_the_ends_of_the_range(cast, available):
    works(cast.practitioner, days=[0], starts=22 * 60, ends=1440)
    works(cast.practitioner, days=[1], starts=0, ends=120)

    assert available(MONDAY, MONDAY + DAY) == ["Paul Prasad at Harbour Physio, Mon 21 Sep 22:00-02:00"]
    assert available(MONDAY, MONDAY) == ["Paul Prasad at Harbour Physio, Mon 21 Sep 22:00-00:00"]
    assert available(MONDAY + DAY, MONDAY + DAY) == ["Paul Prasad at Harbour Physio, Tue 22 Sep 00:00-02:00"]


def test_they_come_in_order_of_time_then_of_last_name(cast, available):
    works(cast.practitioner, days=[0, 1])
    zoe = MemberFactory(account=cast.clinic, first_name="Zoe", last_name="Abara", is_practitioner=True)
    works(zoe, days=[0, 1], ends=600)

    assert [each.split(" at ")[0] for each in available(MONDAY, FRIDAY)] == ["Zoe Abara", "Paul Prasad"] * 2


def test_moments_of_an_hour_that_comes_twice_come_in_the_order_in_which_they_pass(cast, in_sydney, available):
    """Only by UTC is 2:15 of the first time before 2:10 of the second."""
    works(cast.practitioner, days=[6], starts=130, ends=140)
    works(MemberFactory(account=cast.clinic, is_practitioner=True), days=[6], starts=135, ends=145)

    night = date(2026, 4, 5)
    assert [each[-11:] for each in available(night, night)] == ["02:10-02:20", "02:15-02:25"] * 2


def test_a_day_is_from_midnight_to_midnight_however_many_hours_that_is(cast, in_sydney):
    works(cast.practitioner, days=range(7), starts=0, ends=1440)

    for day, hours in [(date(2026, 10, 4), 23), (date(2026, 4, 5), 25), (MONDAY, 24)]:
        [found] = Practitioner.objects.available(cast.clinic, day, day)
        assert (found.length, f"{found.starts_at:%H:%M}") == (timedelta(hours=hours), "00:00")


def test_a_stretch_over_a_change_of_clocks_says_how_long_it_is(cast, in_sydney):
    works(cast.practitioner, days=[6], starts=60, ends=240)

    for day, hours in [(date(2026, 10, 4), 2), (date(2026, 4, 5), 4)]:
        [found] = Practitioner.objects.available(cast.clinic, day, day)
        assert found.length == timedelta(hours=hours)


# Whose, and where


def test_it_can_be_asked_for_one_business_or_one_practitioner(cast, available):
    paul = works(cast.practitioner, days=[0])
    branch = BusinessFactory(account=cast.clinic, name="Branch")
    zoe = MemberFactory(account=cast.clinic, first_name="Zoe", last_name="Abara", is_practitioner=True)
    works(zoe, branch, days=[0])
    works(zoe, days=[1])

    assert available(MONDAY, FRIDAY, business=branch) == ["Zoe Abara at Branch, Mon 21 Sep 09:00-17:00"]
    assert available(MONDAY, FRIDAY, practitioner=paul) == ["Paul Prasad at Harbour Physio, Mon 21 Sep 09:00-17:00"]
    assert available(MONDAY, FRIDAY, business=branch, practitioner=paul) == []


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_practitioner": False}, {"joined_at": None}])
def test_nobody_who_cannot_be_booked_is_in_it(cast, available, fields):
    """C5."""
    paul = works(cast.practitioner)
    Member.objects.filter(pk=cast.practitioner.pk).update(**fields)

    assert available(MONDAY, FRIDAY) == available(MONDAY, FRIDAY, practitioner=paul) == []


def test_hours_that_do_not_count_are_not_in_it(cast, available):
    """At a business that is inactive, and where they no longer work."""
    works(cast.practitioner, days=[0])
    for away in (BusinessFactory(account=cast.clinic, is_active=False), BusinessFactory(account=cast.clinic)):
        works(cast.practitioner, away, days=[1])
    cast.practitioner.practitioner.businesses.remove(away)

    assert available(MONDAY, FRIDAY) == ["Paul Prasad at Harbour Physio, Mon 21 Sep 09:00-17:00"]


def test_nobody_and_no_place_of_another_clinic_is_in_it(cast, available):
    """A38."""
    theirs = works(MemberFactory(account=cast.other_clinic, is_practitioner=True))

    assert available(MONDAY, FRIDAY) == []
    assert available(MONDAY, FRIDAY, practitioner=theirs) == []
    assert available(MONDAY, FRIDAY, business=first_business(cast.other_clinic)) == []


# What is asked for


def test_a_range_that_ends_before_it_begins_is_an_error(available):
    with pytest.raises(ValueError, match="in this order"):
        available(FRIDAY, MONDAY)


def test_a_year_is_the_longest_range(available):
    assert available(MONDAY, MONDAY + 365 * DAY) == []
    with pytest.raises(ValueError, match="366 days"):
        available(MONDAY, MONDAY + 366 * DAY)


@pytest.mark.parametrize("day", [date.min, date(1969, 12, 31), date(3000, 1, 1), date.max])
def test_a_day_that_nobody_means_is_an_error(available, day):
    with pytest.raises(ValueError, match="1970"):
        available(day, day)


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2999, 12, 31)])
def test_the_first_and_the_last_day_there_is_can_be_asked_for(cast, available, day):
    works(cast.practitioner, days=range(7))

    assert len(available(day, day)) == 1


@pytest.mark.database
def test_it_takes_four_queries_however_many_people_and_businesses(cast, django_assert_num_queries):
    for size in (1, 6):
        for zone in ["Asia/Kathmandu", "UTC"] * size:
            member = MemberFactory(account=cast.clinic, is_practitioner=True)
            business = BusinessFactory(account=cast.clinic, time_zone=zone)
            works(member, business)
            rests(member, business)
        with django_assert_num_queries(4):
            found = Practitioner.objects.available(cast.clinic, MONDAY, FRIDAY)
            assert {f"{each.practitioner} {each.business} {each.business.zone}" for each in found}
            assert not any(each.practitioner.member.has_perm("settings.users") for each in found)


# The same, however it is asked


def on_file(practitioner, businesses, rows):
    """Put these rows on file in place of what was there: row by row, at the business of that position."""
    Availability.objects.all().delete()
    Break.objects.all().delete()
    models = {each.what: each for each in (Availability, Break)}
    practitioner.businesses.set(businesses)
    for row in rows:
        place = businesses[row.business]
        times = {"weekday": row.weekday, "starts": row.starts, "ends": row.ends}
        models[row.what].objects.create(practitioner=practitioner, business=place, **times)


@pytest.fixture
def clocks(cast):
    """Paul, and a function that moves the clinic and its two businesses to other time zones."""
    businesses = [first_business(cast.clinic), BusinessFactory(account=cast.clinic)]

    def _clocks(account_zone, *zones):
        cast.clinic.time_zone = account_zone.key
        cast.clinic.save()
        for business, zone in zip(businesses, zones, strict=True):
            business.time_zone = zone.key
            business.save()
        return businesses

    return Practitioner.objects.get(member=cast.practitioner), _clocks


def weeks():
    """A zone with a change of its clock, another zone, and rows at two businesses there."""

    def _with_rows(pair):
        (zone, change), (other, _change) = pair
        weekdays = [(change.weekday() + day) % 7 for day in (-1, 0, 1)]
        return st.tuples(st.just(zone), st.just(change), st.just(other), walls.rows([zone, other], weekdays))

    changes = st.sampled_from(walls.CHANGES)
    return st.tuples(changes, changes).flatmap(_with_rows)


several = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@several
@given(week=weeks(), account=st.sampled_from(walls.CHANGES), steps=st.lists(st.integers(-2000, 2000), max_size=4))
def test_who_is_bookable_at_a_moment_is_available_then_and_the_other_way_round(cast, clocks, week, account, steps):
    """At a few moments around a change of clocks, and at the first and last of each stretch."""
    (zone, change, other, rows), (practitioner, move) = week, clocks
    businesses = move(account[0], zone, other)
    on_file(practitioner, businesses, rows)
    day = change.astimezone(account[0]).date()

    found = Practitioner.objects.available(cast.clinic, day - 3 * DAY, day + 3 * DAY)

    edges = {edge for each in found for edge in (each.starts_at.astimezone(UTC), each.ends_at.astimezone(UTC))}
    near = sorted(edges, key=lambda edge: abs(edge - change))[:4]
    around = [change + step * walls.MINUTE for step in (0, -1, *steps)] + near + [edge - walls.MINUTE for edge in near]
    for at in around:
        for business in businesses:
            is_available = any(
                each.business == business and each.starts_at.astimezone(UTC) <= at < each.ends_at.astimezone(UTC)
                for each in found
            )
            assert is_available == walls.at_work(rows, businesses.index(business), at)
            assert is_available == Practitioner.objects.bookable(cast.clinic, at, business).exists()


@several
@given(week=weeks(), account=st.sampled_from(walls.CHANGES), days=st.integers(-1, 1))
def test_two_ranges_that_follow_each_other_are_the_whole_range(cast, clocks, week, account, days):
    (zone, change, other, rows), (practitioner, move) = week, clocks
    round_the_clock = [Row(What.HOURS, 0, zone, weekday, 0, 1440) for weekday in range(7)]
    on_file(practitioner, move(account[0], zone, other), rows + round_the_clock)
    seam = change.astimezone(account[0]).date() + days * DAY
    first, last = seam - 3 * DAY, seam + 3 * DAY

    def minutes(since, until):
        found = Practitioner.objects.available(cast.clinic, since, until)
        pairs = [(each.business.pk, each.starts_at.astimezone(UTC), each.ends_at.astimezone(UTC)) for each in found]
        return [(place, minute) for place, *ends in pairs for minute in walls.minutes(*ends)]

    assert sorted(minutes(first, seam - DAY) + minutes(seam, last)) == sorted(minutes(first, last))
