"""What an administrator asked for, and its person ended: it is in the clinic's log, and who asked is told (A70)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Activity, Member, SecurityEvent, User
from accounts.tests.address_changes import (
    CANCEL,
    NEW,
    OLD,
    ask,
    link_to,
    object_to,
    only_change,
    pass_time,
    pending_change,
)
from accounts.tests.factories import MemberFactory, PendingMemberFactory
from accounts.tests.links import CHOSEN, opened, path_in
from accounts.tests.owners import VERIFIED, by_reader
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db

Verb, Kind = Activity.Verb, SecurityEvent.Kind
STAYS = "The email address of Rita Reyes stays as it is"


@pytest.fixture
def wished(cast):
    """Adam asks that Rita sign in with another address."""
    return pending_change(cast.receptionist, asked_by=cast.administrator)


@pytest.fixture
def reset(deliver_mail):
    """Choose a new password for an address by the mailed link."""

    def _reset(email=OLD):
        browser = Client()
        browser.post(reverse("accounts:password_reset"), {"email": email})
        page = browser.get(path_in(deliver_mail()[-1]), follow=True)
        return browser.post(page.redirect_chain[-1][0], {"password": CHOSEN})

    return _reset


def ended():
    entries = Activity.objects.filter(verb=Verb.EMAIL_CHANGE_DECLINED)
    return [(each.actor, each.subject, each.details) for each in entries]


def test_a_password_reset_ends_it_and_the_clinic_knows(cast, wished, reset, adam, url):
    assert reset().status_code == 302

    assert not only_change().is_open
    [(actor, subject, details)] = ended()
    assert actor == subject == cast.receptionist
    assert details == {"email": [OLD, NEW], "because": "new password"}
    page = adam.get(url("member", cast.receptionist.pk)).text
    assert "ended the change of email address that was asked for" in page


def test_the_administrator_who_asked_is_told(cast, wished, reset, deliver_mail):
    reset()

    told = [each for each in deliver_mail() if each.to == ["adam@harbour.example"]]
    assert [each.subject for each in told] == [STAYS]
    body = " ".join(told[0].body.split())
    assert "Rita Reyes chose a new password on" in body and f"ended the change to {NEW} that you asked for" in body
    assert f"They’ll keep signing in with {OLD}." in body


def test_the_person_is_told_and_has_it_in_their_own_record(cast, wished, reset, deliver_mail):
    reset()

    event = SecurityEvent.objects.get(kind=Kind.EMAIL_CHANGE_ENDED)
    assert (event.user_id, event.by, event.details["because"]) == (cast.receptionist.user_id, None, "new password")
    told = [each for each in deliver_mail() if each.subject == "Your email address stays as it is"]
    assert [each.to for each in told] == [[OLD]]
    assert f"You chose a new password, which ended the change to {NEW}." in " ".join(told[0].body.split())


def test_a_wish_of_their_own_is_in_their_record_alone(cast, reset, deliver_mail):
    pending_change(cast.receptionist)
    reset()

    assert ended() == []
    assert SecurityEvent.objects.filter(kind=Kind.EMAIL_CHANGE_ENDED).exists()
    assert not [each for each in deliver_mail() if each.subject == STAYS]


def test_one_whose_time_was_over_anyway_is_no_news(cast, wished, reset):
    pass_time(days=1)

    reset()

    assert ended() == [] and not SecurityEvent.objects.filter(kind=Kind.EMAIL_CHANGE_ENDED).exists()


def test_to_an_address_that_was_never_confirmed_nothing_is_said(cast, reset, deliver_mail):
    """A57: it may be a stranger's. The clinic is told all the same."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    pending_change(cast.receptionist, asked_by=cast.administrator, old_was_confirmed=False)

    reset()

    assert len(ended()) == 1
    assert not [each for each in deliver_mail() if each.subject == "Your email address stays as it is"]


def test_an_administrator_who_is_none_any_more_is_not_told(cast, wished, reset, deliver_mail):
    Member.objects.filter(pk=cast.administrator.pk).update(role="receptionist")

    reset()

    assert len(ended()) == 1
    assert not [each for each in deliver_mail() if each.to == ["adam@harbour.example"]]


def test_the_log_of_another_clinic_of_theirs_says_nothing(cast, wished, reset):
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)

    reset()

    assert set(Activity.objects.values_list("account", flat=True)) == {cast.clinic.pk}


def test_cancelled_by_the_person_it_is_the_same(cast, wished, sign_in, deliver_mail):
    sign_in(cast.receptionist).post(CANCEL)

    assert [details["because"] for _actor, _subject, details in ended()] == ["declined"]
    told = by_reader(deliver_mail())["adam@harbour.example"]
    assert f"Rita Reyes ended the change to {NEW} that you asked for" in " ".join(told.body.split())


def test_replaced_by_the_persons_own_it_is_the_same_and_theirs_is_not_told(cast, wished, sign_in, deliver_mail):
    ask(sign_in(cast.receptionist), "rita@private.example")

    [(_actor, _subject, details)] = ended()
    assert details["email"] == [OLD, NEW]
    assert "private" not in by_reader(deliver_mail())["adam@harbour.example"].body


def test_stopped_by_the_old_address_it_is_the_same(cast, adam, url, deliver_mail):
    page = adam.get(url("member", cast.receptionist.pk))
    adam.post(url("member", cast.receptionist.pk), {**typed_on(page), "email": NEW, **VERIFIED})

    object_to(link_to(deliver_mail, OLD))

    assert len(ended()) == 1


def test_ended_by_joining_another_clinic_with_a_new_password_it_is_the_same(cast):
    """The address was never proved, so that all that was set before the mailbox was shown is dropped (A57)."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    pending_change(cast.receptionist, asked_by=cast.administrator, old_was_confirmed=False)
    there = PendingMemberFactory(account=cast.other_clinic, user=cast.receptionist.user, invited_by=cast.outsider)

    opened(there).post("/invitations/", {"password": CHOSEN})

    assert [details["because"] for _actor, _subject, details in ended()] == ["new password"]


def test_what_the_administrator_cancels_is_no_news_to_them(cast, wished, adam, url, deliver_mail):
    adam.post(url("member_email_cancel", cast.receptionist.pk))

    assert ended() == []
    assert not [each for each in deliver_mail() if each.to == ["adam@harbour.example"]]
