"""Which of two addresses of a login has the say over the other (A69)."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.addresses.history import Stay, has_say_over, stays_of
from accounts.models import EmailChange, User
from accounts.tests.address_changes import NEW, OLD, choose_password, move, object_to, objection_of, pass_time
from clinic.clock import database_now

A, B, C = "a@x.example", "b@x.example", "c@x.example"


def stays(*each: tuple[str, float], unproved: tuple[str, ...] = ()) -> list[Stay]:
    """One after the other, each for so many days."""
    found, start = [], datetime(2020, 2, 29, tzinfo=UTC)
    for number, (email, days) in enumerate(each):
        end = start + timedelta(days=days)
        found.append(Stay(email, start, end, is_proved=number > 0 or email not in unproved))
        start = end
    return found


@pytest.mark.parametrize(
    ("email", "other", "history"),
    [
        pytest.param(A, B, [(A, 400), (B, 0.1)], id="proved before, moments ago"),
        pytest.param(A, B, [(A, 400), (B, 20)], id="long after the 72 hours"),
        pytest.param(A, B, [(A, 400), (B, 200)], id="and in use for longer"),
        pytest.param(A, B, [(A, 1), (B, 30)], id="the other was in use for thirty days, no more"),
        pytest.param(A, C, [(A, 400), (B, 1), (C, 1)], id="two moves ago"),
        pytest.param(A, B, [(A, 400), (B, 1), (A, 1), (B, 1)], id="the other was gone back to as well"),
        pytest.param(B, C, [(A, 1), (B, 1), (C, 1)], id="neither is the first of all"),
    ],
)
def test_who_was_proved_first_has_the_say(email, other, history):
    assert has_say_over(email, other, stays(*history))


@pytest.mark.parametrize(
    ("email", "other", "history"),
    [
        pytest.param(B, A, [(A, 1), (B, 20)], id="proved later"),
        pytest.param(B, A, [(A, 1), (B, 20), (A, 1)], id="proved later, though the other was gone back to since"),
        pytest.param(C, B, [(A, 400), (B, 1)], id="never the login's"),
        pytest.param(A, A, [(A, 400)], id="over itself"),
        pytest.param(A, B, [(A, 20), (B, 31)], id="the other was in use for over thirty days, and longer"),
        pytest.param(A, B, [(A, 20), (B, 16), (C, 1), (B, 16)], id="on two occasions together"),
        pytest.param(A, B, [(A, 2000), (B, 366)], id="the other was in use for over a year"),
        pytest.param(A, B, [(A, 20), (B, 31), (C, 1)], id="whatever the login moved on to since"),
    ],
)
def test_others_have_none(email, other, history):
    assert not has_say_over(email, other, stays(*history))


def test_an_address_that_was_never_proved_has_none():
    assert not has_say_over(A, B, stays((A, 400), (B, 1), unproved=(A,)))


def test_proved_later_on_it_counts_from_then():
    history = stays((A, 400), (B, 1), (A, 1), (C, 1), unproved=(A,))

    assert has_say_over(A, C, history) and not has_say_over(A, B, history)


# What the rows tell


@pytest.fixture
def rita(cast, sign_in):
    """Rita's browser."""
    return sign_in(cast.receptionist)


def history_of(member) -> list[tuple[str, bool, int]]:
    """Each stay: the address, whether it was proved, and for how many days."""
    found = stays_of(User.objects.get(pk=member.user_id), database_now())
    return [(each.email, each.is_proved, round((each.until - each.since) / timedelta(days=1))) for each in found]


@pytest.mark.django_db
def test_a_login_that_never_moved_has_one_address(cast):
    User.objects.update(created_at=database_now() - timedelta(days=9))

    assert history_of(cast.receptionist) == [(OLD, True, 9)]


@pytest.mark.django_db
def test_moves_and_addresses_put_back_are_told_in_their_order(cast, rita, sign_in, deliver_mail):
    pass_time(days=10)
    move(rita, deliver_mail, NEW)
    pass_time(days=2)
    move(rita, deliver_mail, "rita@newer.example")
    pass_time(days=1)
    object_to(objection_of(EmailChange.objects.latest("pk")))
    pass_time(days=5)
    move(sign_in(choose_password(cast.receptionist)), deliver_mail, OLD)
    pass_time(days=1)

    assert history_of(cast.receptionist) == [
        (OLD, True, 10),
        (NEW, True, 2),
        ("rita@newer.example", True, 1),
        (NEW, True, 5),
        (OLD, True, 1),
    ]


@pytest.mark.django_db
def test_what_was_only_asked_for_is_no_part_of_it(cast):
    now = database_now()
    rows = {"user": cast.receptionist.user, "old_email": OLD, "old_was_confirmed": True, "asked_at": now}
    EmailChange.objects.create(new_email=NEW, expires_at=now, ended_at=now, **rows)
    EmailChange.objects.create(new_email="rita@newer.example", expires_at=now, **rows)

    assert [email for email, _proved, _days in history_of(cast.receptionist)] == [OLD]


@pytest.mark.django_db
def test_a_first_address_that_was_never_confirmed_is_not_proved(cast, rita, deliver_mail):
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    assert [proved for _email, proved, _days in history_of(cast.receptionist)] == [False]

    move(rita, deliver_mail, NEW)

    assert [proved for _email, proved, _days in history_of(cast.receptionist)] == [False, True]
