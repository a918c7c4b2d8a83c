"""A practitioner's own page: read-only for everybody in the clinic; who may edit finds the way (C6, C7, S15, S22)."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import roles
from accounts.models import Member
from accounts.tests.factories import MemberFactory
from accounts.tests.rows import everything
from practitioners.models import Practitioner, ReferenceNumber
from practitioners.tests.factories import BusinessFactory, first_business, rests, works

pytestmark = pytest.mark.django_db

EDIT, EDIT_YOURS = "Edit practitioner settings", "Edit your practitioner settings"


@pytest.fixture(autouse=True)
def today():
    """It is Wednesday, 25 November 2026."""
    with time_machine.travel(datetime(2026, 11, 25, 3, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def address(cast):
    def _address(member, name="practitioner"):
        return reverse(f"practitioners:{name}", args=[cast.clinic.slug, member.pk])

    return _address


@pytest.fixture
def opens(sign_in, address):
    """Somebody opens somebody's page."""

    def _opens(who, member):
        return sign_in(who).get(address(member))

    return _opens


@pytest.fixture
def practising_owner(cast):
    """Olive, who sees patients as well, and has no hours."""
    cast.owner.is_practitioner = True
    cast.owner.save()
    return cast.owner


def words_of(answer):
    """The page's main part as plain words."""
    main = re.search(r"<main.*?</main>", answer.text, re.DOTALL)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


# What it says


def test_it_says_who_they_are_where_they_work_and_their_numbers(cast, opens):
    paul = works(cast.practitioner)
    north = BusinessFactory(account=cast.clinic, name="North Rooms")
    paul.businesses.add(north, BusinessFactory(account=cast.clinic, name="Closed Rooms", is_active=False))
    paul.designation, paul.description = "Hand therapist", "Hands.\nWrists.\n\nElbows & <b>no</b> knees."
    paul.save()
    ReferenceNumber.objects.create(practitioner=paul, kind="Provider number", number="2345671A", business=north)
    ReferenceNumber.objects.create(practitioner=paul, kind="Registration", number="PHY001")

    answer = opens(cast.receptionist, cast.practitioner)

    words = words_of(answer)
    assert "Paul Prasad Hand therapist" in words
    assert "<p>Hands.<br>Wrists.</p>\n\n<p>Elbows &amp; &lt;b&gt;no&lt;/b&gt; knees.</p>" in answer.text
    assert "Works at Harbour Physio , North Rooms This week" in words
    assert "Provider number 2345671A North Rooms Registration PHY001 All businesses" in words


def test_it_shows_the_week_as_a_picture_and_in_words(cast, opens):
    works(cast.practitioner, days=[2])
    rests(cast.practitioner, days=[2])

    answer = opens(cast.receptionist, cast.practitioner)

    assert answer.text.count('class="week__block') == 2
    assert "Wednesday 25 November (today) 9:00 to 12:00 , 13:00 to 17:00 at Harbour Physio" in words_of(answer)
    assert "Thursday 26 November No hours" in words_of(answer)


def test_hours_that_do_not_count_are_not_in_it(cast, opens):
    """C7: at a business that is inactive, or where they do not work any more."""
    paul = works(cast.practitioner, days=[0])
    works(cast.practitioner, BusinessFactory(account=cast.clinic, is_active=False), days=[1])
    left = BusinessFactory(account=cast.clinic)
    works(cast.practitioner, left, days=[2])
    paul.businesses.remove(left)

    assert opens(cast.receptionist, cast.practitioner).text.count('class="week__block') == 1


def test_how_to_reach_them_is_for_those_who_manage_the_users(cast, opens):
    Member.objects.filter(pk=cast.practitioner.pk).update(mobile="0400 222 333")

    for who, is_shown in ((cast.administrator, True), (cast.receptionist, False)):
        text = opens(who, cast.practitioner).text
        assert ("paul@harbour.example" in text) == is_shown
        assert ("0400 222 333" in text) == is_shown


# Who may edit


def test_an_administrator_finds_the_way_to_edit_and_why_they_cant_be_booked(cast, opens, address):
    """S15, C7."""
    answer = opens(cast.administrator, cast.practitioner)

    assert f'href="{address(cast.practitioner, "practitioner_settings")}"' in answer.text
    assert EDIT in words_of(answer)
    assert "Can’t be booked Paul works at none of the businesses." in words_of(answer)


