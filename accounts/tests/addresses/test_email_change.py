"""A request for another sign-in address: asked for, mailed again, taken back (C2)."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import EmailChange, OutboundEmail, SecurityEvent, User
from accounts.tests.address_changes import (
    AGAIN,
    ASK,
    CANCEL,
    CONFIRM,
    NEW,
    OLD,
    OVERVIEW,
    address_of,
    ask,
    confirm,
    link_to,
    mail_to,
    only_change,
)
from accounts.tests.factories import PASSWORD, PendingMemberFactory, UserFactory
from accounts.tests.links import alike, all_text, path_in
from accounts.tests.owners import WRONG, asks
from clinic.clock import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita(cast, sign_in) -> Client:
    """Rita's browser."""
    return sign_in(cast.receptionist)


def an_age_ago(**times: timedelta) -> None:
    """Let all that was asked for and mailed be that much older."""
    for change in EmailChange.objects.all():
        for name, age in times.items():
            setattr(change, name, getattr(change, name) - age)
        change.save()
    for row in OutboundEmail.objects.all():
        row.created_at -= max(times.values())
        row.save()


# Asking


def test_it_is_asked_from_the_overview(rita):
    assert f'href="{ASK}"' in rita.get(OVERVIEW).text
    assert "New email address" in rita.get(ASK).text


def test_the_password_is_asked_for_first(cast, rita):
    """A19."""
    answer = rita.post(ASK, {"email": NEW})

    assert asks(answer) and f"Ask {NEW} to confirm that you sign in with it from now on." in answer.text
    assert not EmailChange.objects.exists() and not OutboundEmail.objects.exists()


def test_it_is_asked_for_whatever_grace_the_operator_allows(rita, with_grace):
    ask(rita)

    assert asks(rita.post(ASK, {"email": "rita@newer.example"}))


def test_a_wrong_password_changes_nothing_and_keeps_what_was_typed(rita):
    answer = rita.post(ASK, {"email": NEW, "reverify_password": "not the password at all"})

    assert WRONG in answer.text and f'value="{NEW}"' in answer.text
    assert not EmailChange.objects.exists()


def test_cancelled_at_the_prompt_the_form_is_there_as_typed(rita):
    answer = rita.post(ASK, {"email": NEW, "reverify_cancel": "1"})

    assert answer.status_code == 200 and f'value="{NEW}"' in answer.text
    assert not EmailChange.objects.exists()


def test_nothing_changes_until_the_new_address_confirms(cast, rita):
    page = ask(rita)

    assert page.redirect_chain == [(OVERVIEW, 302)]
    assert f"An email to {NEW} is on its way." in page.text
    assert address_of(cast.receptionist) == OLD
    assert Client().post("/login/", {"email": OLD, "password": PASSWORD}).status_code == 302


def test_the_new_address_gets_the_link_and_the_old_one_is_told(rita, deliver_mail):
    ask(rita)

    [first, second] = sorted(deliver_mail(), key=lambda message: message.to)
    assert (first.to, second.to) == ([OLD], [NEW])
    assert first.subject == "Your email address is to be changed" and "This wasn’t me:" in first.body
    assert second.subject == "Confirm your new email address" and "Confirm email address:" in second.body
    assert OLD not in second.body, "The address may be mistyped, and its recipient a stranger."


def test_the_address_is_kept_in_its_one_spelling(rita):
    ask(rita, "  Rita@NEW.example ")

    assert only_change().new_email == NEW


@pytest.mark.parametrize(
    "email", ["", "rita", "rita@", "rita@new.example\nBcc: x@evil.example", "x" * 300 + "@y.example"]
)
def test_what_is_no_address_is_refused_before_the_password_is_asked_for(rita, email):
    answer = rita.post(ASK, {"email": email})

    assert answer.status_code == 422 and not asks(answer)
    assert not EmailChange.objects.exists()


@pytest.mark.parametrize("email", [OLD, "RITA@harbour.example"])
def test_the_address_that_one_has_is_refused(rita, email):
    answer = rita.post(ASK, {"email": email})

    assert answer.status_code == 422
    assert "This is the address that you sign in with already." in answer.text


