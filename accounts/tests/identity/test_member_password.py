"""An administrator has a reset link sent; nobody sees or chooses the password of somebody else (A7, A40)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Activity, OutboundEmail, User
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.links import path_in
from accounts.tests.owners import VERIFIED
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

BUTTON = "Send a password reset email"
NOT_ALLOWED = "You may not do this, or may no longer. Nothing was changed."


def test_the_button_stands_on_the_page_of_somebody_who_has_joined(cast, adam, url):
    page = adam.get(url("member", cast.receptionist.pk)).text

    assert BUTTON in page
    assert "Nobody else sees or sets it, and the old one works until then." in page


def test_it_stands_on_no_other_page(cast, adam, url):
    """Not where nobody can sign in, not for an owner who is somebody else, not on one's own."""
    left = MemberFactory(account=cast.clinic, is_active=False)

    for member in (cast.invited, left, cast.owner, cast.administrator):
        assert BUTTON not in adam.get(url("member", member.pk)).text


def test_it_sends_the_usual_mail_to_the_person_alone(cast, adam, url, deliver_mail):
    page = adam.post(url("member_password", cast.receptionist.pk), VERIFIED, follow=True)

    assert page.redirect_chain == [(url("member", cast.receptionist.pk), 302)]
    assert "An email to rita@harbour.example is on its way. The link in it works once, for one hour." in page.text
    [message] = deliver_mail()
    assert message.to == ["rita@harbour.example"]
    link = path_in(message)
    assert link.startswith("/password/reset/")
    assert link.split("/")[4] not in page.text


def test_the_link_in_it_works_as_any_other(cast, adam, url, deliver_mail):
    adam.post(url("member_password", cast.receptionist.pk), VERIFIED)
    [message] = deliver_mail()
    rita = Client()

    chosen = rita.get(path_in(message), follow=True).redirect_chain[-1][0]
    rita.post(chosen, {"password": "a boat called wednesday"})

    assert User.objects.get(pk=cast.receptionist.user_id).check_password("a boat called wednesday")


def test_until_then_the_old_password_works_and_they_stay_signed_in(cast, adam, sign_in, url):
    rita = sign_in(cast.receptionist)

    adam.post(url("member_password", cast.receptionist.pk), VERIFIED)

    assert rita.get(url("home")).status_code == 200
    assert User.objects.get(pk=cast.receptionist.user_id).check_password(PASSWORD)


def test_a_password_sent_along_is_nobodys(cast, adam, url):
    before = User.objects.get(pk=cast.receptionist.user_id).password

    adam.post(url("member_password", cast.receptionist.pk), {**VERIFIED, "password": "what adam would like"})

    assert User.objects.get(pk=cast.receptionist.user_id).password == before


def test_it_is_recorded_and_read_on_the_persons_page(cast, adam, url):
    page = adam.post(url("member_password", cast.receptionist.pk), VERIFIED, follow=True)

    entry = Activity.objects.get(verb=Activity.Verb.PASSWORD_RESET_SENT)
    assert (entry.actor, entry.subject, entry.details) == (cast.administrator, cast.receptionist, {})
    assert "sent a password reset email to" in page.text


def test_again_within_two_minutes_it_says_so_and_sends_and_records_nothing(cast, adam, url, deliver_mail):
    adam.post(url("member_password", cast.receptionist.pk), VERIFIED)

    page = adam.post(url("member_password", cast.receptionist.pk), VERIFIED, follow=True)

    assert "We emailed rita@harbour.example less than two minutes ago." in page.text
    assert len(deliver_mail()) == 1
    assert Activity.objects.filter(verb=Activity.Verb.PASSWORD_RESET_SENT).count() == 1
    OutboundEmail.objects.update(created_at=database_now() - timedelta(minutes=2, seconds=1))
    assert "is on its way" in adam.post(url("member_password", cast.receptionist.pk), VERIFIED, follow=True).text


@pytest.mark.parametrize("who", ["owner", "administrator", "invited"])
def test_posted_for_somebody_else_it_is_refused_and_sends_nothing(cast, adam, url, who):
    """A40: an owner's, one's own, and that of somebody who has none yet."""
    page = adam.post(url("member_password", getattr(cast, who).pk), follow=True)

    assert NOT_ALLOWED in page.text
    assert not OutboundEmail.objects.exists()


def test_one_owner_does_not_send_it_to_another(cast, olive, otto, url):
    """A40."""
    assert NOT_ALLOWED in olive.post(url("member_password", otto.pk), follow=True).text
    assert not OutboundEmail.objects.exists()


def test_a_login_that_is_switched_off_gets_none_and_the_page_says_why(cast, adam, url):
    off = MemberFactory(account=cast.clinic, user=UserFactory(is_active=False))

    page = adam.post(url("member_password", off.pk), follow=True)

    assert "This login was switched off, so no password opens it." in page.text
    assert not OutboundEmail.objects.exists()


def test_by_address_one_lands_on_the_page_with_the_button(cast, adam, url):
    assert adam.get(url("member_password", cast.receptionist.pk)).url == url("member", cast.receptionist.pk)
