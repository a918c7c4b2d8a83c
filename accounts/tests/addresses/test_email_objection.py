"""**This wasn’t me**: the old address stops a change, or undoes it (C2). See docs/decisions/0017."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.core.tokens import EmailChangeLink, Side
from accounts.models import EmailChange, SecurityEvent, User
from accounts.tests.address_changes import (
    CANCEL,
    NEW,
    OBJECT,
    OLD,
    OVERVIEW,
    address_of,
    ask,
    confirm,
    link_to,
    object_to,
    only_change,
)
from accounts.tests.authenticators import give_app
from accounts.tests.factories import PASSWORD, PendingMemberFactory
from accounts.tests.links import CHOSEN, path_in, path_of
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

EVIL = "mallory@evil.example"
NO_USE = "This link is of no use here"


@pytest.fixture
def mallory(cast, sign_in) -> Client:
    """A browser of Rita's that somebody else uses, who knows her password."""
    return sign_in(cast.receptionist)


@pytest.fixture
def asked(mallory, deliver_mail) -> str:
    """Mallory has asked for an address of her own; the link that Rita was mailed."""
    ask(mallory, EVIL)
    return link_to(deliver_mail, OLD)


@pytest.fixture
def changed(mallory, asked, deliver_mail) -> str:
    """And has confirmed it; the link that Rita was mailed then."""
    confirm(mallory, link_to(deliver_mail, EVIL))
    return link_to(deliver_mail, OLD)


def signs_in(email: str, password: str = PASSWORD) -> bool:
    """Whether they do."""
    return Client().post("/login/", {"email": email, "password": password}).status_code == 302


def choose_password(deliver_mail) -> Client:
    """Follow the reset link in the one mail that has one, and choose a password; the browser."""
    [reset] = [each for each in deliver_mail() if each.subject == "Choose a new password"]
    assert reset.to == [OLD]
    browser = Client()
    page = browser.get(path_in(reset), follow=True)
    browser.post(page.redirect_chain[-1][0], {"password": CHOSEN})
    return browser


# Before it is confirmed


def test_the_page_says_what_it_does_before_the_button(asked):
    page = Client().get(asked, follow=True)

    assert page.redirect_chain == [(OBJECT, 302)]
    assert f"Somebody asked to sign in with {EVIL} instead of {OLD}." in page.text
    assert "Every browser is signed out." in page.text
    assert "If it was you, close this page: nothing happens." in page.text


def test_opening_it_changes_nothing(cast, mallory, asked):
    """A26: a mail scanner does it first."""
    for method in (Client().get, Client().head, mallory.get):
        method(asked, follow=True)

    assert only_change().is_open and signs_in(OLD)


def test_it_stops_the_change_and_shuts_the_thief_out(cast, mallory, asked, deliver_mail):
    confirming = link_to(deliver_mail, EVIL)

    answer = object_to(asked)

    assert answer.status_code == 200 and "The change was stopped" in answer.text
    assert mallory.get(OVERVIEW).status_code == 302
    assert not signs_in(OLD)
    assert confirm(mallory, confirming).redirect_chain[-1][0].startswith("/login/")
    assert address_of(cast.receptionist) == OLD


def test_its_reader_is_sent_a_link_to_choose_a_password(cast, asked, deliver_mail):
    object_to(asked)

    assert deliver_mail()[-1].subject == "Your email address stays as it is"
    choose_password(deliver_mail)
    assert signs_in(OLD, CHOSEN)


def test_a_stranger_can_do_it_without_a_password(cast, asked):
    """Who is locked out has none."""
    assert object_to(asked, Client()).status_code == 200


# After it


def test_it_puts_the_old_address_back_and_shuts_the_thief_out(cast, mallory, changed):
    answer = object_to(changed)

    assert "Your email address was put back" in answer.text
    assert address_of(cast.receptionist) == OLD
    assert mallory.get(OVERVIEW).status_code == 302
    assert not signs_in(EVIL) and not signs_in(OLD)


