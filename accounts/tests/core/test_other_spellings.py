"""A stranger who asks for mail to another spelling of someone's address doesn't stop the mail to theirs (A51, A63)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.addresses.actions import ask_for_email_change, send_email_change_again
from accounts.core.errors import TooSoon
from accounts.core.origin import Origin
from accounts.models import OutboundEmail, User
from accounts.tests.attacks import sign_up
from accounts.tests.factories import UserFactory
from accounts.tests.owners import VERIFIED

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Kind = OutboundEmail.Kind
HERE, ELSEWHERE = "203.0.113.9", "198.51.100.66"


def minutes_pass(minutes: int) -> None:
    for row in OutboundEmail.objects.all():
        OutboundEmail.objects.filter(pk=row.pk).update(created_at=row.created_at - timedelta(minutes=minutes))


def ask_for_reset(email: str, deliver_mail, *, times: int = 1) -> None:
    """From another IP address, three minutes apart."""
    for _ in range(times):
        minutes_pass(3)
        Client().post("/password/reset/", {"email": email}, REMOTE_ADDR=ELSEWHERE)
        deliver_mail()


def resets_to(email: str) -> int:
    return OutboundEmail.objects.filter(kind=Kind.PASSWORD_RESET, recipient=email).count()


@pytest.fixture
def flooded(cast, deliver_mail) -> None:
    """A stranger signed up as rita+x@ and asked for five resets of that."""
    sign_up("rita+x@harbour.example", at=ELSEWHERE)
    ask_for_reset("rita+x@harbour.example", deliver_mail, times=5)
    assert resets_to("rita+x@harbour.example") == 5


def test_resets_of_another_spelling_do_not_stop_hers(flooded, deliver_mail):
    Client().post("/password/reset/", {"email": "rita@harbour.example"}, REMOTE_ADDR=HERE)
    deliver_mail()

    assert resets_to("rita@harbour.example") == 1


def test_nor_the_one_that_her_administrator_sends(cast, flooded, adam, url, deliver_mail):
    page = adam.post(url("member_password", cast.receptionist.pk), VERIFIED, follow=True)
    deliver_mail()

    assert "is on its way" in page.text
    assert resets_to("rita@harbour.example") == 1


def test_nor_those_to_an_address_with_a_tag_that_was_confirmed(cast, flooded, deliver_mail):
    UserFactory(email="rita+work@harbour.example")

    ask_for_reset("rita+work@harbour.example", deliver_mail)

    assert resets_to("rita+work@harbour.example") == 1


def test_a_mailbox_gets_at_most_twice_as_many_resets_however_many_spellings_ask(cast, deliver_mail):
    for number in range(4):
        UserFactory(email=f"rita+{number}@harbour.example", email_confirmed_at=None)
    for turn in range(8):
        minutes_pass(3)
        for local in (*(f"rita+{number}" for number in range(4)), "rita"):
            Client().post("/password/reset/", {"email": f"{local}@harbour.example"}, REMOTE_ADDR=f"203.0.113.{turn}")
            deliver_mail()

    assert resets_to("rita@harbour.example") == 5
    assert OutboundEmail.objects.filter(kind=Kind.PASSWORD_RESET).addressed("rita@harbour.example").count() <= 10


def test_a_reset_that_has_not_gone_out_yet_counts(cast, adam, url):
    adam.post(url("member_password", cast.receptionist.pk), VERIFIED)

    page = adam.post(url("member_password", cast.receptionist.pk), VERIFIED, follow=True)

    assert "We emailed rita@harbour.example less than two minutes ago." in page.text


def test_what_went_to_an_address_counts_after_its_login_left_it(cast, adam, url, deliver_mail):
    adam.post(url("member_password", cast.receptionist.pk), VERIFIED)
    deliver_mail()
    User.objects.filter(pk=cast.receptionist.user_id).update(email="rita@new.example")
    User.objects.filter(pk=cast.practitioner.user_id).update(email="rita@harbour.example")

    page = adam.post(url("member_password", cast.practitioner.pk), VERIFIED, follow=True)

    assert "We emailed rita@harbour.example less than two minutes ago." in page.text


def test_confirmations_of_another_spelling_do_not_stop_her_from_signing_up(db):
    browser = Client()
    sign_up("vera+x@victim.example", at=ELSEWHERE, browser=browser)
    for _ in range(4):
        minutes_pass(3)
        browser.post("/email/resend/", REMOTE_ADDR=ELSEWHERE)
    assert OutboundEmail.objects.count() == 5

    assert sign_up("vera@victim.example", at=HERE).status_code == 302


def test_changes_to_another_spelling_do_not_stop_one_to_hers(cast):
    xena, rita = cast.outsider.user, cast.receptionist.user
    ask_for_email_change(user=xena, new_email="rita+x@new.example", origin=Origin(ELSEWHERE))
    for _ in range(4):
        minutes_pass(3)
        send_email_change_again(user=xena, origin=Origin(ELSEWHERE))

    ask_for_email_change(user=rita, new_email="rita@new.example", origin=Origin(HERE))

    assert OutboundEmail.objects.filter(kind=Kind.EMAIL_CHANGE, recipient="rita@new.example").count() == 1


def test_a_waiting_change_is_mailed_again_every_hour_after_the_fifth_time_whoever_asks(cast):
    users = [UserFactory() for _ in range(10)]
    for number, user in enumerate(users[:5]):
        minutes_pass(3)
        ask_for_email_change(user=user, new_email=f"vera+{number}@victim.example", origin=Origin(ELSEWHERE))
    minutes_pass(3)

    for user in users[:5]:
        with pytest.raises(TooSoon):
            send_email_change_again(user=user, origin=Origin(ELSEWHERE))
    for number, user in enumerate(users[5:]):
        with pytest.raises(TooSoon):
            ask_for_email_change(user=user, new_email=f"vera+{number}@victim.example", origin=Origin(ELSEWHERE))


def test_her_own_change_is_said_to_be_hers_whatever_went_to_another_spelling(cast):
    """What others asked for is nobody's business; that she asked herself is hers."""
    rita = cast.receptionist.user
    ask_for_email_change(user=cast.outsider.user, new_email="rita+x@new.example", origin=Origin(ELSEWHERE))
    ask_for_email_change(user=rita, new_email="rita@new.example", origin=Origin(HERE))

    with pytest.raises(TooSoon, match="We emailed rita@new.example less than two minutes ago"):
        send_email_change_again(user=rita, origin=Origin(HERE))
