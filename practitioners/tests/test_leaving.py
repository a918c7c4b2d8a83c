"""A practitioner who leaves, and comes back as they were (C3, C4, C5, C7, F-C11)."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access import roles
from accounts.clinic_settings.subscription import queries
from accounts.core.tokens import InvitationLink
from accounts.models import Member
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.owners import told_on, words_of
from accounts.tests.pages import typed_on
from practitioners.models import Availability, Break, Practitioner, ReferenceNumber
from practitioners.tests.factories import BusinessFactory, first_business, rests, works

pytestmark = pytest.mark.django_db


@pytest.fixture
def northside(cast):
    """A second business of the clinic."""
    return BusinessFactory(account=cast.clinic, name="Northside")


@pytest.fixture
def change(cast, sign_in, url):
    """Change somebody's page as Olive; with her password unless told."""
    olive = sign_in(cast.owner)

    def _change(member, *, password=PASSWORD, follow=False, **fields):
        address = url("member", member.pk)
        proof = {"reverify_password": password} if password else {}
        return olive.post(address, {**typed_on(olive.get(address)), **fields, **proof}, follow=follow)

    return _change


@pytest.fixture
def told_first(change):
    """The sentences of the question for the password."""

    def _told_first(member):
        page = BeautifulSoup(change(member, password=None, is_active="no").text, "html.parser")
        return [" ".join(each.get_text().split()) for each in page.select("#reverify-consequences li")]

    return _told_first


def bookable(clinic):
    return [str(each) for each in Practitioner.objects.bookable(clinic)]


def on_file(member):
    """Everything that makes up a practitioner, row by row."""
    models = (Availability, Break, ReferenceNumber)
    own = Practitioner.objects.filter(member=member)
    return [
        list(own.values()),
        sorted(own.values_list("businesses", flat=True)),
        *(list(model.objects.filter(practitioner__member=member).order_by("pk").values()) for model in models),
    ]


# What is said before


def test_whose_hours_would_be_hidden_is_told_where(cast, northside, told_first):
    """C5."""
    works(cast.practitioner)
    works(cast.practitioner, northside, days=[5])

    assert "Their hours at Harbour Physio and Northside are hidden, and they can’t be booked." in told_first(
        cast.practitioner
    )


def test_without_hours_there_are_none_to_hide(cast, told_first):
    said = told_first(cast.practitioner)

    assert "They can’t be booked." in said
    assert not [each for each in said if "are hidden" in each]


def test_hours_that_count_for_nothing_are_not_named(cast, northside, told_first):
    """C7: at a business that is closed for good, or where they work no more."""
    works(cast.practitioner)
    works(cast.practitioner, northside, days=[5])
    northside.is_active = False
    northside.save()

    assert "Their hours at Harbour Physio are hidden, and they can’t be booked." in told_first(cast.practitioner)

    Practitioner.objects.get(member=cast.practitioner).businesses.remove(first_business(cast.clinic))
    assert "They can’t be booked." in told_first(cast.practitioner)


def test_nothing_of_the_kind_is_said_of_other_staff(cast, told_first):
    assert not [each for each in told_first(cast.receptionist) if "booked" in each or "hours" in each]


def test_who_practised_once_and_no_longer_does_is_other_staff(cast, change, told_first):
    works(cast.practitioner)
    change(cast.practitioner, is_practitioner="no")

    assert not [each for each in told_first(cast.practitioner) if "booked" in each]


@pytest.mark.database
def test_the_question_takes_as_many_queries_however_many_hours_there_are(cast, northside, change):
    def _count():
        with CaptureQueriesContext(connection) as queries_made:
            assert "are hidden" in change(cast.practitioner, password=None, is_active="no").text
        return len(queries_made)

    works(cast.practitioner, days=[0])
    _count()
    few = _count()
    works(cast.practitioner, days=range(1, 7))
    works(cast.practitioner, northside, starts=18 * 60, ends=20 * 60)
    rests(cast.practitioner, days=range(7))

    assert _count() == few


# What happens


@pytest.fixture
def ada(cast, northside):
    """An administrator who practises at two businesses, with breaks and a number, and has invited Joe."""
    ada = MemberFactory(
        account=cast.clinic, first_name="Ada", last_name="Abel", role=roles.ADMINISTRATOR, is_practitioner=True
    )
    practitioner = works(ada)
    works(ada, northside, days=[5])
    rests(ada)
    ReferenceNumber.objects.create(practitioner=practitioner, kind="Provider number", number="1234", business=northside)
    PendingMemberFactory(account=cast.clinic, first_name="Joe", last_name="Bloggs", invited_by=ada)
    return ada


def test_they_cannot_be_booked_and_their_place_is_free(cast, ada, change):
    """C5."""
    assert bookable(cast.clinic) == ["Ada Abel"]
    taken = len(queries.seats(cast.clinic).holders)

    change(ada, is_active="no")

    assert bookable(cast.clinic) == []
    assert len(queries.seats(cast.clinic).holders) == taken - 1
    cast.clinic.refresh_from_db()
    assert cast.clinic.plan == "small"


def test_their_sessions_end_everywhere(ada, sign_in, url, change):
    """C4."""
    at_work, at_home = sign_in(ada), sign_in(ada)
    assert (at_work.get(url("home")).status_code, at_home.get(url("home")).status_code) == (200, 200)

    change(ada, is_active="no")

    for browser in (at_work, at_home):
        assert browser.get(url("home")).status_code in {302, 404}


def test_the_invitations_they_sent_are_dead_and_the_invited_persons_page_says_so(
    cast, ada, client, sign_in, url, change
):
    """F-C11."""
    joe = Member.objects.get(first_name="Joe")
    link = InvitationLink.of(joe.invitation).token()

    change(ada, is_active="no")

    assert client.get(f"/invitations/{link}/", follow=True).status_code == 410
    page = sign_in(cast.owner).get(url("member", joe.pk))
    assert "Ada Abel, who sent it, can no longer invite people, so its link does not work." in words_of(page)


def test_nothing_of_theirs_is_touched_and_all_of_it_is_back_when_they_are(cast, ada, change):
    """C3, C5: the very same rows, and bookable as before."""
    before = on_file(ada)

    change(ada, is_active="no")
    assert on_file(ada) == before

    page = change(ada, is_active="yes", follow=True)
    assert on_file(ada) == before
    assert bookable(cast.clinic) == ["Ada Abel"]
    assert told_on(page) == (
        "Ada Abel is active again and can sign in. "
        "Their hours at Harbour Physio and Northside are back as they were, and they can be booked again."
    )


def test_who_comes_back_and_has_no_hours_is_said_to_be_not_bookable_yet_and_why(cast, change):
    """C7."""
    change(cast.practitioner, is_active="no")

    page = change(cast.practitioner, is_active="yes", follow=True)

    assert told_on(page) == (
        "Paul Prasad is active again and can sign in. They can’t be booked yet. Paul works at none of the businesses."
    )


def test_who_comes_back_to_a_full_plan_is_refused_and_keeps_everything(cast, ada, change):
    """S20: the place is looked at again."""
    change(ada, is_active="no")
    before = on_file(ada)
    MemberFactory.create_batch(3, account=cast.clinic, is_practitioner=True)

    page = change(ada, is_active="yes")

    assert page.status_code == 422
    assert "has room for 5 practitioners and all of them are taken" in words_of(page)
    assert on_file(ada) == before
    assert bookable(cast.clinic) == []
