"""A request about who owns an account holds up erasing it, and everyone concerned is told (A72).

Adam, an administrator of Harbour Physio, tells support that Olive should not own it. Olive closes the account.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import tasks
from accounts.clinic_settings.closing import actions as closing
from accounts.clinic_settings.closing import erasure
from accounts.core.errors import NotPermitted, TooSoon
from accounts.models import Account, Dispute, Member, OutboundEmail, User
from accounts.models.account import TIME_TO_REOPEN
from accounts.ownership.disputes import file_dispute
from accounts.support import actions as support
from accounts.tests.factories import MemberFactory
from accounts.tests.links import path_in
from accounts.tests.owners import VERIFIED, by_reader, links_on, told_on, words_of
from accounts.tests.pages import typed_on
from accounts.tests.support_desk import REASON, REASONED, account_page, at, lock_row, request_of, support_staff
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

STORY = {"story": "She left in March, and has just closed it.", "rightful_owner": "", "phone": ""}
SUPPORT = "support@localhost"


@pytest.fixture
def staff(db) -> User:
    """Someone of support."""
    return support_staff()


@pytest.fixture
def disputed(cast) -> Dispute:
    """Adam's request, which support has yet to settle."""
    return request_of(cast.administrator)


@pytest.fixture
def close(cast, deliver_mail, mailoutbox):
    """Let Olive close the account; what anyone is told of it is still to be sent."""

    def _close() -> Account:
        deliver_mail()
        mailoutbox.clear()
        closing.close_account(actor=cast.owner)
        return fresh(cast)

    return _close


def fresh(cast) -> Account:
    return Account.objects.get(pk=cast.clinic.pk)


def let_days_pass(cast, days: int = 31) -> None:
    """Move the moments of a closed account back."""
    account = fresh(cast)
    span = timedelta(days=days)
    Account.objects.filter(pk=account.pk).update(closed_at=account.closed_at - span, erase_at=account.erase_at - span)


def is_there(cast) -> bool:
    return Account.objects.filter(pk=cast.clinic.pk).exists()


# Erasing waits


def test_an_account_with_an_open_request_is_not_erased_however_long_ago_it_was_closed(cast, disputed, close):
    close()
    let_days_pass(cast, 400)

    tasks.erase_closed_accounts()

    assert erasure.due_for_erasure() == []
    assert erasure.erase(cast.clinic.pk) is False
    assert is_there(cast)


def test_the_request_of_one_clinic_holds_up_no_other(cast, close):
    request_of(cast.outsider)
    close()
    let_days_pass(cast)

    assert erasure.due_for_erasure() == [cast.clinic.pk]
    assert erasure.erase(cast.clinic.pk) is True


def test_a_request_filed_after_the_worker_made_its_list_is_seen_under_the_lock(cast, close):
    close()
    let_days_pass(cast)
    due = erasure.due_for_erasure()

    file_dispute(actor=cast.administrator, **STORY)

    assert due == [cast.clinic.pk]
    assert erasure.erase(cast.clinic.pk) is False
    assert is_there(cast)


def test_the_request_of_somebody_who_was_made_inactive_since_holds_it_up_as_well(cast, disputed, close):
    """Whoever should not own the clinic is no one to take a request back."""
    Member.objects.filter(pk=cast.administrator.pk).update(is_active=False, deactivated_at=database_now())
    close()
    let_days_pass(cast)

    assert erasure.erase(cast.clinic.pk) is False


def test_settling_the_last_request_starts_the_thirty_days_again_and_then_it_is_erased(cast, disputed, close, staff):
    close()
    let_days_pass(cast)

    support.settle_dispute(staff=staff, dispute=disputed, reason=REASON)

    assert abs(fresh(cast).erase_at - database_now() - TIME_TO_REOPEN) < timedelta(minutes=1)
    assert erasure.erase(cast.clinic.pk) is False
    let_days_pass(cast)
    assert erasure.erase(cast.clinic.pk) is True


def test_as_long_as_another_is_open_settling_one_starts_nothing(cast, disputed, close, staff):
    second = request_of(MemberFactory(account=cast.clinic, role="administrator"))
    close()
    let_days_pass(cast)
    before = fresh(cast).erase_at

    support.settle_dispute(staff=staff, dispute=disputed, reason=REASON)

    assert fresh(cast).erase_at == before
    assert erasure.erase(cast.clinic.pk) is False
    support.settle_dispute(staff=staff, dispute=second, reason=REASON)
    assert fresh(cast).erase_at > database_now() + timedelta(days=29)


