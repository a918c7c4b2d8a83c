"""Who can be booked: what other parts of a suite ask of this one (S1, C5, C7)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.access import roles
from accounts.core.tokens import InvitationLink
from accounts.models import Member
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.pages import typed_on
from clinic.clock import database_now
from practitioners.models import Availability, Practitioner
from practitioners.tests.factories import (
    BusinessFactory,
    first_business,
    rests,
    works,
)

pytestmark = pytest.mark.django_db

SYDNEY = ZoneInfo("Australia/Sydney")
SUNDAY, HALF_PAST_ONE, HALF_PAST_TWO, FOUR = 6, 90, 150, 240


@pytest.fixture(autouse=True)
def hours(cast):
    """Paul works nine to five on workdays, by UTC; so will Ivy, once she has joined."""
    works(cast.practitioner)
    works(cast.invited)


@pytest.fixture
def bookable(cast):
    """The names of those who can be booked at Harbour Physio, at all or at a moment, at any business or at one."""

    def _bookable(at=None, business=None):
        return [str(each) for each in Practitioner.objects.bookable(cast.clinic, at=at, business=business)]

    return _bookable


@pytest.fixture
def sydney(cast):
    """A second business, in Sydney, where Paul works on Saturdays from nine to five."""
    business = BusinessFactory(account=cast.clinic, name="Sydney", time_zone="Australia/Sydney")
    works(cast.practitioner, business, days=[5])
    return business


def on_monday(hour, minute=0, second=0):
    return datetime(2026, 9, 21, hour, minute, second, tzinfo=UTC)


@pytest.fixture
def change(cast, sign_in, url):
    """Change somebody's page as Adam, with his password."""
    adam = sign_in(cast.administrator)

    def _change(member, **fields):
        address = url("member", member.pk)
        answer = adam.post(address, {**typed_on(adam.get(address)), **fields, "reverify_password": PASSWORD})
        assert answer.status_code == 302

    return _change


def test_a_practitioner_who_has_joined_can_be_booked_and_one_who_is_invited_cannot_yet(bookable):
    assert bookable() == ["Paul Prasad"]


def test_after_accepting_the_invitation_they_can(cast, client, bookable):
    """S1: added here, then bookable everywhere."""
    token = InvitationLink.of(cast.invited.invitation).token()
    client.get(f"/invitations/{token}/")
    client.post("/invitations/", {"password": "a password of her own"})

    assert bookable() == ["Ivy Ito", "Paul Prasad"]


def test_whoever_is_made_a_practitioner_can_be_booked_whatever_their_role(cast, change, bookable):
    """S7."""
    change(cast.receptionist, is_practitioner="yes")
    works(cast.receptionist)

    assert bookable() == ["Paul Prasad", "Rita Reyes"]


def test_somebody_with_the_role_practitioner_who_sees_no_patients_cannot_be_booked(cast, bookable):
    """S7: the role says what they may do, not whether they practise."""
    sees_none = MemberFactory(account=cast.clinic, role=roles.PRACTITIONER, is_practitioner=True)
    works(sees_none)
    sees_none.is_practitioner = False
    sees_none.save()

    assert bookable() == ["Paul Prasad"]


def test_who_stops_practising_cannot_be_booked_but_stays_on_file(cast, change, bookable):
    change(cast.practitioner, is_practitioner="no")

    assert bookable() == []
    assert Practitioner.objects.filter(member=cast.practitioner).exists()


def test_an_inactive_practitioner_cannot_be_booked_and_can_again_as_the_same_one_when_active(cast, change, bookable):
    """C5: the history hangs on the same row."""
    before = Practitioner.objects.get(member=cast.practitioner).pk

    change(cast.practitioner, is_active="no")
    assert bookable() == []

    change(cast.practitioner, is_active="yes")
    assert bookable() == ["Paul Prasad"]
    assert Practitioner.objects.get(member=cast.practitioner).pk == before