def test_the_thief_gets_no_reset_link(cast, changed, deliver_mail):
    object_to(changed)
    deliver_mail().clear()

    Client().post("/password/reset/", {"email": EVIL})

    assert not [each for each in deliver_mail() if each.to == [EVIL] and "password" in each.subject]


def test_a_reset_link_that_the_thief_had_already_is_dead(cast, changed, deliver_mail):
    """A25."""
    Client().post("/password/reset/", {"email": EVIL})
    link = link_to(deliver_mail, EVIL)

    object_to(changed)

    browser = Client()
    assert "This link no longer works" in browser.get(link, follow=True).text
    assert not signs_in(OLD, CHOSEN)


def test_a_password_that_the_thief_has_set_is_of_no_use(cast, mallory, changed):
    mallory.post(
        reverse("accounts:password_change"), {"current_password": PASSWORD, "password": "what mallory would like"}
    )
    assert signs_in(EVIL, "what mallory would like")

    object_to(changed)

    assert not signs_in(OLD, "what mallory would like")


def test_the_link_from_before_the_confirmation_works_as_well(cast, mallory, asked, changed):
    object_to(asked)

    assert address_of(cast.receptionist) == OLD


def test_hopping_on_to_further_addresses_does_not_help_the_thief(cast, mallory, changed, deliver_mail):
    ask(mallory, "mallory2@evil.example")
    confirm(mallory, link_to(deliver_mail, "mallory2@evil.example"))
    objection = link_to(deliver_mail, EVIL)
    ask(mallory, "mallory3@evil.example")
    assert address_of(cast.receptionist) == "mallory2@evil.example"

    object_to(changed)

    assert address_of(cast.receptionist) == OLD
    assert object_to(objection).status_code == 422, "The thief's own objection to the second hop."
    assert address_of(cast.receptionist) == OLD
    assert not EmailChange.objects.filter(ended_at=None).exists()


def test_both_addresses_are_told(changed, deliver_mail):
    """A13: it may be the person who made the change, and a former employer who objects."""
    object_to(changed)

    sent = deliver_mail()
    [to_old] = [each for each in sent if each.subject == "Your email address was put back"]
    [to_new] = [each for each in sent if each.subject == "Your old email address was put back"]
    assert (to_old.to, to_new.to) == ([OLD], [EVIL])
    assert "If you did make the change, and can’t read mail at rita@harbour.example, write to support@" in to_new.body
    assert "This wasn’t me" not in to_new.body
    assert "127.0.0.1" in to_old.body and "127.0.0.1" not in to_new.body, "The thief learns nothing of the person."


def test_it_works_for_72_hours(cast, changed):
    EmailChange.objects.update(confirmed_at=database_now() - timedelta(hours=71, minutes=59))
    assert NO_USE not in Client().get(changed, follow=True).text

    EmailChange.objects.update(confirmed_at=database_now() - timedelta(hours=72))
    answer = object_to(changed)

    assert answer.status_code == 422 and "it is more than 72 hours old" in answer.text
    assert address_of(cast.receptionist) == EVIL


def test_a_second_click_says_that_it_is_done(cast, changed, deliver_mail):
    object_to(changed)
    answer = object_to(changed)

    assert answer.status_code == 422
    assert "This change was stopped already. There is nothing left to do here." in answer.text
    assert SecurityEvent.objects.filter(kind=SecurityEvent.Kind.EMAIL_CHANGE_ENDED).count() == 1


def test_an_invitation_elsewhere_goes_back_to_the_old_address(cast, mallory, asked, changed, deliver_mail):
    """A25."""
    elsewhere = PendingMemberFactory(account=cast.other_clinic, user=cast.receptionist.user, invited_by=cast.outsider)
    thiefs = path_of(elsewhere)

    object_to(changed)

    [message] = [each for each in deliver_mail() if "invites you" in each.subject]
    assert message.to == [OLD]
    assert Client().get(thiefs, follow=True).status_code == 410


def test_whoever_is_signed_in_in_this_very_browser_is_signed_out_too(cast, sign_in, changed):
    browser = sign_in(cast.receptionist)

    object_to(changed, browser)

    assert browser.get(OVERVIEW).status_code == 302


