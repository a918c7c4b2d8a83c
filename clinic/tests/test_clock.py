"""One clock, in Python and in SQL: a moved clock moves both on SQLite, and neither on a server (R15, R20)."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import DateTimeField, ExpressionWrapper
from django.test import Client

from accounts.models import Member, MemberStatus, SignIn, User
from accounts.people.queries import invitations_in_the_name_of
from accounts.tests.authenticators import is_signed_in, show_password
from clinic.clock import DatabaseNow, database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MOVED = {"years back": -800 * 24, "hours back": -13, "right": 0, "hours ahead": 13, "years ahead": 800 * 24}


@pytest.fixture(params=MOVED.values(), ids=MOVED, autouse=True)
def _moved(request):
    """The clock of this machine is moved, by hours."""
    with time_machine.travel(database_now() + timedelta(hours=request.param), tick=True):
        yield


@pytest.fixture
def owner(cast):
    """Olive, signed in."""
    browser = Client()
    show_password(browser, cast.owner.user)
    return browser


def test_python_and_sql_are_told_the_same_time(cast):
    before = database_now()
    moment = User.objects.annotate(now=DatabaseNow()).values_list("now", flat=True)[0]

    assert before <= moment <= database_now()
    assert moment.utcoffset() == timedelta(0)


def test_sql_can_count_from_it(cast):
    in_an_hour = ExpressionWrapper(DatabaseNow() + timedelta(hours=1), output_field=DateTimeField())

    moment = User.objects.annotate(moment=in_an_hour).values_list("moment", flat=True)[0]

    assert abs(database_now() + timedelta(hours=1) - moment) < timedelta(seconds=30)


def test_a_query_that_was_kept_asks_again_whenever_it_runs(cast):
    kept = User.objects.annotate(now=DatabaseNow()).values_list("now", flat=True)

    assert kept.all()[0] < kept.all()[0]


def test_someone_who_signs_in_stays_signed_in(owner, url):
    assert owner.get(url("home")).status_code == 200
    assert is_signed_in(owner)


def test_someone_who_does_something_stays_signed_in(owner):
    for _half_a_day in range(3):
        SignIn.objects.update(last_seen_at=database_now() - timedelta(hours=11))
        assert is_signed_in(owner)

    assert abs(database_now() - SignIn.objects.get().last_seen_at) < timedelta(seconds=30)


def test_someone_who_does_nothing_for_too_long_is_signed_out(owner):
    SignIn.objects.update(last_seen_at=database_now() - timedelta(hours=12, seconds=1))

    assert not is_signed_in(owner)


@pytest.mark.parametrize(("left", "status"), [(1, MemberStatus.INVITED), (-1, MemberStatus.EXPIRED)])
def test_an_invitation_expires_alike_everywhere(cast, owner, url, left, status):
    ivy = cast.invited
    ivy.invitation.expires_at = database_now() + timedelta(minutes=left)
    ivy.invitation.save()

    is_good = status == MemberStatus.INVITED
    assert Member.objects.with_status().get(pk=ivy.pk).status == status
    assert Member.objects.holding_seat().filter(pk=ivy.pk).exists() is is_good
    assert (ivy in invitations_in_the_name_of(cast.administrator)) is is_good
    assert str(status.label) in owner.get(url("member", ivy.pk)).text
