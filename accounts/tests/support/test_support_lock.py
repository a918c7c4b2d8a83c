"""What a lock means for the people of the account: one calm page, and nothing else, until it is lifted (S37)."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from accounts.access import roles
from accounts.clinic_settings.closing.erasure import due_for_erasure
from accounts.models import Account, Invitation, Member, OutboundEmail
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.links import ACCEPT, CHOSEN, join, opened, path_in, path_of, snapshot
from accounts.tests.owners import VERIFIED
from accounts.tests.routes import METHODS, every_address
from accounts.tests.support_desk import REASONED, at, close_row
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

HEADING = "This clinic’s account is locked"
DEAD = "This clinic is locked"


@pytest.fixture
def lock(cast, desk):
    """Lock Harbour Physio as support does."""

    def _lock():
        assert desk.post(at("account_lock", cast.clinic.pk), REASONED).status_code == 302

    return _lock


@pytest.fixture
def unlock(cast, desk):
    """Unlock it again."""

    def _unlock():
        assert desk.post(at("account_unlock", cast.clinic.pk), REASONED).status_code == 302

    return _unlock


def is_locked_page(answer):
    """Whether this is the one page, whole: its heading, the clinic's name, whom to write to; nothing of the clinic."""
    words = " ".join(BeautifulSoup(answer.text, "html.parser").get_text().split())
    said = all(each in words for each in (HEADING, "Harbour Physio", "support@localhost", "Sign out"))
    return answer.status_code == 423 and said and "Rita" not in words and "Olive" not in words


@pytest.mark.parametrize("role", [*roles.ROLES, "owner"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.everyday("role", "method")
def test_everybody_in_it_sees_that_it_is_locked_and_nothing_else(cast, sign_in, lock, role, method):
    """Every address with every method, whatever the role."""
    fields = {"role": roles.ADMINISTRATOR, "is_owner": True} if role == "owner" else {"role": role}
    browser = sign_in(MemberFactory(account=cast.clinic, **fields))
    lock()
    before = snapshot()

    answers = [
        (address, getattr(browser, method)(address, VERIFIED if method == "post" else {}))
        for _name, address in every_address(cast.receptionist)
    ]

    assert len(answers) >= 15
    assert [address for address, answer in answers if not is_locked_page(answer)] == []
    assert snapshot() == before


def test_somebody_who_is_not_in_it_still_finds_nothing(cast, sign_in, lock, url):
    """A38: nor that it is locked."""
    lock()

    for browser in (sign_in(cast.outsider), sign_in(MemberFactory(account=cast.clinic, is_active=False))):
        answer = browser.get(url("home"), follow=True)
        assert HEADING not in answer.text and "Harbour Physio" not in answer.text


def test_after_signing_in_they_arrive_at_that_page_and_at_their_other_clinic_as_ever(cast, lock):
    lock()
    browser = Client()

    answer = browser.post("/login/", {"email": "rita@harbour.example", "password": PASSWORD}, follow=True)

    assert is_locked_page(answer)
    MemberFactory(account=cast.other_clinic, user=cast.receptionist.user)
    assert browser.get("/elsewhere/").status_code == 200


def test_the_button_of_the_notice_leads_an_owner_to_that_page(cast, sign_in, lock, deliver_mail):
    """A13: who is told can see for themselves what they were told."""
    lock()
    [notice] = deliver_mail()

    assert notice.to == ["olive@harbour.example"]
    assert "locked" in notice.subject
    stranger = Client().get(path_in(notice))
    assert stranger.url == f"/login/?next={path_in(notice)}"
    assert is_locked_page(sign_in(cast.owner).get(path_in(notice)))


# Invitations


def test_nobody_joins_by_a_link_opened_before_or_after_and_after_the_lock_the_same_link_works(cast, lock, unlock):
    before_the_lock = opened(cast.invited)
    lock()
    before = snapshot()

    answers = [
        before_the_lock.post(ACCEPT, {"password": CHOSEN}, follow=True),
        Client().get(path_of(cast.invited), follow=True),
    ]

    assert [BeautifulSoup(answer.text, "html.parser").h1.get_text() for answer in answers] == [DEAD, DEAD]
    assert snapshot() == before
    unlock()
    join(cast.invited)
    assert Member.objects.get(pk=cast.invited.pk).has_joined


def test_an_invitation_that_waits_to_be_mailed_does_not_go_out(cast, sign_in, url, lock, deliver_mail):
    """R12."""
    sign_in(cast.administrator).post(url("member_invitation", cast.invited.pk))
    assert OutboundEmail.objects.filter(kind=OutboundEmail.Kind.INVITATION, state=OutboundEmail.State.QUEUED).exists()
    lock()

    assert [message.to for message in deliver_mail()] == [["olive@harbour.example"]]


def test_nobody_asks_the_clinic_for_a_new_invitation_meanwhile(cast, lock, deliver_mail):
    Invitation.objects.update(expires_at=database_now())
    browser = opened(cast.invited)
    lock()

    browser.post("/invitations/request/")

    assert [message.to for message in deliver_mail()] == [["olive@harbour.example"]]


# Permissions, closing


def test_nobody_in_it_may_do_anything_and_nobody_can_be_booked(cast, lock):
    """S1: what other parts of a suite ask."""
    lock()

    for person in Member.objects.select_related("account").filter(account=cast.clinic):
        assert not person.has_perm("appointments.book")


def test_an_owner_can_neither_close_nor_reopen_it(cast, sign_in, url, lock):
    owner = sign_in(cast.owner)
    lock()
    assert is_locked_page(owner.post(url("account_closing"), {"clinic_name": "Harbour Physio", **VERIFIED}))

    close_row(cast.clinic)

    assert is_locked_page(owner.post(url("account_reopening"), VERIFIED))
    cast.clinic.refresh_from_db()
    assert cast.clinic.closed_at is not None


def test_a_closed_account_is_not_erased_while_it_is_locked_and_has_thirty_days_again_afterwards(cast, lock, unlock):
    """What its owner closed during a dispute is not lost while the dispute goes on."""
    lock()
    close_row(cast.clinic, days=-1)
    assert due_for_erasure() == []

    unlock()

    assert due_for_erasure() == []
    cast.clinic.refresh_from_db()
    assert 29 <= (cast.clinic.erase_at - database_now()).days <= 30


def test_once_unlocked_everything_is_as_it_was(cast, sign_in, url, lock, unlock):
    before = {table: rows for table, rows in snapshot().items() if table != "accounts.Account"}
    rita = sign_in(cast.receptionist)
    lock()
    unlock()

    assert rita.get(url("home")).status_code == 200
    assert Account.objects.get(pk=cast.clinic.pk).is_open
    after = snapshot()
    untouched = ("accounts.Member", "accounts.Invitation", "accounts.Dispute")
    assert [table for table in untouched if after[table] != before[table]] == []
