"""**This wasn’t me** in a mail about a change that another took the place of: it is about what stands (A69, A71).

Mallory, who knows Rita's password, asks for one address and then for another. Rita opens the first mail of the two.
"""

import pytest
from django.test import Client

from accounts.models import EmailChange
from accounts.tests.address_changes import (
    CANCEL,
    NEW,
    OLD,
    OVERVIEW,
    address_of,
    ask,
    confirm,
    link_to,
    move,
    object_to,
    objection_of,
    pass_time,
    pending_change,
)
from accounts.tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

EVIL, SECOND = "mallory@evil.example", "mallory2@evil.example"
STOPPED = "This change was stopped already. There is nothing left to do here."
TOO_OLD = "This link no longer works: it is more than 72 hours old."


@pytest.fixture
def mallory(cast, sign_in) -> Client:
    """A browser of Rita's that somebody else uses, who knows her password."""
    pass_time(days=365)
    return sign_in(cast.receptionist)


@pytest.fixture
def first(mallory, deliver_mail) -> str:
    """The link in the mail to Rita about the first change."""
    ask(mallory, EVIL)
    return link_to(deliver_mail, OLD)


def replaced(mallory: Client) -> None:
    pass_time(hours=1)


def cancelled(mallory: Client) -> None:
    pass_time(hours=1)
    mallory.post(CANCEL)
    pass_time(hours=20)


def out_of_time(mallory: Client) -> None:
    pass_time(hours=30)


every_end = pytest.mark.parametrize("end", [replaced, cancelled, out_of_time])


@every_end
def test_it_stops_the_second_that_waits(cast, mallory, first, deliver_mail, end):
    end(mallory)
    ask(mallory, SECOND)
    confirming = link_to(deliver_mail, SECOND)
    page = Client().get(first, follow=True)
    assert f"Somebody asked to sign in with {SECOND} instead of {OLD}." in page.text

    answer = object_to(first)

    assert answer.status_code == 200 and "The change was stopped" in answer.text
    assert not EmailChange.objects.filter(ended_at=None).exists()
    assert mallory.get(OVERVIEW).status_code == 302
    assert confirm(mallory, confirming).redirect_chain[-1][0].startswith("/login/")
    assert address_of(cast.receptionist) == OLD


@every_end
@pytest.mark.parametrize("hours", [0, 71])
def test_it_undoes_the_second_that_went_through(cast, mallory, first, deliver_mail, end, hours):
    end(mallory)
    move(mallory, deliver_mail, SECOND)
    pass_time(hours=hours)
    page = Client().get(first, follow=True)
    assert f"The login was moved from {OLD} to {SECOND} on" in page.text

    answer = object_to(first)

    assert answer.status_code == 200 and "Your email address was put back" in answer.text
    assert address_of(cast.receptionist) == OLD


def test_whatever_stood_in_between(cast, mallory, first, deliver_mail):
    for number in range(2):
        pass_time(hours=1)
        ask(mallory, f"mallory{number}@evil.example")
    pass_time(hours=1)
    move(mallory, deliver_mail, SECOND)
    pass_time(hours=1)
    move(mallory, deliver_mail, "mallory3@evil.example")

    assert object_to(first).status_code == 200
    assert address_of(cast.receptionist) == OLD


def test_what_an_administrator_asked_for_shuts_the_login_once_somebody_with_the_password_took_its_place(
    cast, mallory, deliver_mail
):
    asked = objection_of(pending_change(cast.receptionist, asked_by=cast.administrator))
    assert "The change is stopped, and nothing else is changed." in Client().get(asked, follow=True).text
    ask(mallory, EVIL)
    page = Client().get(asked, follow=True)
    assert "Every browser is signed out." in page.text and "Adam Adler" not in page.text

    object_to(asked)

    assert mallory.get(OVERVIEW).status_code == 302
    assert Client().post("/login/", {"email": OLD, "password": PASSWORD}).status_code == 422


# Where nothing stands


@every_end
def test_it_says_that_it_was_stopped_where_the_second_was_cancelled_too(mallory, first, end):
    end(mallory)
    ask(mallory, SECOND)
    mallory.post(CANCEL)

    answer = object_to(first)

    assert answer.status_code == 422 and STOPPED in answer.text


@every_end
def test_it_says_that_it_was_stopped_where_the_second_was_put_back(cast, mallory, first, deliver_mail, end):
    end(mallory)
    move(mallory, deliver_mail, SECOND)
    object_to(link_to(deliver_mail, OLD) if end is replaced else objection_of(EmailChange.objects.latest("pk")))

    answer = object_to(first)

    assert answer.status_code == 422 and STOPPED in answer.text
    assert address_of(cast.receptionist) == OLD


@every_end
def test_it_does_not_say_so_where_the_second_has_stood_for_too_long(cast, mallory, first, deliver_mail, end):
    end(mallory)
    move(mallory, deliver_mail, SECOND)
    pass_time(hours=72)

    answer = object_to(first)

    assert answer.status_code == 422 and TOO_OLD in answer.text and STOPPED not in answer.text
    assert address_of(cast.receptionist) == SECOND


def test_a_link_of_more_than_72_hours_ago_is_about_nothing_new(cast, mallory, first, deliver_mail):
    """An old mail may be in other hands by then. The newer ones have links of their own."""
    mallory.post(CANCEL)
    pass_time(hours=72)
    ask(mallory, SECOND)

    answer = object_to(first)

    assert answer.status_code == 422
    assert TOO_OLD in answer.text and "If a newer email tells you of a change, use the link in that one." in answer.text
    assert EmailChange.objects.latest("pk").is_open
    assert object_to(link_to(deliver_mail, OLD)).status_code == 200


def test_it_is_about_no_change_from_another_address(cast, mallory, first, deliver_mail):
    """Who reads mail at EVIL has a say in what becomes of EVIL alone."""
    move(mallory, deliver_mail, SECOND)
    pass_time(hours=1)
    ask(mallory, EVIL)
    of_second = link_to(deliver_mail, SECOND)
    pass_time(hours=1)
    move(mallory, deliver_mail, OLD)

    page = Client().get(of_second, follow=True)

    assert f"{OLD} was the address of this login before {SECOND}" in page.text and STOPPED not in page.text
    assert object_to(of_second).status_code == 422
    assert address_of(cast.receptionist) == OLD


def test_once_its_reader_has_objected_a_second_click_does_nothing_more(cast, mallory, first, deliver_mail):
    pass_time(hours=1)
    move(mallory, deliver_mail, SECOND)
    object_to(first)

    assert STOPPED in object_to(first).text
    assert address_of(cast.receptionist) == OLD


def test_what_is_about_new_addresses_stays_as_it_was(cast, mallory, first, deliver_mail):
    """The link that confirms the first is not about the second: NEW was not asked."""
    pass_time(hours=1)
    ask(mallory, NEW)
    confirming = link_to(deliver_mail, NEW)
    pass_time(hours=1)
    ask(mallory, SECOND)

    assert confirm(mallory, confirming).status_code == 422
    assert address_of(cast.receptionist) == OLD
