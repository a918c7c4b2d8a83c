"""Going back to an address that a login had before: an objection of its own, which has none against it (A69).

Rita signs in with OLD, which she has had for a year. Mallory knows her password and takes the login to EVIL. See
docs/decisions/0017; accounts/tests/addresses/test_who_had_the_address_first.py walks every order.
"""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.core.acting import require_no_way_back
from accounts.models import EmailChange, User
from accounts.tests.address_changes import (
    CANCEL,
    CONFIRM,
    NEW,
    OLD,
    OVERVIEW,
    address_of,
    ask,
    choose_password,
    confirm,
    link_to,
    mail_to,
    move,
    object_to,
    objection_of,
    pass_time,
)
from accounts.tests.factories import PASSWORD
from accounts.tests.pages import typed_on
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

EVIL = "mallory@evil.example"
NO_USE = "This link is of no use here"
HAD_IT_BEFORE = f"{OLD} was the address of this login before {EVIL}"


@pytest.fixture
def browser(cast, sign_in) -> Client:
    """A browser that is signed in to Rita's login, be it Rita's or Mallory's."""
    pass_time(days=365)
    return sign_in(cast.receptionist)


@pytest.fixture
def taken(browser, deliver_mail) -> str:
    """Mallory has taken the login to EVIL; the link that Rita was mailed then."""
    move(browser, deliver_mail, EVIL)
    return link_to(deliver_mail, OLD)


def newest() -> EmailChange:
    return EmailChange.objects.latest("pk")


@pytest.mark.parametrize("hours", [1, 71, 73, 24 * 20])
def test_the_address_that_was_put_in_its_place_cannot_undo_it(cast, browser, taken, deliver_mail, hours):
    pass_time(hours=hours)
    move(browser, deliver_mail, OLD)
    for later in (0, 70, 5):
        pass_time(hours=later)

        answer = object_to(objection_of(newest()))

        assert answer.status_code == 422
        assert address_of(cast.receptionist) == OLD and browser.get(OVERVIEW).status_code == 200


def test_its_mail_has_no_link_that_would_and_says_why(browser, taken, deliver_mail):
    pass_time(hours=1)
    ask(browser, OLD)
    asked = mail_to(deliver_mail, EVIL)
    confirm(browser, link_to(deliver_mail, OLD))
    changed = mail_to(deliver_mail, EVIL)

    assert (asked.subject, changed.subject) == ("Your email address is to be changed", "Your email address was changed")
    for mail in (asked, changed):
        assert "/email/objection/" not in mail.body and "This wasn’t me" not in mail.body
        said = " ".join(mail.body.split())
        assert f"{HAD_IT_BEFORE}, so the change can’t be stopped from here. If you did not expect it, write to" in said


def test_the_page_of_such_a_link_says_why(browser, taken, deliver_mail):
    pass_time(hours=1)
    move(browser, deliver_mail, OLD)

    page = Client().get(objection_of(newest()), follow=True)

    assert NO_USE in page.text
    assert f"{HAD_IT_BEFORE}, so {EVIL} can’t stop or undo going back to it." in page.text


def test_before_it_is_confirmed_it_cannot_be_stopped_from_there_either(cast, browser, taken, deliver_mail):
    pass_time(hours=1)
    ask(browser, OLD)

    assert object_to(objection_of(newest())).status_code == 422
    confirm(browser, link_to(deliver_mail, OLD))

    assert address_of(cast.receptionist) == OLD


def test_an_administrator_may_ask_for_it_as_well(cast, adam, url, browser, taken, sign_in, deliver_mail):
    pass_time(hours=1)
    page = url("member", cast.receptionist.pk)
    adam.post(page, {**typed_on(adam.get(page)), "email": OLD, "reverify_password": PASSWORD})

    assert object_to(objection_of(newest())).status_code == 422
    rita = sign_in(cast.receptionist)
    rita.get(link_to(deliver_mail, OLD))
    rita.post(CONFIRM, {"reverify_password": PASSWORD})

    assert address_of(cast.receptionist) == OLD
    assert object_to(objection_of(newest())).status_code == 422


@pytest.mark.parametrize("end", ["cancelled", "replaced", "left until its time is over"])
def test_only_asked_for_it_ends_no_objection(cast, browser, taken, deliver_mail, end):
    """Nobody at OLD has agreed to it yet."""
    pass_time(hours=1)
    ask(browser, OLD)
    if end == "cancelled":
        browser.post(CANCEL)
    elif end == "replaced":
        ask(browser, "mallory2@evil.example")
    else:
        pass_time(hours=30)

    assert object_to(taken).status_code == 200
    assert address_of(cast.receptionist) == OLD


def test_over_two_hops_all_that_was_in_between_has_no_say(cast, browser, taken, deliver_mail):
    hop = "mallory2@evil.example"
    move(browser, deliver_mail, hop)
    objection = link_to(deliver_mail, EVIL)
    pass_time(hours=1)
    move(browser, deliver_mail, OLD)

    assert object_to(objection).status_code == 422
    assert object_to(objection_of(newest())).status_code == 422
    assert "the login is back at an address from before this change" in Client().get(objection, follow=True).text
    assert address_of(cast.receptionist) == OLD
    assert User.objects.get(email=OLD).check_password(PASSWORD)