def test_nobody_of_another_clinic_can_be_booked_here(cast, bookable):
    """A38."""
    works(MemberFactory(account=cast.other_clinic, is_practitioner=True))
    # The same login practises at Elsewhere, and is at the front desk here.
    works(MemberFactory(account=cast.other_clinic, user=cast.receptionist.user, is_practitioner=True))

    assert bookable() == ["Paul Prasad"]


def test_they_come_by_last_name(cast, bookable):
    works(MemberFactory(account=cast.clinic, first_name="Zoe", last_name="Abara", is_practitioner=True))

    assert bookable() == ["Zoe Abara", "Paul Prasad"]


@pytest.mark.parametrize("how", [{"locked_at": 0}, {"closed_at": 0, "erase_at": 30}], ids=["locked", "closed"])
def test_nobody_can_be_booked_in_a_clinic_that_is_shut(cast, bookable, how):
    """S37."""
    for name, days in how.items():
        setattr(cast.clinic, name, database_now() + timedelta(days=days))
    cast.clinic.save()

    assert bookable() == bookable(on_monday(10)) == []


@pytest.mark.database
def test_asking_for_all_of_them_with_their_names_and_rights_takes_one_query(cast, django_assert_num_queries):
    for each in MemberFactory.create_batch(20, account=cast.clinic, is_practitioner=True):
        works(each, days=[0])

    with django_assert_num_queries(1):
        people = list(Practitioner.objects.bookable(cast.clinic))
        assert len({str(each) for each in people}) == 21
        assert [each.member.has_perm("settings.users") for each in people] == [False] * 21


def test_a_member_is_one_practitioner_however_often_they_are_saved(cast):
    for _ in range(3):
        Member.objects.get(pk=cast.practitioner.pk).save()

    assert Practitioner.objects.filter(member=cast.practitioner).count() == 1


def test_somebody_who_sees_no_patients_is_no_practitioner(cast):
    assert not Practitioner.objects.filter(member=cast.receptionist).exists()


# Hours and businesses


def test_somebody_without_hours_cannot_be_booked(cast, bookable):
    """C7: not available anywhere means not bookable."""
    Availability.objects.filter(practitioner__member=cast.practitioner).delete()

    assert bookable() == []


def test_hours_at_a_business_that_is_inactive_count_for_nothing_until_it_is_active_again(cast, bookable):
    business = first_business(cast.clinic)
    for is_active, expected in [(False, []), (True, ["Paul Prasad"])]:
        business.is_active = is_active
        business.save()

        assert bookable() == bookable(on_monday(10)) == bookable(business=business) == expected


def test_hours_at_a_business_where_they_no_longer_work_count_for_nothing(cast, bookable):
    cast.practitioner.practitioner.businesses.clear()

    assert bookable() == bookable(on_monday(10)) == []


def test_at_a_business_those_can_be_booked_who_have_hours_there(cast, bookable, sydney):
    zoe = MemberFactory(account=cast.clinic, first_name="Zoe", last_name="Abara", is_practitioner=True)
    works(zoe)
    zoe.practitioner.businesses.add(sydney)

    assert bookable(business=first_business(cast.clinic)) == ["Zoe Abara", "Paul Prasad"]
    assert bookable(business=sydney) == ["Paul Prasad"]


def test_at_a_business_of_another_clinic_nobody_can_be_booked(cast, bookable):
    """A38: neither those of there, nor those of here, should rows ever say that they work there."""
    works(MemberFactory(account=cast.other_clinic, is_practitioner=True))
    works(cast.practitioner, first_business(cast.other_clinic))

    assert bookable(business=first_business(cast.other_clinic)) == []
    assert bookable(on_monday(10), first_business(cast.other_clinic)) == []


# At a moment


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (on_monday(8, 59, 59), []),
        (on_monday(9), ["Paul Prasad"]),
        (on_monday(16, 59, 59), ["Paul Prasad"]),
        (on_monday(17), []),
        (on_monday(10) - timedelta(days=1), []),
    ],
)
def test_hours_begin_with_their_first_minute_and_are_over_at_their_end(bookable, at, expected):
    assert bookable(at) == expected


