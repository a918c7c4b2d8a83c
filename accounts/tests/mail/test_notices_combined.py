"""Of one kind a person gets three mails an hour from one clinic; the rest is told in one, and nothing is lost (A62)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from accounts.clinic_settings.closing.erasure import erase
from accounts.core.acting import record
from accounts.core.origin import Origin
from accounts.identity.users import record_event
from accounts.mail import contents
from accounts.models import Account, Activity, Member, OutboundEmail, SecurityEvent, User
from accounts.outbox.delivery import deliver
from accounts.outbox.notices import queue_notices
from accounts.outbox.queue import tell
from accounts.tests.address_changes import pending_change
from accounts.tests.attacks import an_hour_passes, change_role_to_and_fro
from accounts.tests.factories import MemberFactory, PendingMemberFactory
from accounts.tests.links import html_of
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Kind, State, Verb = OutboundEmail.Kind, OutboundEmail.State, Activity.Verb
ROLES = ["scheduler", "bookkeeper", "receptionist", "practitioner", "power_receptionist"]


def role_changed(cast, to: Member, number: int = 0) -> Activity:
    """Tell somebody of another role."""
    roles = {"role": ["receptionist", ROLES[number % len(ROLES)]]}
    entry = record(Verb.MEMBER_UPDATED, account=cast.clinic, actor=cast.administrator, subject=to, details=roles)
    tell([to], of=entry)
    return entry


def role_changed_elsewhere(cast, to: Member, number: int = 0) -> None:
    """The same by Xena, in her clinic."""
    roles = {"role": ["receptionist", ROLES[number % len(ROLES)]]}
    entry = record(Verb.MEMBER_UPDATED, account=cast.other_clinic, actor=cast.outsider, subject=to, details=roles)
    tell([to], of=entry)


def happened(user: User, kind: SecurityEvent.Kind) -> SecurityEvent:
    return record_event(kind, user=user, origin=Origin("203.0.113.9"))


def summaries() -> list[OutboundEmail]:
    return list(OutboundEmail.objects.filter(kind=Kind.SUMMARY).order_by("pk"))


def subjects(messages) -> list[str]:
    return [message.subject for message in messages]


def test_the_fourth_waits_until_the_hour_from_the_first_is_over(cast, deliver_mail):
    for number in range(4):
        role_changed(cast, cast.receptionist, number)

    [summary] = summaries()
    first = OutboundEmail.objects.earliest("pk")
    assert summary.next_attempt_at == first.created_at + timedelta(hours=1)
    assert len(deliver_mail()) == 3


def test_every_notice_is_sent_or_stands_in_the_summary_the_newest_last(cast, deliver_mail):
    for number in range(8):
        role_changed(cast, cast.receptionist, number)
    deliver_mail()
    an_hour_passes()

    *single, last = deliver_mail()

    first = ["Scheduler", "Bookkeeper", "Receptionist"]
    assert subjects(single) == [f"Your role in Harbour Physio is now {name}" for name in first]
    lines = [line.rpartition(": ")[2] for line in last.body.splitlines() if line.startswith("- ")]
    names = ["Practitioner", "Power receptionist", "Scheduler", "Bookkeeper", "Receptionist"]
    assert lines == [f"Your role in Harbour Physio is now {name}" for name in names]
    assert last.subject == "Your role in Harbour Physio is now Receptionist (and 4 more)"
    assert last.to == ["rita@harbour.example"]


def test_each_line_says_when_in_the_clinics_time(cast):
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone="Australia/Sydney")
    for number in range(4):
        role_changed(cast, cast.receptionist, number)
    Activity.objects.update(created_at=datetime(2026, 12, 1, 23, 30, tzinfo=UTC))

    message = contents.build(summaries()[0])

    line = "Wednesday 2 December 2026 at 10:30 (Australia/Sydney): Your role in Harbour Physio is now Practitioner"
    assert f"- {line}" in message.body.splitlines() and line in html_of(message)


def test_a_single_one_that_waited_is_told_under_its_own_subject(cast):
    for number in range(4):
        role_changed(cast, cast.receptionist, number)

    assert contents.build(summaries()[0]).subject == "Your role in Harbour Physio is now Practitioner"


def test_a_single_one_is_not_said_to_be_several(cast):
    for number in range(4):
        role_changed(cast, cast.receptionist, number)

    message = contents.build(summaries()[0])

    for part in (message.body, html_of(message)):
        assert "You’ve had several emails about this, so we waited before sending this one." in part
        assert "combined" not in part


def test_more_than_twenty_are_counted(cast):
    for number in range(3 + 20 + 4):
        role_changed(cast, cast.receptionist, number)

    message = contents.build(summaries()[0])

    assert message.body.count("\n- ") == 20
    assert "4 earlier ones aren’t listed." in message.body and "4 earlier ones aren’t listed." in html_of(message)
    assert message.subject.endswith("(and 23 more)")


def test_people_do_not_count_against_each_other(cast, deliver_mail):
    for number in range(3):
        role_changed(cast, cast.receptionist, number)
        role_changed(cast, cast.practitioner, number)

    assert len(deliver_mail()) == 6


def test_clinics_do_not_count_against_each_other(cast, deliver_mail):
    there = MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    for number in range(3):
        role_changed(cast, cast.receptionist, number)
        role_changed_elsewhere(cast, there, number)

    assert len(deliver_mail()) == 6


def test_a_clinic_pushes_no_other_clinics_notice_off_the_end_of_a_summary(cast, deliver_mail):
    there = MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    for number in range(4):
        role_changed_elsewhere(cast, there, number)
    role_changed(cast, cast.receptionist)
    for number in range(22):
        role_changed_elsewhere(cast, there, number)
    deliver_mail()
    an_hour_passes()

    mails = deliver_mail()

    assert len(mails) == 3 + 1 + 1
    assert "Your role in Harbour Physio is now Scheduler" in subjects(mails)


def test_a_clinic_that_has_only_invited_someone_tells_them_nothing(cast, sign_in):
    """So nobody is told more by adding them to many clinics."""
    there = PendingMemberFactory(account=cast.other_clinic, user=cast.receptionist.user, invited_by=cast.outsider)

    change_role_to_and_fro(sign_in(cast.outsider), there, 2)

    assert not OutboundEmail.objects.filter(kind=Kind.NOTICE).exists()


def test_kinds_do_not_count_against_each_other(cast, deliver_mail):
    kinds = SecurityEvent.Kind
    for kind in (kinds.PASSWORD_CHANGED, kinds.PASSKEY_ADDED, kinds.TWO_FACTOR_OFF):
        for _ in range(3):
            happened(cast.receptionist.user, kind)

    assert len(deliver_mail()) == 9


def test_what_happens_while_a_summary_is_sent_goes_into_another(cast, deliver_mail):
    """It was claimed, and its words may be on their way."""
    for number in range(4):
        role_changed(cast, cast.receptionist, number)
    [summary] = summaries()
    OutboundEmail.objects.filter(pk=summary.pk).update(state=State.SENDING, lease_until=database_now(), attempts=1)

    role_changed(cast, cast.receptionist, 4)

    first, second = summaries()
    assert (first.summed.count(), second.summed.count()) == (1, 1)


def test_a_summary_that_a_mail_server_refused_once_takes_no_more_in(cast):
    for number in range(4):
        role_changed(cast, cast.receptionist, number)
    OutboundEmail.objects.filter(kind=Kind.SUMMARY).update(attempts=1)

    role_changed(cast, cast.receptionist, 4)

    assert [summary.summed.count() for summary in summaries()] == [1, 1]


def test_no_hour_brings_more_than_three_however_long_it_goes_on(cast, deliver_mail, time_machine):
    if connection.vendor != "sqlite":
        pytest.skip("The clock of PostgreSQL can't be moved.")
    start = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    moments = []
    for minute in range(0, 300, 4):
        time_machine.move_to(start + timedelta(minutes=minute), tick=False)
        role_changed(cast, cast.receptionist, minute // 4)
        sent = len(deliver_mail())
        moments += [minute] * (sent - len(moments))
    time_machine.move_to(start + timedelta(hours=7), tick=False)

    deliver_mail()

    assert all(sum(begin <= each < begin + 60 for each in moments) <= 3 for begin in range(300))
    notices = OutboundEmail.objects.filter(kind=Kind.NOTICE)
    told = notices.filter(Q(state=State.ACCEPTED) | Q(state=State.SUMMED, summary__state=State.ACCEPTED))
    assert (notices.count(), told.count()) == (75, 75)


def test_nothing_is_told_twice(cast, deliver_mail):
    for number in range(6):
        role_changed(cast, cast.receptionist, number)
    for _ in range(3):
        told = list(deliver_mail())
        an_hour_passes()

    assert len(told) == 4
    states = list(OutboundEmail.objects.order_by("pk").values_list("kind", "state"))
    assert states.count((Kind.NOTICE, State.ACCEPTED)) == 3 and states.count((Kind.NOTICE, State.SUMMED)) == 3


def test_the_objection_to_a_change_of_address_can_be_made_from_the_summary(cast):
    """A password thief who floods this kind must not take the link away with it."""
    user, now = cast.receptionist.user, database_now()
    for number in range(5):
        change = pending_change(cast.receptionist, new_email=f"rita{number}@new.example", confirmed_at=now)
        changed = {"kind": SecurityEvent.Kind.EMAIL_CHANGED, "details": {"change": change.pk}}
        queue_notices([user.email], of=SecurityEvent.objects.create(user=user, created_at=now, **changed))

    message = contents.build(summaries()[0])

    assert message.to == [user.email]
    links = {line.rpartition(" ")[2] for line in message.body.splitlines() if "/email/objection/" in line}
    assert len(links) == 2


def test_the_notices_of_an_erased_account_take_their_summary_with_them(cast, deliver_mail):
    for number in range(5):
        role_changed(cast, cast.receptionist, number)
    now = database_now()
    Account.objects.filter(pk=cast.clinic.pk).update(closed_at=now - timedelta(days=31), erase_at=now)
    User.objects.filter(pk=cast.receptionist.user_id).update(is_staff=True)
    assert erase(cast.clinic.pk)
    an_hour_passes()

    deliver(summaries()[0].pk)

    assert summaries()[0].state == State.DROPPED


def queries_to_tell(cast, people: list[Member]) -> int:
    details = {"require_two_factor": [False, True]}
    entry = record(Verb.SECURITY_CHANGED, account=cast.clinic, actor=cast.administrator, details=details)
    people = list(Member.objects.filter(pk__in=[each.pk for each in people]).select_related("user"))
    with CaptureQueriesContext(connection) as counted:
        tell(people, of=entry, at_once=False)
    return len([each for each in counted if "SAVEPOINT" not in each["sql"]])


def test_telling_many_takes_no_more_queries_than_telling_two(cast):
    """At either size: the first times, when the summary is made, and when it is joined."""
    few, many = [[MemberFactory(account=cast.clinic) for _ in range(count)] for count in (2, 40)]

    for turn in range(5):
        counted = queries_to_tell(cast, few), queries_to_tell(cast, many)

        assert counted[0] == counted[1]
        assert counted[0] <= 5, turn
