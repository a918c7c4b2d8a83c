"""Settings -> Businesses: the list, Add business, and a business's page."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access import roles
from accounts.models import Activity, Member
from accounts.tests.factories import MemberFactory
from accounts.tests.rows import everything
from practitioners.models import Business
from practitioners.models.business import COLOURS
from practitioners.tests.businesses import Desk, typed, words_of
from practitioners.tests.factories import BusinessFactory, first_business, works

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast, sign_in):
    """Adam's browser."""
    return Desk(sign_in(cast.administrator), cast.clinic)


@pytest.fixture
def north(cast):
    """A second business, with all there is to say about it."""
    return BusinessFactory(
        account=cast.clinic,
        name="North Rooms",
        address="Level 2,\n5 Quay Street\nSydney NSW 2000",
        time_zone="UTC",
        phone="02 5550 1000",
        email="north@harbour.example",
    )


def added(name):
    return Business.objects.get(name=name)


# The list


def test_a_new_clinic_has_one_business_of_its_own_name(desk):
    assert desk.names() == ["Harbour Physio"]


def test_businesses_are_listed_by_name_whatever_its_case(cast, desk):
    for name in ("annex", "Zoo", "Beach"):
        BusinessFactory(account=cast.clinic, name=name)

    assert desk.names() == ["annex", "Beach", "Harbour Physio", "Zoo"]


def test_a_row_has_the_address_in_one_line(north, desk):
    assert "<bdi>Level 2, 5 Quay Street, Sydney NSW 2000</bdi>" in desk.rows()[1]


def test_a_time_zone_is_shown_where_it_is_not_the_clinics(cast, north, desk):
    assert "Time zone" not in desk.listed().text

    BusinessFactory(account=cast.clinic, name="Perth", time_zone="Australia/Perth")

    harbour, _north, perth = desk.rows()
    assert "UTC" not in harbour
    assert '<td data-label="Time zone">Australia/Perth</td>' in perth


def test_a_row_says_how_many_practitioners_have_hours_there(cast, north, desk):
    """Those who see patients here: nobody who works there without hours, has hours and works elsewhere, or has left."""
    works(cast.practitioner)
    works(cast.invited)
    works(cast.invited, north)
    cast.practitioner.practitioner.businesses.add(north)
    works(MemberFactory(account=cast.clinic, is_practitioner=True), north).businesses.remove(north)
    left = MemberFactory(account=cast.clinic, is_practitioner=True)
    works(left, north)
    Member.objects.filter(pk=left.pk).update(is_active=False)
    stopped = MemberFactory(account=cast.clinic, is_practitioner=True)
    works(stopped, north)
    Member.objects.filter(pk=stopped.pk).update(is_practitioner=False)

    assert ['<td data-label="Practitioners">2</td>' in desk.rows()[0], 'Practitioners">1</td>' in desk.rows()[1]] == [
        True,
        True,
    ]


def test_inactive_ones_are_shown_on_request_faded_with_a_badge(cast, north, desk):
    assert "Show inactive businesses" not in desk.listed().text
    Business.objects.filter(pk=north.pk).update(is_active=False)

    assert "Show inactive businesses" in desk.listed().text
    assert desk.names() == ["Harbour Physio"]
    assert desk.names(inactive="1") == ["Harbour Physio", "North Rooms"]
    harbour, north_row = desk.rows(inactive="1")
    assert ("faded" in harbour, "badge--inactive" in harbour) == (False, False)
    assert ("faded" in north_row, "badge--inactive" in north_row) == (True, True)


def test_an_account_of_before_with_no_business_is_told_what_to_do(cast, desk):
    Business.objects.filter(account=cast.clinic).delete()

    words = words_of(desk.listed())

    assert "No business here yet. Add the place where you see patients." in words
    assert desk.add(name="Harbour Physio").status_code == 302


