"""Forgotten your password? A link by mail, once, for an hour (A24, A26, A27, A47, C22)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.core import tokens
from accounts.models import OutboundEmail, User
from accounts.tests.address_changes import pending_change
from accounts.tests.authenticators import later
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.links import CHOSEN, alike, all_text, path_in
from accounts.tests.two_factor import enrolled, second_factor_of

pytestmark = pytest.mark.django_db

ASK = "/password/reset/"
NEW = "a train called sunday afternoon"


@pytest.fixture
def link(cast, deliver_mail):
    """The path of the link in the mail that Rita asked for."""
    Client().post(ASK, {"email": "rita@harbour.example"})
    [message] = deliver_mail()
    return path_in(message)


def follow(link: str, client: Client | None = None) -> tuple[Client, object]:
    """A browser in which the link was opened, and the page it led to."""
    client = client or Client()
    return client, client.get(link, follow=True)


def choose(link: str, password: str = NEW, client: Client | None = None):
    client, page = follow(link, client)
    return client.post(page.redirect_chain[-1][0] if page.redirect_chain else link, {"password": password})


def signs_in(password: str) -> bool:
    return Client().post("/login/", {"email": "rita@harbour.example", "password": password}).status_code == 302


# Asking


@pytest.mark.parametrize(
    "email", ["rita@harbour.example", "nobody@harbour.example", "ivy@harbour.example", "off@harbour.example"]
)
def test_the_answer_is_the_same_whether_the_address_has_a_login_or_not(cast, email):
    """A9: known, unknown, only invited, switched off."""
    UserFactory(email="off@harbour.example", is_active=False)

    page = Client().post(ASK, {"email": email}, follow=True)

    assert page.redirect_chain == [("/password/reset/sent/", 302)]
    assert email not in page.text
    assert alike(page.text) == alike(Client().get("/password/reset/sent/").text)


def test_a_mail_goes_to_whoever_has_a_login(cast, deliver_mail):
    Client().post(ASK, {"email": "rita@harbour.example"})

    [message] = deliver_mail()
    assert message.to == ["rita@harbour.example"]


@pytest.mark.parametrize("email", ["nobody@harbour.example", "ivy@harbour.example", "off@harbour.example"])
def test_nothing_goes_to_an_address_without_a_login_of_its_own(cast, deliver_mail, email):
    """Somebody who was only invited has no password to forget; their invitation is their way in."""
    UserFactory(email="off@harbour.example", is_active=False)

    Client().post(ASK, {"email": email})

    assert deliver_mail() == []
    assert not OutboundEmail.objects.exists()


@pytest.mark.parametrize(
    "emails", [["rita@harbour.example", "mallory@evil.example"], ["mallory@evil.example", "RITA@harbour.example"]]
)
def test_a_mail_goes_only_to_the_stored_address_however_many_are_sent(cast, deliver_mail, emails):
    """C22: a repeated field has let an attacker have the mail as well."""
    Client().post(ASK, {"email": emails})

    assert all(message.to == ["rita@harbour.example"] for message in deliver_mail())
    assert all(not message.cc and not message.bcc for message in deliver_mail())


@pytest.mark.parametrize(
    "email", ["rita@harbour.example,mallory@evil.example", "rita@harbour.example\nBcc: m@evil.example"]
)
def test_two_addresses_in_one_are_none(cast, email):
    """C22."""
    response = Client().post(ASK, {"email": email})

    assert response.status_code == 422
    assert not OutboundEmail.objects.exists()


def test_another_spelling_of_the_address_gets_its_mail_at_the_stored_one(cast, deliver_mail):
    Client().post(ASK, {"email": " RITA@HARBOUR.EXAMPLE"})

    [message] = deliver_mail()
    assert message.to == ["rita@harbour.example"]


def test_asking_again_at_once_sends_nothing_more(cast, deliver_mail):
    for _ in range(5):
        Client().post(ASK, {"email": "rita@harbour.example"})

    assert len(deliver_mail()) == 1


def test_the_link_comes_from_the_configured_site_whatever_host_was_asked(cast, deliver_mail, settings):
    """A47."""
    settings.ALLOWED_HOSTS = ["*"]
    Client().post(
        ASK, {"email": "rita@harbour.example"}, HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example"
    )

    [message] = deliver_mail()
    assert "http://testserver/password/reset/" in message.body
    assert "evil.example" not in message.message().as_string()


def test_a_host_that_is_not_ours_is_not_answered_at_all(cast):
    """A47."""
    response = Client().post(ASK, {"email": "rita@harbour.example"}, HTTP_HOST="evil.example")

    assert response.status_code == 400
    assert not OutboundEmail.objects.exists()


def test_asking_changes_nothing_about_the_login(cast):
    before = User.objects.filter(pk=cast.receptionist.user_id).values().get()

    Client().post(ASK, {"email": "rita@harbour.example"})

    assert User.objects.filter(pk=cast.receptionist.user_id).values().get() == before


# Choosing


def test_the_link_leads_to_an_address_without_its_token(cast, link):
    """A27."""
    _client, page = follow(link)

    [(address, status)] = page.redirect_chain
    assert status == 302
    assert link.split("/")[4] not in address
    assert link.split("/")[4] not in page.text
    assert "Choose a new password" in page.text


def test_the_database_does_not_hold_the_link_while_its_page_is_open(cast, link):
    """A23: whoever reads the table of sessions could choose a password with it."""
    client, page = follow(link)
    token = link.split("/")[4]
    assert token not in all_text()

    client.post(page.redirect_chain[-1][0], {"password": "short"})
    assert token not in all_text()


def test_an_hour_after_it_was_opened_the_browser_has_forgotten_the_link(cast, link):
    """A67: what it carries ends, and the link is opened again from the mail, if it still works."""
    with time_machine.travel(timezone.now() - timedelta(minutes=61)):
        client, page = follow(link)

    assert "This link no longer works" in client.get(page.redirect_chain[-1][0]).text
    assert choose(link, client=client).url == "/password/reset/done/"


def test_the_new_password_works_and_the_old_one_does_not(cast, link):
    assert choose(link).url == "/password/reset/done/"

    assert signs_in(NEW)
    assert not signs_in(PASSWORD)


def test_a_link_works_once(cast, link):
    """A24."""
    choose(link)

    _client, page = follow(link)
    assert "This link no longer works" in page.text
    assert choose(link, CHOSEN).status_code == 200
    assert signs_in(NEW) and not signs_in(CHOSEN)


def test_of_two_browsers_that_opened_the_link_one_chooses_the_password(cast, link):
    """A24, C1."""
    first, page = follow(link)
    second, _page = follow(link)
    address = page.redirect_chain[-1][0]

    first.post(address, {"password": NEW})
    late = second.post(address, {"password": CHOSEN})

    assert "This link no longer works" in late.text
    assert signs_in(NEW) and not signs_in(CHOSEN)


def test_a_link_works_for_an_hour(cast, link, settings):
    """A24."""
    assert settings.PASSWORD_RESET_TIMEOUT == 3600
    with later(tokens, minutes=59):
        assert "Save password" in follow(link)[1].text
    with later(tokens, minutes=61):
        assert "This link no longer works" in follow(link)[1].text


def test_a_link_that_ages_over_an_hour_while_its_page_is_open_is_refused(cast, link):
    """C3."""
    browser, page = follow(link)

    with later(tokens, minutes=61):
        late = browser.post(page.redirect_chain[-1][0], {"password": NEW})

    assert "This link no longer works" in late.text
    cast.receptionist.user.refresh_from_db()
    assert cast.receptionist.user.check_password(PASSWORD)


@pytest.mark.parametrize("change", [lambda path: path[:-2] + "/", lambda path: path.replace("reset/", "reset/MTI", 1)])
def test_a_link_that_lost_a_part_or_names_somebody_else_does_not_work(cast, link, change):
    """A22."""
    page = follow(change(link))[1]

    assert "This link no longer works" in page.text


def test_a_link_of_one_person_does_not_change_anothers_password(cast, link):
    other = link.split("/")
    other[3] = "MQ" if other[3] != "MQ" else "Mg"

    choose("/".join(other))

    for user in User.objects.exclude(password__startswith="!"):
        assert user.check_password(PASSWORD)


def test_a_refused_password_is_refused_with_the_reason_and_the_link_stays_good(cast, link):
    refused = choose(link, "fourteen chars")

    assert refused.status_code == 422
    assert "at least 15 characters" in refused.text
    assert choose(link).status_code == 302


def test_choosing_needs_the_form_of_our_own_page(cast, link):
    """A43."""
    assert choose(link, client=Client(enforce_csrf_checks=True)).status_code == 403
    assert signs_in(PASSWORD)


def test_other_sessions_end(cast, sign_in, deliver_mail, url):
    """A17."""
    elsewhere = sign_in(cast.receptionist)
    Client().post(ASK, {"email": "rita@harbour.example"})
    [message] = deliver_mail()
    assert elsewhere.get(url("home")).status_code == 200

    assert choose(path_in(message)).status_code == 302

    assert elsewhere.get(url("home")).status_code == 302


def test_choosing_signs_nobody_in(cast, link):
    """A11, A29: the other checks of these pages come with signing in."""
    browser, page = follow(link)
    browser.post(page.redirect_chain[-1][0], {"password": NEW})

    assert browser.get("/clinics/").status_code == 302


def test_a_link_proves_the_mailbox(cast, link):
    """A57: whatever stood there before is replaced, so that the login is trusted from now on."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)

    choose(link)

    assert User.objects.get(pk=cast.receptionist.user_id).is_trusted