def test_settling_in_an_account_that_is_open_closes_nothing_and_sets_no_day(cast, disputed, staff):
    support.settle_dispute(staff=staff, dispute=disputed, reason=REASON)

    assert (fresh(cast).closed_at, fresh(cast).erase_at) == (None, None)


def test_in_a_locked_account_it_is_unlocking_that_starts_the_days(cast, disputed, close, staff):
    """The other order: unlocked first, it still waits for the request."""
    close()
    support.lock(staff=staff, account=cast.clinic, reason=REASON)
    let_days_pass(cast)
    support.unlock(staff=staff, account=cast.clinic, reason=REASON)
    let_days_pass(cast)
    assert erasure.erase(cast.clinic.pk) is False

    lock_row(cast.clinic)
    support.settle_dispute(staff=staff, dispute=disputed, reason=REASON)
    assert fresh(cast).erase_at < database_now()
    assert erasure.erase(cast.clinic.pk) is False

    support.unlock(staff=staff, account=cast.clinic, reason=REASON)
    assert fresh(cast).erase_at > database_now() + timedelta(days=29)


@pytest.mark.parametrize("hold", ["a request", "a lock"])
def test_while_erasing_waits_the_database_lets_the_last_owner_go_by_no_road(cast, close, hold):
    """The guard's way out is there for erasing, and for nothing else."""
    close()
    let_days_pass(cast)
    if hold == "a request":
        request_of(cast.administrator)
    else:
        lock_row(cast.clinic)

    owners = Member.objects.filter(pk=cast.owner.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        owners.update(is_owner=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        owners.delete()


# Who is told of closing


def test_whoever_filed_the_request_is_told_that_it_is_closed_and_that_erasing_waits_for_them(
    cast, disputed, close, deliver_mail
):
    close()

    mail = by_reader(deliver_mail())["adam@harbour.example"]

    assert mail.subject == "The account of Harbour Physio is closed"
    assert "Olive Owens closed the account of Harbour Physio on " in mail.body
    assert "The account won’t be erased before that is settled, and you’ll get an email when it is." in mail.body
    assert "Until" not in mail.body


def test_so_are_those_who_have_lost_their_role_since_or_are_inactive(cast, close, deliver_mail):
    for member, changes in ((cast.receptionist, {}), (cast.administrator, {"is_active": False})):
        request_of(member)
        Member.objects.filter(pk=member.pk).update(**changes)

    close()

    told = by_reader(deliver_mail())
    assert sorted(told) == [f"{name}@harbour.example" for name in ("adam", "olive", "rita")] + [SUPPORT]
    for reader in ("adam@harbour.example", "rita@harbour.example"):
        assert "Support still has your request" in told[reader].body


def test_support_is_told_that_an_account_with_an_open_request_was_closed(cast, disputed, close, deliver_mail):
    close()

    mail = by_reader(deliver_mail())[SUPPORT]

    assert mail.subject == "Harbour Physio was closed while a request about it is open"
    assert "so it won’t be erased" in mail.body
    assert path_in(mail) == account_page(cast.clinic)


def test_support_is_told_of_no_other_closing(cast, close, deliver_mail):
    request_of(cast.outsider)
    close()

    assert SUPPORT not in by_reader(deliver_mail())


def test_without_an_address_of_support_nothing_is_mailed_to_it(cast, disputed, close, settings, deliver_mail):
    settings.SUPPORT_EMAIL = ""
    close()
    Dispute.objects.update(created_at=database_now() - timedelta(days=2))
    file_dispute(actor=cast.administrator, **STORY)

    told = {mail.recipients()[0]: mail for mail in deliver_mail()}

    assert sorted(told) == ["adam@harbour.example", "olive@harbour.example"]
    assert not OutboundEmail.objects.exclude(state=OutboundEmail.State.ACCEPTED).exists()
    assert "write to Clinic People support at once" in told["olive@harbour.example"].body


def test_the_others_are_told_that_it_is_not_erased_while_a_request_is_open(cast, disputed, close, deliver_mail):
    close()

    body = by_reader(deliver_mail())["olive@harbour.example"].body

    assert "It won’t be erased while support has an open request about who owns it." in body
    assert "Until" not in body


def test_of_reopening_they_are_told_as_well(cast, disputed, close, deliver_mail, mailoutbox):
    close()
    deliver_mail()
    mailoutbox.clear()
    Member.objects.filter(pk=cast.administrator.pk).update(role="receptionist")

    closing.reopen_account(actor=cast.owner)

    told = by_reader(deliver_mail())
    assert sorted(told) == ["adam@harbour.example", "olive@harbour.example"]
    assert "Support still has your request about who owns it." in told["adam@harbour.example"].body


def test_when_it_is_settled_everyone_is_told_until_when_it_can_be_opened_again(
    cast, disputed, close, staff, deliver_mail, mailoutbox
):
    second = MemberFactory(account=cast.clinic, role="administrator", user__email="ben@harbour.example")
    close()
    deliver_mail()
    mailoutbox.clear()

    support.settle_dispute(staff=staff, dispute=disputed, reason=REASON)

    told = by_reader(deliver_mail())
    assert sorted(told) == ["adam@harbour.example", second.user.email, "olive@harbour.example"]
    for mail in told.values():
        assert "It’s still closed. Until " in mail.body
        assert "It isn’t erased while a request about who owns it is open." in mail.body


def test_unlocking_promises_no_day_while_a_request_is_open(cast, disputed, close, staff, deliver_mail, mailoutbox):
    close()
    lock_row(cast.clinic)
    deliver_mail()
    mailoutbox.clear()

    support.unlock(staff=staff, account=cast.clinic, reason=REASON)

    body = by_reader(deliver_mail())["olive@harbour.example"].body
    assert "It’s still closed, and any owner can open it again." in body
    assert "Until" not in body


# What the pages say


def test_the_page_that_closes_says_beforehand_that_a_request_holds_up_erasing(cast, disputed, sign_in, url):
    words = "Support has an open request about who owns this account. It isn’t erased before that’s settled"
    olive = sign_in(cast.owner)

    assert words in words_of(olive.get(url("account_closing")))
    Dispute.objects.update(settled_at=database_now())
    assert words not in words_of(olive.get(url("account_closing")))


@pytest.mark.parametrize("who", ["owner", "administrator", "receptionist", "practitioner"])
def test_the_closed_page_names_support_to_everyone(cast, close, sign_in, url, settings, who):
    close()
    page = sign_in(getattr(cast, who)).get(url("home"))
    assert links_on(page)[SUPPORT] == f"mailto:{SUPPORT}"

    settings.SUPPORT_EMAIL = ""
    page = sign_in(getattr(cast, who)).get(url("home"))
    assert "mailto:" not in page.text
    assert "contact support" in words_of(page)


@pytest.mark.parametrize("who", ["owner", "administrator"])
def test_it_tells_those_who_act_for_the_clinic_that_a_request_is_open(cast, disputed, close, sign_in, url, who):
    close()
    let_days_pass(cast)

    words = words_of(sign_in(getattr(cast, who)).get(url("home")))

    assert "Support has an open request about who owns this account. Until it’s settled, nothing is erased" in words
    assert f"{fresh(cast).erase_at:%Y}, " not in words


def test_nobody_else_learns_of_the_request(cast, disputed, close, sign_in, url):
    close()

    words = words_of(sign_in(cast.receptionist).get(url("home")))

    assert "open request" not in words
    assert "An owner can open it again." in words


# Filing it once it is closed


def test_an_administrator_files_a_request_from_the_closed_page(cast, close, sign_in, url, deliver_mail, mailoutbox):
    close()
    deliver_mail()
    mailoutbox.clear()
    adam = sign_in(cast.administrator)
    there = links_on(adam.get(url("home")))["contact support about ownership"]
    page = adam.get(there)
    assert (page.status_code, "it won’t be erased while your request is open" in words_of(page)) == (200, True)

    answer = adam.post(there, {**typed_on(page, with_field="rightful_owner"), **STORY}, follow=True)

    assert answer.status_code == 423
    assert told_on(answer) == "Your request is on its way to support. They answer by email to adam@harbour.example."
    assert "nothing is erased" in words_of(answer)
    told = by_reader(deliver_mail())
    assert sorted(told) == ["adam@harbour.example", SUPPORT]
    for mail in told.values():
        assert "closed" in mail.body and "won’t be erased before" in mail.body
    let_days_pass(cast)
    assert erasure.erase(cast.clinic.pk) is False


def test_an_owner_can_as_well(cast, close, sign_in, url):
    close()

    assert sign_in(cast.owner).post(url("ownership_request"), STORY).url == url("home")
    assert Dispute.objects.get().filed_by == cast.owner


def test_the_form_of_a_closed_account_leads_into_none_of_its_pages(cast, close, sign_in, url):
    close()

    links = links_on(sign_in(cast.administrator).get(url("ownership_request")))

    assert set(links.values()) == {url("home"), reverse("accounts:clinics"), f"mailto:{SUPPORT}"}


@pytest.mark.parametrize("who", ["receptionist", "practitioner"])
def test_others_are_shown_the_closed_page_whatever_they_send(cast, close, sign_in, url, who):
    close()

    for method in ("get", "post"):
        assert getattr(sign_in(getattr(cast, who)), method)(url("ownership_request"), STORY).status_code == 423
    assert not Dispute.objects.exists()


def test_the_limits_are_those_of_an_open_account(cast, close, sign_in, url):
    adam = sign_in(cast.administrator)
    adam.post(url("ownership_request"), STORY)
    close()

    answer = adam.post(url("ownership_request"), STORY)

    assert answer.status_code == 429
    assert STORY["story"] in words_of(answer)
    with pytest.raises(TooSoon):
        file_dispute(actor=cast.administrator, **STORY)
    assert Dispute.objects.count() == 1


def test_an_address_that_is_not_confirmed_files_nothing_there_either(cast, close, sign_in, url):
    close()
    User.objects.filter(pk=cast.administrator.user_id).update(email_confirmed_at=None)
    adam = sign_in(cast.administrator)

    assert "Confirm your email address first" in words_of(adam.get(url("ownership_request")))
    assert adam.post(url("ownership_request"), STORY).status_code == 422
    assert not Dispute.objects.exists()


def test_a_locked_account_takes_no_request_closed_or_not(cast, close, sign_in, url):
    close()
    lock_row(cast.clinic)

    assert sign_in(cast.administrator).post(url("ownership_request"), STORY).status_code == 423
    with pytest.raises(NotPermitted):
        file_dispute(actor=cast.administrator, **STORY)


def test_an_owner_gets_rid_of_one_who_keeps_asking_by_opening_it_making_them_inactive_and_closing_it(
    cast, disputed, close, sign_in, url, staff
):
    """A request holds up erasing, and is no way to prevent it for ever: support settles it, and an owner goes on."""
    close()
    support.settle_dispute(staff=staff, dispute=disputed, reason=REASON)
    olive = sign_in(cast.owner)
    olive.post(url("account_reopening"), VERIFIED)
    Member.objects.filter(pk=cast.administrator.pk).update(is_active=False, deactivated_at=database_now())
    close()

    with pytest.raises(NotPermitted):
        file_dispute(actor=cast.administrator, **STORY)
    let_days_pass(cast)
    assert erasure.erase(cast.clinic.pk) is True


# What support sees


def test_the_pages_of_support_say_that_a_request_holds_up_erasing(cast, disputed, close, client, sign_in, staff):
    close()
    desk = sign_in(staff)

    for address in (account_page(cast.clinic), at("accounts_account_changelist")):
        assert "Closed, not erased while a request is open" in words_of(desk.get(address))
    assert "but not while a request is open" in words_of(desk.get(account_page(cast.clinic)))
    lock_row(cast.clinic)
    unlocking = words_of(desk.get(at("account_unlock", cast.clinic.pk)))
    assert "It isn’t erased while a request about who owns it is open." in unlocking
    Dispute.objects.update(settled_at=database_now(), settled_by=staff)
    assert "begin again" in words_of(desk.get(at("account_unlock", cast.clinic.pk)))


def test_the_act_that_settles_says_that_the_thirty_days_start_and_who_reads_of_it(
    cast, disputed, close, sign_in, staff
):
    desk, act = sign_in(staff), at("request_settle", cast.clinic.pk, disputed.pk)
    assert "This writes down how the matter ended and changes nothing else." in words_of(desk.get(act))
    close()

    page = words_of(desk.get(act))

    assert "starts the 30 days of the closed account" in page
    assert "The owners and administrators read it. So does Adam Adler, who asked." in page
    assert desk.post(act, REASONED).status_code == 302
    assert fresh(cast).erase_at > database_now() + timedelta(days=29)
