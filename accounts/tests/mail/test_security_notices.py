"""The mails about what happened to a login: each says what, when, from where, by whom, and what to do (A13)."""

import re
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from accounts.core.origin import Origin
from accounts.identity.users import NOT_MAILED, record_event
from accounts.mail import contents
from accounts.models import Member, OutboundEmail, SecurityEvent
from accounts.outbox.queue import queue_email
from accounts.tests.address_changes import NEW, OLD, pending_change
from accounts.tests.factories import AccountFactory, MemberFactory, UserFactory
from accounts.tests.links import html_of
from accounts.tests.owners import VERIFIED
from accounts.tests.pages import typed_on
from accounts.tests.support_desk import recovery_of
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

Kind = SecurityEvent.Kind
MAILED = [kind for kind in Kind if kind not in NOT_MAILED]
BY_OTHERS = [Kind.TWO_FACTOR_RESET, Kind.SESSIONS_ENDED_BY_OTHERS]
ABOUT_ADDRESSES = [Kind.EMAIL_CHANGE_ASKED, Kind.EMAIL_CHANGE_ENDED, Kind.EMAIL_CHANGED]
BY_SUPPORT = sorted(SecurityEvent.RECOVERY)
THEIR_OWN = [kind for kind in MAILED if kind not in {*BY_OTHERS, *ABOUT_ADDRESSES, *BY_SUPPORT}]

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
HERE = Origin("203.0.113.9", CHROME)
MARKUP = '<img src="x">{{ settings.SECRET_KEY }}'


def event_of(kind: Kind, member: Member, by: Member | None = None) -> SecurityEvent:
    """An event of this kind, which queues its mail."""
    details = {"change": pending_change(member).pk} if kind in ABOUT_ADDRESSES else {"left": 1}
    if kind in BY_SUPPORT:
        ended = {"ended_at": database_now(), "outcome": "withdrawn", "end_reason": MARKUP}
        details = {"recovery": recovery_of(member.user, UserFactory(is_staff=True), reason=MARKUP, **ended).pk}
    return record_event(kind, user=member.user, origin=HERE, by=by, details=details)


def mail_of(event: SecurityEvent):
    return contents.build(OutboundEmail.objects.get(security_event=event))


def words_in(message) -> str:
    return " ".join(message.body.split())


@pytest.fixture
def mailed(cast):
    """The mail of an event of this kind, which happened to Rita; by Adam where it is for others to do."""

    def _mailed(kind):
        by = cast.administrator if kind in BY_OTHERS else None
        return mail_of(event_of(kind, cast.receptionist, by))

    return _mailed


@pytest.fixture
def change_role(url):
    """Give somebody another role on their page."""

    def _change_role(browser, member, role, **fields):
        address = url("member", member.pk)
        answer = browser.post(address, {**typed_on(browser.get(address)), "role": role, **fields, **VERIFIED})
        assert answer.status_code == 302

    return _change_role


# Every kind


@pytest.mark.parametrize("kind", MAILED)
def test_every_kind_has_a_subject_and_says_when_and_where_to_ask(mailed, kind):
    message = mailed(kind)

    assert message.to == [OLD] and message.subject and "%" not in message.subject
    assert message.body.splitlines()[0] == message.subject
    assert re.search(r"^When: \w+day \d+ \w+ \d{4} at \d\d:\d\d \(UTC\)$", message.body, re.MULTILINE)
    assert "support@" in message.body and "%(" not in message.body


@pytest.mark.parametrize("kind", MAILED)
def test_both_parts_say_the_same(mailed, kind):
    message = mailed(kind)

    html = " ".join(BeautifulSoup(html_of(message), "html.parser").get_text(" ").split())
    lines = [line for line in message.body.splitlines() if line.strip() and line != "--"]
    for line in lines:
        assert " ".join(line.replace(": ", " ", 1).split()) in html or line.rstrip(":") in html


@pytest.mark.parametrize("kind", sorted(NOT_MAILED))
def test_what_people_do_every_day_is_not_mailed(cast, kind):
    event_of(kind, cast.receptionist)

    assert not OutboundEmail.objects.exists()


@pytest.mark.parametrize("kind", [*THEIR_OWN, *ABOUT_ADDRESSES])
def test_it_says_from_which_browser_and_network(mailed, kind):
    body = mailed(kind).body

    assert "Browser: Chrome on Windows" in body and "Network address: 203.0.113.9" in body


@pytest.mark.parametrize("kind", THEIR_OWN)
def test_it_says_what_to_do_where_it_was_somebody_else(mailed, kind):
    message = mailed(kind)

    assert "If it wasn’t, somebody knows your password: choose a new one at once" in words_in(message)
    assert "http://testserver/password/reset/" in message.body.splitlines()


@pytest.mark.parametrize("kind", BY_OTHERS)
def test_what_an_administrator_did_says_who_and_not_where_they_sat(mailed, kind):
    message = mailed(kind)

    assert "Adam Adler of Harbour Physio" in words_in(message)
    assert "If you did not expect this, ask them" in words_in(message)
    assert "203.0.113.9" not in message.body and "Chrome" not in message.body


def test_an_administrator_whose_clinic_was_erased_has_no_name_any_more(cast):
    event = event_of(Kind.TWO_FACTOR_RESET, cast.receptionist)

    assert "An administrator took two-factor authentication off your login" in words_in(mail_of(event))


@pytest.mark.parametrize("kind", MAILED)
def test_markup_in_names_is_inert(cast, kind):
    """C16."""
    cast.administrator.first_name = cast.administrator.last_name = MARKUP
    cast.administrator.save()
    cast.clinic.name = MARKUP
    cast.clinic.save()
    event = event_of(kind, cast.receptionist, cast.administrator)
    SecurityEvent.objects.filter(pk=event.pk).update(user_agent=MARKUP)

    html = html_of(mail_of(event)).replace("\u200c", "")

    assert '<img src="x">' not in html
    if kind in BY_OTHERS:
        assert "&lt;img src=&quot;x&quot;&gt;{{ settings.SECRET_KEY }}" in html