@pytest.mark.parametrize(("minute", "expected"), [(719, 1), (720, 0), (779, 0), (780, 1)])
def test_nobody_is_booked_in_a_break(cast, bookable, minute, expected):
    rests(cast.practitioner)

    assert len(bookable(on_monday(*divmod(minute, 60)))) == expected


def test_a_break_at_one_business_is_none_at_another(cast, bookable):
    rests(cast.practitioner, BusinessFactory(account=cast.clinic))

    assert bookable(on_monday(12)) == ["Paul Prasad"]


def test_hours_go_by_the_clock_on_the_wall_of_the_business(bookable, sydney):
    """Saturday from nine to five in Sydney is Friday from 23:00 to Saturday 7:00 by UTC."""
    friday = on_monday(0) + timedelta(days=4)

    for hours_later, expected in [(22, []), (23, ["Paul Prasad"]), (30, ["Paul Prasad"]), (31, [])]:
        assert bookable(friday + timedelta(hours=hours_later)) == expected
        assert bookable(friday + timedelta(hours=hours_later), sydney) == expected
        assert bookable(friday + timedelta(hours=hours_later), first_business(sydney.account)) == []


def test_the_moment_may_be_told_in_any_time_zone(bookable):
    assert bookable(datetime(2026, 9, 21, 20, 30, tzinfo=SYDNEY)) == ["Paul Prasad"]
    assert bookable(datetime(2026, 9, 21, 9, 30, tzinfo=SYDNEY)) == []


def test_a_moment_without_a_time_zone_is_an_error_and_not_a_guess(bookable):
    with pytest.raises(ValueError, match="time zone"):
        bookable(datetime(2026, 9, 21, 10))


def test_an_hour_that_is_skipped_is_not_worked(cast, bookable, sydney):
    """Sydney, 4 October 2026: after 1:59 the clock shows 3:00."""
    works(cast.practitioner, sydney, days=[SUNDAY], starts=HALF_PAST_ONE, ends=HALF_PAST_TWO)
    before = datetime(2026, 10, 4, 1, 30, tzinfo=SYDNEY).astimezone(UTC)

    worked = [bool(bookable(before + timedelta(minutes=minutes))) for minutes in (-1, 0, 29, 30, 59, 60)]
    assert worked == [False, True, True, False, False, False]


def test_an_hour_that_comes_twice_is_worked_twice(cast, bookable, sydney):
    """Sydney, 5 April 2026: after 2:59 the clock shows 2:00 once more."""
    works(cast.practitioner, sydney, days=[SUNDAY], starts=HALF_PAST_TWO, ends=FOUR)
    first_time = datetime(2026, 4, 5, 2, 30, tzinfo=SYDNEY).astimezone(UTC)

    worked = [bool(bookable(first_time + timedelta(minutes=minutes))) for minutes in (-1, 0, 29, 30, 59, 60, 149, 150)]
    assert worked == [False, True, True, False, False, True, True, False]


def test_what_comes_back_can_be_asked_further(cast, bookable, sydney):
    people = Practitioner.objects.bookable(cast.clinic, at=on_monday(10), business=first_business(cast.clinic))

    assert people.filter(member__last_name="Prasad").exists()
    assert not people.exclude(member=cast.practitioner).exists()
    assert people.count() == 1


@pytest.mark.database
def test_a_moment_takes_two_queries_however_many_people_and_businesses(cast, bookable, django_assert_num_queries):
    for size in (1, 5):
        for zone in ["Asia/Kathmandu", "Europe/Dublin", "UTC"] * size:
            business = BusinessFactory(account=cast.clinic, time_zone=zone)
            works(MemberFactory(account=cast.clinic, is_practitioner=True), business, days=[0])
        with django_assert_num_queries(2):
            assert bookable(on_monday(16, 45))