def test_they_themselves_do_too(cast, opens, address):
    """S14, C6."""
    answer = opens(cast.practitioner, cast.practitioner)

    assert f'href="{address(cast.practitioner, "practitioner_settings")}"' in answer.text
    assert EDIT_YOURS in words_of(answer)
    assert "Can’t be booked" in words_of(answer)


def test_who_can_be_booked_is_not_said_to_be_in_want_of_anything(cast, opens):
    works(cast.practitioner)

    assert "Can’t be booked" not in words_of(opens(cast.administrator, cast.practitioner))


@pytest.mark.parametrize("role", [each for each in roles.ROLES if each != roles.ADMINISTRATOR])
def test_all_others_only_read_it(cast, opens, address, role):
    """Without the reason, too: they could do nothing about it."""
    answer = opens(MemberFactory(account=cast.clinic, role=role), cast.practitioner)

    assert answer.status_code == 200
    assert address(cast.practitioner, "practitioner_settings") not in answer.text
    assert "Can’t be booked" not in answer.text
    assert "<form" not in re.search(r"<main.*?</main>", answer.text, re.DOTALL)[0]


def test_only_an_owner_can_change_their_own_and_administrators_are_told_so(cast, opens, practising_owner):
    """S22, S32: why they can't be booked is still said, so that somebody can tell them."""
    theirs, own = (words_of(opens(each, practising_owner)) for each in (cast.administrator, practising_owner))

    assert "Only Olive Owens can change these." in theirs
    assert "Olive works at none of the businesses." in theirs
    assert EDIT not in theirs
    assert EDIT_YOURS in own
    assert "can change these" not in own


def test_a_receptionist_is_told_nothing_of_owners(cast, opens, practising_owner):
    assert "can change these" not in words_of(opens(cast.receptionist, practising_owner))


# Who sees it


@pytest.mark.parametrize("who", ["receptionist", "practitioner"])
def test_who_has_not_joined_or_is_inactive_is_shown_to_administrators_only(cast, opens, who):
    gone = MemberFactory(account=cast.clinic, is_practitioner=True, is_active=False)

    for member, badge in ((cast.invited, "Invited"), (gone, "Inactive")):
        assert opens(getattr(cast, who), member).status_code == 404
        answer = opens(cast.administrator, member)
        assert answer.status_code == 200
        assert f"</svg>{badge}</span>" in answer.text.replace("\n", "")


def test_who_sees_no_patients_has_no_such_page(cast, opens):
    assert opens(cast.administrator, cast.receptionist).status_code == 404


def test_who_stopped_practising_has_none_either(cast, opens):
    works(cast.practitioner)
    Member.objects.filter(pk=cast.practitioner.pk).update(is_practitioner=False)

    assert opens(cast.administrator, cast.practitioner).status_code == 404


def test_a_practitioner_of_another_clinic_is_not_there(cast, opens, address, sign_in):
    """A38, in both directions."""
    theirs = MemberFactory(account=cast.other_clinic, is_practitioner=True)

    assert opens(cast.administrator, theirs).status_code == 404
    assert opens(cast.outsider, cast.practitioner).status_code == 404


def test_reading_changes_nothing(cast, opens):
    works(cast.practitioner)
    before = everything()

    opens(cast.administrator, cast.practitioner)

    assert everything() == before


@pytest.mark.database
def test_it_takes_as_many_queries_however_much_there_is(cast, sign_in, address):
    works(cast.practitioner, days=[0])
    rita = sign_in(cast.receptionist)
    rita.get(address(cast.practitioner))
    with CaptureQueriesContext(connection) as few:
        rita.get(address(cast.practitioner))
    paul = Practitioner.objects.get(member=cast.practitioner)
    for number in range(10):
        place = BusinessFactory(account=cast.clinic)
        works(cast.practitioner, place, days=range(7), starts=1020 + number * 30, ends=1050 + number * 30)
        ReferenceNumber.objects.create(practitioner=paul, kind="Provider number", number=str(number), business=place)

    with CaptureQueriesContext(connection) as many:
        rita.get(address(cast.practitioner))

    assert len(many) == len(few) <= 12
    assert first_business(cast.clinic).name in words_of(rita.get(address(cast.practitioner)))