def test_without_an_address_that_can_be_told_none_is_said(cast):
    event = record_event(Kind.PASSWORD_CHANGED, user=cast.receptionist.user, origin=Origin())

    body = mail_of(event).body
    assert "Network address" not in body and "Browser: An unknown browser" in body


# When, for whom


def test_the_time_is_that_of_the_first_clinic_that_the_person_is_in(cast):
    cast.clinic.time_zone = "Australia/Sydney"
    cast.clinic.save()
    MemberFactory(account=AccountFactory(time_zone="Europe/Dublin"), user=cast.receptionist.user)
    event = event_of(Kind.PASSWORD_CHANGED, cast.receptionist)
    SecurityEvent.objects.filter(pk=event.pk).update(created_at=datetime(2026, 10, 1, 10, 30, tzinfo=UTC))

    assert "When: Thursday 1 October 2026 at 20:30 (Australia/Sydney)" in mail_of(event).body


def test_somebody_in_no_clinic_is_told_in_utc(db):
    event = record_event(Kind.PASSWORD_CHANGED, user=UserFactory(), origin=HERE)

    assert "(UTC)" in mail_of(event).body


def test_it_goes_to_the_address_on_file_when_it_is_sent(cast):
    """S17."""
    event = event_of(Kind.PASSWORD_CHANGED, cast.receptionist)
    cast.receptionist.user.email = NEW
    cast.receptionist.user.save()

    assert mail_of(event).to == [NEW]


def test_one_for_the_old_address_goes_there_whatever_is_on_file_by_then(cast):
    change = pending_change(cast.receptionist)
    event = record_event(
        Kind.EMAIL_CHANGE_ASKED, user=cast.receptionist.user, origin=HERE, details={"change": change.pk}, mail_to=OLD
    )
    cast.receptionist.user.email = NEW
    cast.receptionist.user.save()

    assert mail_of(event).to == [OLD]


# Single kinds


@pytest.mark.parametrize(("left", "words"), [(1, "1 code is left."), (9, "9 codes are left.")])
def test_a_used_backup_code_says_how_many_are_left(cast, left, words):
    event = record_event(Kind.BACKUP_CODE_USED, user=cast.receptionist.user, origin=HERE, details={"left": left})

    assert words in words_in(mail_of(event))


@pytest.mark.parametrize(
    ("confirmed", "objected", "recipient", "subject"),
    [
        (False, False, OLD, "Your email address stays as it is"),
        (False, True, OLD, "Your email address stays as it is"),
        (True, True, OLD, "Your email address was put back"),
        (True, True, NEW, "Your old email address was put back"),
    ],
)
def test_an_end_of_a_change_says_which_end(cast, confirmed, objected, recipient, subject):
    change = pending_change(cast.receptionist, confirmed_at=database_now() if confirmed else None)
    details = {"change": change.pk, "objected": objected, "shut": objected}
    event = record_event(Kind.EMAIL_CHANGE_ENDED, user=cast.receptionist.user, origin=HERE, details=details)
    OutboundEmail.objects.all().delete()
    queue_email(OutboundEmail.Kind.SECURITY_NOTICE, user=None, recipient=recipient, security_event=event)

    message = mail_of(event)

    assert (message.to, message.subject) == ([recipient], subject)
    assert ("Every browser was signed out" in message.body) == objected


# Another role


def test_somebody_whose_role_was_changed_is_told_by_whom_from_what_to_what(cast, adam, change_role, deliver_mail):
    change_role(adam, cast.receptionist, "bookkeeper")

    [message] = deliver_mail()
    assert (message.to, message.subject) == ([OLD], "Your role in Harbour Physio is now Bookkeeper")
    assert "Adam Adler changed your security role in Harbour Physio from Receptionist to Bookkeeper on" in message.body
    assert "If you did not expect this, ask Adam Adler." in message.body
    assert f"http://testserver/{cast.clinic.slug}/settings/roles/" in message.body.splitlines()


def test_whoever_changes_their_own_is_told_too(cast, adam, change_role, deliver_mail):
    """It may have been somebody at their screen."""
    change_role(adam, cast.administrator, "receptionist")

    message = next(each for each in deliver_mail() if "role" in each.subject)
    assert message.to == ["adam@harbour.example"]
    assert "You changed your security role in Harbour Physio from Administrator to Receptionist" in message.body


def test_somebody_who_has_not_joined_gets_the_new_invitation_alone(cast, adam, change_role, deliver_mail):
    change_role(adam, cast.invited, "receptionist")

    assert [each.subject for each in deliver_mail()] == ["Adam Adler invites you to Harbour Physio"]


def test_another_name_is_not_mailed(cast, adam, url, change_role, deliver_mail):
    change_role(adam, cast.receptionist, "receptionist", first_name="Marguerite")

    assert deliver_mail() == []


def test_somebody_made_inactive_at_the_same_time_is_not_told_of_a_role(cast, adam, change_role, deliver_mail):
    change_role(adam, cast.receptionist, "bookkeeper", is_active="no")

    assert deliver_mail() == []


def test_somebody_brought_back_with_another_role_is_told(cast, adam, change_role, deliver_mail):
    change_role(adam, cast.receptionist, "receptionist", is_active="no")

    change_role(adam, cast.receptionist, "bookkeeper", is_active="yes")

    assert [each.subject for each in deliver_mail()] == ["Your role in Harbour Physio is now Bookkeeper"]