def test_the_event_is_on_record(cast, rita):
    ask(rita)

    event = SecurityEvent.objects.get(kind=SecurityEvent.Kind.EMAIL_CHANGE_ASKED)
    assert (event.user_id, event.by, event.ip_address) == (cast.receptionist.user_id, None, "127.0.0.1")


# Whether an address has a login


def test_the_answer_is_the_same_for_an_address_with_a_login_and_one_without(cast, sign_in):
    """A9: the pages before and after, and how many mails are owed."""
    UserFactory(email="taken@new.example")
    PendingMemberFactory(user__email="invited@new.example", invited_by=cast.outsider)
    pages, mails = [], []
    for member, email in (
        (cast.receptionist, "free@new.example"),
        (cast.practitioner, "taken@new.example"),
        (cast.administrator, "invited@new.example"),
    ):
        before = OutboundEmail.objects.count()
        page = ask(sign_in(member), email)
        text = alike(page.text).replace(email, "NEW").replace(address_of(member), "OLD")
        text = re.sub(r'name="change" value="\d+"', "", text)
        pages.append((page.status_code, text[text.index('id="login-heading"') : text.index("two-factor-heading")]))
        mails.append(OutboundEmail.objects.count() - before)

    assert pages[0] == pages[1] == pages[2]
    assert mails == [2, 2, 2]


def test_an_address_with_a_login_is_told_so_and_gets_no_link_that_confirms(cast, rita, deliver_mail):
    UserFactory(email=NEW)
    ask(rita)

    message = mail_to(deliver_mail, NEW)

    assert message.subject == "This address has a login already"
    assert path_in(message) == "/login/"
    assert "/email/" not in message.body and OLD not in message.body


def test_at_the_old_address_nothing_says_that_the_new_one_has_a_login(cast, rita, deliver_mail):
    UserFactory(email=NEW)
    ask(rita)

    assert mail_to(deliver_mail, OLD).subject == "Your email address is to be changed"


# Another request


def test_a_new_wish_replaces_an_older_one_and_kills_its_link(cast, rita, deliver_mail):
    """A25."""
    ask(rita)
    first = link_to(deliver_mail, NEW)
    ask(rita, "rita@newer.example")

    answer = confirm(rita, first)

    assert answer.status_code == 422 and "This link is of no use here" in answer.text
    assert address_of(cast.receptionist) == OLD
    confirm(rita, link_to(deliver_mail, "rita@newer.example"))
    assert address_of(cast.receptionist) == "rita@newer.example"


def test_a_mail_that_waited_while_its_wish_was_replaced_is_not_sent(rita, deliver_mail):
    """R12."""
    ask(rita)
    ask(rita, "rita@newer.example")

    assert NEW not in [message.to[0] for message in deliver_mail()]


def test_the_same_form_sent_twice_asks_once(rita, deliver_mail):
    ask(rita)
    page = ask(rita)

    assert f"An email to {NEW} is on its way." in page.text
    assert [message.to for message in deliver_mail()].count([NEW]) == 1
    assert SecurityEvent.objects.filter(kind=SecurityEvent.Kind.EMAIL_CHANGE_ASKED).count() == 1
    assert EmailChange.objects.count() == 1


def test_nobody_sends_mail_to_a_stranger_again_and_again(cast, rita, sign_in):
    """A51: two people, one address."""
    ask(rita)

    answer = ask(sign_in(cast.practitioner))

    assert answer.status_code == 429
    assert f"{NEW} can’t be asked just now. Try again in a while." in answer.text
    assert "An email went" not in answer.text, "What others asked for is nobody's business."
    assert EmailChange.objects.count() == 1


def test_the_sixth_wish_of_a_day_is_refused(rita):
    for number in range(5):
        assert ask(rita, f"rita{number}@new.example").status_code == 200

    answer = ask(rita, "rita5@new.example")

    assert answer.status_code == 429
    assert "The address was to be changed 5 times within a day already. Try again tomorrow." in answer.text
    an_age_ago(asked_at=timedelta(days=1, minutes=1))
    assert ask(rita, "rita5@new.example").status_code == 200


# While it waits


def test_the_overview_shows_what_waits_until_when(rita):
    ask(rita)

    page = rita.get(OVERVIEW).text

    assert f"You asked to sign in with <strong><bdi>{NEW}</bdi></strong> from now on." in page
    assert "Send the email again" in page and "Cancel change" in page