def test_somebody_else_who_is_signed_in_in_this_browser_stays(cast, sign_in, changed):
    browser = sign_in(cast.practitioner)

    object_to(changed, browser)

    assert browser.get(OVERVIEW).status_code == 200


# A former employer who reads mail at the old address


def test_a_second_factor_stays_so_that_the_mailbox_alone_does_not_get_in(cast, changed, deliver_mail):
    """A29."""
    give_app(User.objects.get(pk=cast.receptionist.user_id))
    object_to(changed)
    browser = choose_password(deliver_mail)

    answer = browser.post("/login/", {"email": OLD, "password": CHOSEN})

    assert answer.url == reverse("accounts:two_factor_sign_in")
    assert browser.get(OVERVIEW).status_code == 302


# Who else is at the computer, or reads the mail


def test_a_form_that_is_sent_bare_changes_nothing(cast, changed):
    """F-C14: some mail scanners press what they find."""
    browser = Client()
    browser.get(changed)

    answer = browser.post(OBJECT)

    assert answer.status_code == 422 and "Tick this if it is so. Nothing was changed." in answer.text
    assert address_of(cast.receptionist) == EVIL


def test_whoever_signs_in_next_in_that_browser_finds_no_link_open(cast, changed):
    browser = Client()
    browser.get(changed)
    browser.post("/login/", {"email": "adam@harbour.example", "password": PASSWORD})

    assert OLD not in browser.get(OBJECT).text
    assert browser.post(OBJECT, {"not_me": "yes"}).status_code == 422
    assert address_of(cast.receptionist) == EVIL


def test_once_it_is_done_the_link_is_no_longer_open_in_that_browser(cast, sign_in, changed):
    browser = sign_in(cast.practitioner)

    assert object_to(changed, browser).status_code == 200

    assert "This link is not complete." in browser.get(OBJECT).text


def test_the_address_that_was_in_use_is_told_though_it_is_a_later_one(cast, mallory, changed, deliver_mail):
    """A13: it may be the person's own by then."""
    ask(mallory, "mallory2@evil.example")
    confirm(mallory, link_to(deliver_mail, "mallory2@evil.example"))
    deliver_mail()

    object_to(changed)

    told = {each.to[0]: each for each in deliver_mail() if "was put back" in each.subject}
    assert set(told) == {OLD, EVIL, "mallory2@evil.example"}
    assert told["mallory2@evil.example"].subject == "Your old email address was put back"
    assert "127.0.0.1" not in told["mallory2@evil.example"].body


# Links that are none


def test_the_link_of_the_new_address_does_not_object(cast, mallory, changed):
    token = EmailChangeLink.of(only_change(), Side.NEW).token()

    assert object_to(reverse("accounts:email_objection_link", args=[token])).status_code == 422
    assert address_of(cast.receptionist) == EVIL


def test_a_broken_link_says_so(changed):
    answer = object_to(changed[:-3] + "/")

    assert answer.status_code == 422
    assert "This link is not complete." in answer.text


def test_without_a_link_the_page_does_nothing(db):
    assert NO_USE in Client().get(OBJECT).text
    assert Client().post(OBJECT).status_code == 422


def test_a_wish_that_its_person_cancelled_needs_no_objection(cast, sign_in, deliver_mail):
    rita = sign_in(cast.receptionist)
    ask(rita, NEW)
    link = link_to(deliver_mail, OLD)
    rita.post(CANCEL)

    answer = object_to(link)

    assert "This change was stopped already." in answer.text
    assert signs_in(OLD)


def test_it_needs_the_form_of_our_own_page(cast, changed):
    """A43."""
    browser = Client(enforce_csrf_checks=True)

    assert object_to(changed, browser).status_code == 403
    assert address_of(cast.receptionist) == EVIL


def test_the_redirect_leaks_nothing(changed):
    """A27."""
    answer = Client().get(changed)

    assert (answer.url, answer["Referrer-Policy"]) == (OBJECT, "no-referrer")
    assert "no-store" in answer["Cache-Control"]
