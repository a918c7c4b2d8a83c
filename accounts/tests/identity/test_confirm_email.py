"""Confirm email address: the password and the mailbox together make a login trusted (A57)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import OutboundEmail, User
from accounts.tests.factories import PASSWORD
from accounts.tests.links import path_in
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

CONFIRM = "/email/confirm/"


@pytest.fixture
def olive(cast, sign_in):
    """Olive's browser; her address is not confirmed yet."""
    User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)
    cast.owner.user.refresh_from_db()
    return sign_in(cast.owner)


@pytest.fixture
def link(olive, deliver_mail):
    """The path in the mail that she had sent again."""
    olive.post("/email/resend/")
    return path_in(deliver_mail()[-1])


def is_confirmed(cast) -> bool:
    return User.objects.get(pk=cast.owner.user_id).email_confirmed_at is not None


def test_the_link_and_one_click_confirm_the_address(cast, olive, link, url):
    page = olive.get(link, follow=True)
    assert page.redirect_chain == [(CONFIRM, 302)]
    assert "You are signed in, and olive@harbour.example is your address." in page.text

    done = olive.post(CONFIRM, follow=True)

    assert done.redirect_chain == [(url("home"), 302)]
    assert "Thank you. olive@harbour.example is confirmed." in done.text
    assert is_confirmed(cast)


def test_the_home_stops_asking_once_it_is_confirmed(olive, link, url):
    assert "Confirm your email address" in olive.get(url("home")).text

    olive.get(link)
    olive.post(CONFIRM)

    assert "Confirm your email address" not in olive.get(url("home")).text


def test_opening_the_link_alone_confirms_nothing(cast, olive, link):
    """A26."""
    for method in (olive.get, olive.head, Client().get):
        method(link, follow=True)

    assert not is_confirmed(cast)


def test_somebody_not_signed_in_is_asked_for_the_password_first(cast, olive, link):
    """A57: a click alone would make trustworthy the password of a stranger who signed up with this address."""
    browser = Client()
    page = browser.get(link, follow=True)
    assert page.redirect_chain[-1] == (f"/login/?next={CONFIRM}", 302)
    assert browser.post(CONFIRM).status_code == 302
    assert not is_confirmed(cast)

    page = browser.post(
        page.redirect_chain[-1][0], {"email": "olive@harbour.example", "password": PASSWORD}, follow=True
    )
    assert page.redirect_chain == [(CONFIRM, 302)]
    browser.post(CONFIRM)

    assert is_confirmed(cast)


def test_signed_in_as_somebody_else_the_link_is_of_no_use(cast, link, sign_in):
    rita = sign_in(cast.receptionist)

    page = rita.get(link, follow=True)
    response = rita.post(CONFIRM)

    assert "This link is of no use here" in page.text or "Your address is confirmed" in page.text
    assert response.status_code == 422
    assert not is_confirmed(cast)


def test_a_link_to_an_older_address_confirms_nothing(cast, olive, link):
    """A25."""
    User.objects.filter(pk=cast.owner.user_id).update(email="olive.owens@harbour.example")

    olive.get(link)

    assert olive.post(CONFIRM).status_code == 422
    assert not is_confirmed(cast)


def test_confirming_without_having_opened_a_link_confirms_nothing(cast, olive):
    page = olive.get(CONFIRM)
    assert "This link is of no use here" in page.text

    assert olive.post(CONFIRM).status_code == 422
    assert not is_confirmed(cast)


def test_a_broken_link_offers_a_new_one(olive, link):
    page = olive.get(link[:-3] + "/", follow=True)

    assert "This link is of no use here" in page.text
    assert "Send me a new link" in page.text


def test_confirming_needs_the_form_of_our_own_page(cast, olive, link):
    """A43."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.owner.user, backend="accounts.authentication.MemberBackend")
    browser.get(link)

    assert browser.post(CONFIRM).status_code == 403
    assert not is_confirmed(cast)


def test_opening_the_link_again_afterwards_says_that_there_is_nothing_left_to_do(olive, link):
    olive.get(link)
    olive.post(CONFIRM)

    page = olive.get(link, follow=True)

    assert "Your address is confirmed" in page.text
    assert "There is nothing left to do." in page.text


# Again


def test_asked_for_again_at_once_one_mail_goes_out(olive, deliver_mail):
    for _ in range(3):
        olive.post("/email/resend/")

    assert len(deliver_mail()) == 1


def test_asked_for_again_later_another_goes_out_with_the_same_link(olive, link, deliver_mail):
    with time_machine.travel(database_now() + timedelta(minutes=3)):
        OutboundEmail.objects.update(created_at=database_now() - timedelta(minutes=3))
        olive.post("/email/resend/")
        first, second = deliver_mail()

    assert path_in(first) == path_in(second) == link


def test_nothing_is_sent_to_an_address_that_is_confirmed(cast, sign_in, deliver_mail):
    sign_in(cast.receptionist).post("/email/resend/")

    assert deliver_mail() == []


def test_a_mail_that_waited_while_the_address_was_confirmed_is_not_sent(olive, deliver_mail):
    """R12."""
    olive.post("/email/resend/")
    User.objects.update(email_confirmed_at=database_now())

    assert deliver_mail() == []
    assert OutboundEmail.objects.get().state == OutboundEmail.State.DROPPED


def test_asking_again_is_a_form_of_ones_own(db):
    assert Client().post("/email/resend/").status_code == 302
    assert not OutboundEmail.objects.exists()