def test_businesses_of_another_clinic_are_not_listed(cast, desk):
    """A38."""
    BusinessFactory(account=cast.other_clinic, name="Abroad")

    assert "Abroad" not in desk.listed(inactive="1").text


@pytest.mark.database
def test_the_list_takes_as_many_queries_however_many_businesses_there_are(cast, desk):
    works(cast.practitioner)
    desk.listed()
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert len(desk.rows()) == 1
    for business in BusinessFactory.create_batch(30, account=cast.clinic, time_zone="Asia/Tokyo"):
        works(cast.practitioner, business)

    with CaptureQueriesContext(connection) as many:
        assert len(desk.rows()) == 31

    # The session, the login, its sign-in, its clinics, the member, and the businesses.
    assert len(few) == len(many) == 6


@pytest.mark.parametrize("role", [roles.POWER_RECEPTIONIST, roles.ADMINISTRATOR])
def test_power_receptionists_keep_the_businesses_like_administrators(cast, sign_in, role):
    desk = Desk(sign_in(MemberFactory(account=cast.clinic, role=role)), cast.clinic)

    assert desk.add(name="North Rooms").status_code == 302
    assert desk.change(added("North Rooms"), phone="02 5550 1000").status_code == 302
    assert desk.delete(added("North Rooms")).status_code == 302