def test_somebody_shut_out_by_wrong_tries_gets_in_after_choosing(cast, link):
    for _ in range(5):
        Client().post("/login/", {"email": "rita@harbour.example", "password": "wrong"})
    assert not signs_in(PASSWORD)

    choose(link)

    assert signs_in(NEW)


def test_a_login_switched_off_since_gets_no_mail(cast, deliver_mail):
    """R12."""
    Client().post(ASK, {"email": "rita@harbour.example"})
    User.objects.filter(pk=cast.receptionist.user_id).update(is_active=False)

    assert deliver_mail() == []


def test_signing_in_in_between_kills_the_link(cast, link):
    """They remembered it: the link has no purpose any more."""
    assert signs_in(PASSWORD)

    assert "This link no longer works" in follow(link)[1].text


# What ends with it, and who is told


def test_the_person_is_told_by_mail(link, deliver_mail):
    """A13: whoever reads the mailbox may not be them."""
    choose(link)

    message = deliver_mail()[-1]
    assert (message.to, message.subject) == (["rita@harbour.example"], "Your password was replaced")
    assert "Browser:" in message.body and NEW not in message.body


def test_every_browser_is_asked_for_a_code_again_and_the_second_factor_stays(cast, link):
    """A17, A29."""
    enrolled(cast.receptionist)

    choose(link)

    assert second_factor_of(cast.receptionist.user) == [1, 1, 1, 0]


def test_a_second_factor_from_before_the_mailbox_was_proved_is_dropped(cast, link):
    """A57: a stranger who signed up with this address must not keep its recipient out with an app of their own."""
    enrolled(cast.receptionist)
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)

    choose(link)

    assert second_factor_of(cast.receptionist.user) == [0, 0, 0, 0]
    assert signs_in(NEW)


def test_a_wish_for_another_address_ends(cast, link):
    """A57: whoever asked for it knew the old password."""
    change = pending_change(cast.receptionist)

    choose(link)

    change.refresh_from_db()
    assert not change.is_open