def test_an_address_that_was_proved_still_earlier_keeps_its_say(cast, browser, deliver_mail):
    """It is Mallory who goes back to an address, and from there on to others, while Rita can object."""
    move(browser, deliver_mail, EVIL)
    pass_time(hours=1)
    move(browser, deliver_mail, OLD)
    pass_time(hours=1)
    move(browser, deliver_mail, EVIL)
    objection = link_to(deliver_mail, OLD)
    move(browser, deliver_mail, "mallory2@evil.example")
    pass_time(hours=1)
    move(browser, deliver_mail, EVIL)

    assert object_to(objection).status_code == 200
    assert address_of(cast.receptionist) == OLD


def test_an_address_that_was_never_confirmed_is_no_address_to_go_back_to(cast, browser, deliver_mail):
    """It was most likely mistyped: who reads mail there has proved nothing (A57)."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email_confirmed_at=None)
    move(browser, deliver_mail, NEW)
    pass_time(hours=1)
    move(browser, deliver_mail, OLD)

    assert object_to(link_to(deliver_mail, NEW)).status_code == 200
    assert address_of(cast.receptionist) == NEW


def test_the_address_that_lost_is_free_for_others_at_once(cast, browser, taken, deliver_mail):
    pass_time(hours=1)
    move(browser, deliver_mail, OLD)

    require_no_way_back(EVIL)


def test_after_an_objection_and_a_return_the_old_address_has_its_objection_to_the_next_change(
    cast, browser, taken, sign_in, deliver_mail
):
    object_to(taken)
    rita = sign_in(choose_password(cast.receptionist))
    pass_time(hours=1)
    move(rita, deliver_mail, NEW)
    pass_time(hours=1)
    move(rita, deliver_mail, OLD)
    pass_time(hours=1)
    move(rita, deliver_mail, EVIL)

    assert object_to(link_to(deliver_mail, OLD)).status_code == 200
    assert address_of(cast.receptionist) == OLD


# Hops of the person's own, and how long objections last


def test_rita_moves_on_to_another_address_of_hers_and_mallorys_objection_is_no_last_word(
    cast, browser, taken, deliver_mail
):
    """Mallory's 72 hours began later than those of OLD."""
    pass_time(hours=60)
    move(browser, deliver_mail, NEW)
    objection = link_to(deliver_mail, EVIL)
    pass_time(hours=71)
    assert object_to(objection).status_code == 200
    assert address_of(cast.receptionist) == EVIL

    pass_time(hours=71)
    answer = object_to(taken)

    assert (answer.status_code, address_of(cast.receptionist)) == (200, OLD)
    assert object_to(objection).status_code == 422


def test_while_an_objection_is_open_nobody_else_gets_the_address(browser, taken, deliver_mail):
    pass_time(hours=60)
    move(browser, deliver_mail, NEW)
    pass_time(hours=60)

    assert EmailChange.objects.can_be_put_back(database_now()).filter(old_email=OLD).exists()


def test_moving_on_and_on_keeps_an_address_from_others_for_two_weeks_at_most(browser, taken, deliver_mail):
    """Nor does the objection of one of the later addresses last longer then than that of OLD."""
    for number in range(5):
        pass_time(hours=60)
        move(browser, deliver_mail, f"mallory{number}@evil.example")
    first, last = EmailChange.objects.earliest("pk"), newest()

    assert first.objection_ends_at == last.objection_ends_at == first.confirmed_at + timedelta(days=14)
    pass_time(hours=37)
    assert not EmailChange.objects.can_be_put_back(database_now()).exists()
    assert object_to(taken).status_code == object_to(objection_of(last)).status_code == 422


# A mailbox that was left long ago


@pytest.fixture
def left_long_ago(browser, deliver_mail) -> None:
    """Rita has signed in with NEW for two years; OLD is a former employer's, where somebody learns her password."""
    move(browser, deliver_mail, NEW)
    pass_time(days=730)


def test_a_former_employer_does_not_take_the_login_over_years_later(cast, browser, left_long_ago, deliver_mail):
    move(browser, deliver_mail, OLD)

    answer = object_to(link_to(deliver_mail, NEW))

    assert (answer.status_code, address_of(cast.receptionist)) == (200, NEW)
    assert object_to(objection_of(EmailChange.objects.earliest("pk"))).status_code == 422


def test_nor_over_another_address_in_between(cast, browser, left_long_ago, deliver_mail):
    move(browser, deliver_mail, EVIL)
    objection = link_to(deliver_mail, NEW)
    pass_time(hours=71)
    move(browser, deliver_mail, OLD)
    pass_time(hours=71)

    answer = object_to(objection)

    assert (answer.status_code, address_of(cast.receptionist)) == (200, NEW)