@pytest.mark.parametrize("role", [roles.SCHEDULER, roles.RECEPTIONIST, roles.PRACTITIONER, roles.BOOKKEEPER])
def test_nobody_else_does(cast, sign_in, role):
    browser = sign_in(MemberFactory(account=cast.clinic, role=role))
    desk, business, before = Desk(browser, cast.clinic), first_business(cast.clinic), everything()

    answers = [
        desk.listed(),
        browser.get(desk.address("business_new")),
        browser.post(desk.address("business_new"), {"name": "North Rooms", "time_zone": "UTC"}),
        desk.open(business),
        browser.post(desk.address("business", business.pk), {"name": "Mine", "time_zone": "UTC", "is_active": "yes"}),
        desk.ask_to_delete(business),
        desk.delete(business),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert everything() == before


# Add business


def test_the_form_opens_with_the_clinics_time_zone_and_says_whose_clock_counts(cast, desk):
    cast.clinic.time_zone = "Australia/Sydney"
    cast.clinic.save()

    page = desk.browser.get(desk.address("business_new"))

    assert typed(page)["time_zone"] == "Australia/Sydney"
    assert "Hours at this business are by its own clock." in words_of(page)


def test_all_that_is_typed_is_on_file(cast, desk):
    answer = desk.add(
        name="North Rooms",
        address="  Level 2\r\n5 Quay Street  ",
        time_zone="Australia/Perth",
        phone="02 5550 1000",
        email="North@Harbour.example",
    )

    assert (answer.status_code, answer["Location"]) == (302, desk.address("businesses"))
    assert "North Rooms was added." in words_of(desk.listed())
    business = added("North Rooms")
    assert (business.account, business.is_active) == (cast.clinic, True)
    assert (business.address, business.time_zone) == ("Level 2\n5 Quay Street", "Australia/Perth")
    assert (business.phone, business.email) == ("+61255501000", "north@harbour.example")


def test_a_name_and_a_time_zone_are_enough(desk):
    assert desk.add(name="North Rooms").status_code == 302


def test_it_is_written_down_who_added_it(cast, desk):
    desk.add(name="North Rooms")

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor) == (Activity.Verb.BUSINESS_ADDED, cast.administrator)
    assert entry.details == {"name": "North Rooms"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Enter the name of the business."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "---"}, "at least one letter or digit"),
        ({"name": "www.rooms.example"}, "not a web address"),
        ({"address": "x" * 301}, "Use at most 300 characters (it has 301)."),
        ({"address": "Level 2\x07"}, "Remove the control characters"),
        ({"time_zone": ""}, "Choose a time zone from the list."),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"phone": "ring us"}, "Enter a phone number, such as (02) 1234 5678 or +61 2 1234 5678."),
        ({"email": "north@"}, "Enter an email address in the form"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(desk, fields, words):
    good = {"name": "North Rooms", "address": "5 Quay Street", "phone": "02 5550 1000", "email": "n@harbour.example"}
    before = everything()

    page = desk.add(**{**good, **fields})

    assert page.status_code == 422
    assert words in words_of(page)
    # A list cannot show what is not in it.
    sent = {name: value for name, value in {**good, **fields}.items() if name != "time_zone"}
    assert {name: typed(page)[name] for name in sent} == sent
    assert everything() == before


@pytest.mark.parametrize(
    "name", ["North Rooms", "NORTH ROOMS", "north  rooms", " North Rooms ", "\uff2eorth Rooms", "NORTH ROOM\u017f"]
)
def test_a_name_is_taken_once_whatever_its_case_or_spacing(cast, north, desk, name):
    page = desk.add(name=name)

    assert page.status_code == 422
    assert "Name – There is a business called North Rooms already. Choose another name." in words_of(page)
    assert f'href="{desk.address("business", north.pk)}"' in page.text
    assert Business.objects.filter(account=cast.clinic).count() == 2


def test_letters_beyond_english_count_as_well(cast, desk):
    BusinessFactory(account=cast.clinic, name="École")

    assert desk.add(name="ÉCOLE").status_code == 422


def test_what_only_the_database_takes_for_one_name_is_no_error_of_ours(cast, desk):
    """PostgreSQL may lower a dotted capital I to a plain i, which Python does not: two names, or refused in words."""
    BusinessFactory(account=cast.clinic, name="İzmir")

    assert desk.add(name="izmir").status_code in {302, 422}


def test_a_clinic_has_a_hundred_businesses_and_no_more(cast, desk):
    BusinessFactory.create_batch(99, account=cast.clinic)

    page = desk.add(name="One too many")

    assert page.status_code == 422
    assert "A clinic has at most 100 businesses." in words_of(page)


def test_where_the_one_of_that_name_is_inactive_the_message_leads_to_it(north, desk):
    Business.objects.filter(pk=north.pk).update(is_active=False)

    page = desk.add(name="North Rooms")

    assert page.status_code == 422
    assert "which is inactive. Make it active again instead, or choose another name." in words_of(page)
    assert "Open the page of North Rooms to make it active again." in words_of(page)
    assert f'href="{desk.address("business", north.pk)}"' in page.text


def test_another_clinic_may_use_the_same_name(cast, desk):
    BusinessFactory(account=cast.other_clinic, name="North Rooms")

    page = desk.add(name="North Rooms")

    assert page.status_code == 302


def test_one_form_sent_twice_adds_one(cast, desk):
    """A double click."""
    form = {"name": "North Rooms", "time_zone": "UTC", "submission": str(uuid4())}

    answers = [desk.browser.post(desk.address("business_new"), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Business.objects.filter(account=cast.clinic).count() == 2
    assert Activity.objects.count() == 1


def test_the_same_form_filled_in_anew_after_back_adds_another(cast, desk):
    form = {"name": "North Rooms", "time_zone": "UTC", "submission": str(uuid4())}

    for name in ("North Rooms", "South Rooms"):
        desk.browser.post(desk.address("business_new"), {**form, "name": name})

    assert desk.names() == ["Harbour Physio", "North Rooms", "South Rooms"]


def test_a_new_one_takes_the_tint_that_the_fewest_have(cast, desk):
    first_business(cast.clinic)
    for number in range(COLOURS):
        desk.add(name=f"Rooms {number}")
    Business.objects.filter(name="Rooms 3").delete()
    desk.add(name="The next one")

    colours = list(Business.objects.filter(account=cast.clinic).order_by("pk").values_list("colour", flat=True))
    assert colours[:COLOURS] == [0, 1, 2, 3, 5, 6, 7, 0]
    assert added("The next one").colour == 4


def test_a_posted_account_or_colour_counts_for_nothing(cast, desk):
    """A39."""
    desk.add(name="North Rooms", account=str(cast.other_clinic.pk), colour="7", is_active="no", version="9")

    business = added("North Rooms")
    assert (business.account, business.colour, business.is_active, business.version) == (cast.clinic, 1, True, 1)


# Changing one


def test_its_page_shows_what_is_on_file(north, desk):
    shown = typed(desk.open(north))

    assert {name: shown[name] for name in ("name", "address", "time_zone", "phone", "email", "is_active")} == {
        "name": "North Rooms",
        "address": north.address,
        "time_zone": "UTC",
        "phone": "02 5550 1000",
        "email": "north@harbour.example",
        "is_active": "yes",
    }


def test_a_change_is_stored_and_written_down_with_what_was_before(cast, north, desk):
    answer = desk.change(north, name="North", phone="")

    assert (answer.status_code, answer["Location"]) == (302, desk.address("business", north.pk))
    assert "North was updated." in words_of(desk.open(north))
    north.refresh_from_db()
    assert (north.name, north.phone, north.email, north.version) == ("North", "", "north@harbour.example", 2)
    entry = Activity.objects.get()
    assert (entry.verb, entry.actor) == (Activity.Verb.BUSINESS_UPDATED, cast.administrator)
    assert entry.details == {
        "name": "North",
        "changes": {"name": ["North Rooms", "North"], "phone": ["02 5550 1000", ""]},
    }


def test_a_form_sent_as_it_was_changes_nothing(north, desk):
    before = everything()

    assert desk.change(north).status_code == 302
    assert everything() == before


def test_the_case_of_its_own_name_can_be_changed(north, desk):
    assert desk.change(north, name="NORTH ROOMS").status_code == 302


def test_the_name_of_another_one_cannot_be_taken(north, desk):
    page = desk.change(north, name="harbour physio", phone="02 5550 2000")

    assert page.status_code == 422
    assert "There is a business called Harbour Physio already." in words_of(page)
    assert typed(page)["phone"] == "02 5550 2000"


def test_of_two_browsers_the_second_is_told_and_loses_nothing(north, desk):
    opened = desk.open(north)
    desk.change(north, phone="02 5550 2000", email="")

    page = desk.change(north, page=opened, phone="02 5550 3000", email="")

    assert page.status_code == 422
    assert "Someone changed North Rooms while you had this page open, so nothing was saved." in words_of(page)
    assert "Phone number – On file now: (02) 5550 2000" in words_of(page)
    assert (typed(page)["phone"], typed(page)["version"]) == ("02 5550 3000", "2")

    assert desk.change(north, page=page).status_code == 302
    north.refresh_from_db()
    assert north.phone == "+61255503000"


def test_an_old_time_zone_on_file_stays_when_something_else_is_changed(north, desk):
    """The list of zones has the old spellings, too."""
    Business.objects.filter(pk=north.pk).update(time_zone="US/Eastern")

    assert desk.change(north, phone="").status_code == 302
    north.refresh_from_db()
    assert north.time_zone == "US/Eastern"


@pytest.mark.parametrize("name", ["business", "business_delete"])
def test_an_id_of_another_clinic_is_not_there(cast, desk, name):
    """A38."""
    theirs = first_business(cast.other_clinic)

    assert desk.browser.get(desk.address(name, theirs.pk)).status_code == 404
    assert desk.browser.post(desk.address(name, theirs.pk), {"name": "Mine"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.name == "Elsewhere"


def test_one_that_somebody_deleted_meanwhile_is_no_longer_there(north, desk):
    opened = desk.open(north)
    desk.delete(north)

    assert desk.change(north, page=opened, phone="").status_code == 404