def test_it_shows_nothing_of_a_wish_whose_time_is_over(rita):
    ask(rita)
    an_age_ago(expires_at=timedelta(hours=24), asked_at=timedelta(hours=24))

    assert NEW not in rita.get(OVERVIEW).text


def test_the_email_is_sent_again_with_the_same_link_which_works_as_long_as_before(rita, deliver_mail):
    ask(rita)
    first, until = link_to(deliver_mail, NEW), only_change().expires_at
    OutboundEmail.objects.update(created_at=database_now() - timedelta(minutes=3))

    page = rita.post(AGAIN, follow=True)

    assert f"Another email to {NEW} is on its way." in page.text
    assert [message.to for message in deliver_mail()].count([NEW]) == 2
    assert (link_to(deliver_mail, NEW), only_change().expires_at) == (first, until)


def test_asked_for_again_at_once_nothing_more_is_sent(rita, deliver_mail):
    ask(rita)

    page = rita.post(AGAIN, follow=True)

    assert f"We emailed {NEW} less than two minutes ago." in page.text
    assert [message.to for message in deliver_mail()].count([NEW]) == 1


def test_sent_again_it_says_nothing_of_what_others_asked_for_either(cast, rita, sign_in):
    ask(rita)
    OutboundEmail.objects.update(created_at=database_now() - timedelta(minutes=3))
    ask(sign_in(cast.practitioner))

    page = rita.post(AGAIN, follow=True)

    assert f"{NEW} can’t be asked just now. Try again in a while." in page.text
    assert "An email went" not in page.text


def test_nothing_is_sent_again_where_nothing_waits(rita):
    page = rita.post(AGAIN, follow=True)

    assert "No change of email address is waiting to be confirmed. Ask for one first." in page.text
    assert not OutboundEmail.objects.exists()


def test_cancelled_its_links_are_dead_and_the_old_address_is_told(cast, rita, deliver_mail):
    ask(rita)
    link = link_to(deliver_mail, NEW)

    page = rita.post(CANCEL, follow=True)

    assert f"The change was cancelled. You’ll keep signing in with {OLD}." in page.text
    assert "Cancel change" not in page.text
    assert confirm(rita, link).status_code == 422
    assert address_of(cast.receptionist) == OLD
    message = mail_to(deliver_mail, OLD)
    assert message.subject == "Your email address stays as it is"
    assert f"The change to {NEW} was cancelled." in message.body


def test_cancelling_twice_says_that_there_was_nothing(rita):
    ask(rita)
    rita.post(CANCEL)

    page = rita.post(CANCEL, follow=True)

    assert "No change of email address was waiting, so nothing was cancelled." in page.text


def test_somebody_else_can_neither_cancel_it_nor_have_it_sent(cast, rita, sign_in):
    ask(rita)
    paul = sign_in(cast.practitioner)

    paul.post(CANCEL)
    paul.post(AGAIN)

    assert only_change().is_open and OutboundEmail.objects.count() == 2


@pytest.mark.parametrize("address", [ASK, AGAIN, CANCEL, CONFIRM])
def test_a_stranger_is_sent_to_sign_in(db, address):
    for method in (Client().get, Client().post):
        assert method(address).url.startswith("/login/")


@pytest.mark.parametrize("address", [AGAIN, CANCEL])
def test_opened_by_address_the_buttons_lead_to_their_page(rita, address):
    assert rita.get(address).url == OVERVIEW


# What a thief of the database has


def test_the_database_holds_nothing_of_the_links(rita, deliver_mail):
    """A23."""
    ask(rita)
    tokens = [path_in(message).rstrip("/").rpartition("/")[2] for message in deliver_mail()]

    assert len(tokens) == 2
    assert not [token for token in tokens if token in all_text() or token.partition(".")[2] in all_text()]


def test_a_wish_ends_with_the_login(cast, rita, deliver_mail):
    """Mails that went to an address without a login go with it, too."""
    ask(rita)
    deliver_mail()

    cast.receptionist.delete()
    User.objects.get(pk=cast.receptionist.user_id).delete()

    assert not EmailChange.objects.exists() and not SecurityEvent.objects.exists()
    assert not OutboundEmail.objects.exists()
