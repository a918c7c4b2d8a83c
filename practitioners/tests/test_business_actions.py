"""A business is made inactive, made active again, moved to another time zone, or deleted (C5, C7)."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from accounts.access import roles
from accounts.core.errors import NotPermitted
from accounts.models import Activity, Member
from accounts.tests.factories import MemberFactory
from accounts.tests.rows import everything
from practitioners.businesses import actions, views
from practitioners.businesses.details import BusinessDetails, NameTaken
from practitioners.businesses.use import NAMES_SHOWN
from practitioners.models import Availability, Business, Practitioner, ReferenceNumber
from practitioners.tests.businesses import Desk, typed, words_of
from practitioners.tests.factories import FIVE, NINE, NOON, BusinessFactory, first_business, rests, works

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MONDAY, TUESDAY, SATURDAY = 0, 1, 5


@pytest.fixture
def desk(cast, sign_in):
    """Adam's browser."""
    return Desk(sign_in(cast.administrator), cast.clinic)


@pytest.fixture
def harbour(cast):
    """The business that the clinic has had from the start."""
    return first_business(cast.clinic)


@pytest.fixture
def north(cast):
    """A second one."""
    return BusinessFactory(account=cast.clinic, name="North Rooms")


@pytest.fixture
def shut(cast):
    """An inactive one."""
    return BusinessFactory(account=cast.clinic, name="Old Rooms", is_active=False)


@pytest.fixture
def bookable(cast):
    """The names of those who work somewhere and have hours there."""

    def _bookable():
        standing = Practitioner.objects.with_standing().filter(member__account=cast.clinic)
        return sorted(str(each) for each in standing if each.works_somewhere and each.has_hours)

    return _bookable


def hours_on_file():
    return list(Availability.objects.order_by("pk").values())


# Made inactive


def test_the_page_says_before_the_choice_whose_hours_are_hidden_and_who_is_bookable_nowhere(cast, harbour, north, desk):
    works(cast.practitioner, north, days=[MONDAY])
    works(cast.invited, north, days=[MONDAY])
    works(cast.invited, harbour, days=[TUESDAY])

    words = words_of(desk.open(north))

    assert "Hidden: the hours here of Ivy Ito, Paul Prasad." in words
    assert "No longer bookable anywhere: Paul Prasad." in words
    assert words.index("No longer bookable anywhere") < words.index("Update business")


def test_hours_that_count_for_nothing_elsewhere_keep_nobody_bookable(cast, north, shut, desk):
    works(cast.practitioner, north)
    works(cast.practitioner, shut)
    works(cast.practitioner).businesses.remove(first_business(cast.clinic))

    assert "No longer bookable anywhere: Paul Prasad." in words_of(desk.open(north))


def test_somebody_inactive_or_who_no_longer_practises_is_not_concerned(cast, north, desk):
    for field in ("is_active", "is_practitioner"):
        member = MemberFactory(account=cast.clinic, is_practitioner=True)
        works(member, north)
        Member.objects.filter(pk=member.pk).update(**{field: False})

    assert "No practitioner has hours here" in words_of(desk.open(north))


def test_of_many_the_first_are_named_and_the_others_counted(cast, north, desk):
    for number in range(NAMES_SHOWN + 3):
        member = MemberFactory(account=cast.clinic, first_name="Ann", last_name=f"A{number}", is_practitioner=True)
        works(member, north, days=[MONDAY])

    words = words_of(desk.open(north))

    named = ", ".join(f"Ann A{number}" for number in range(NAMES_SHOWN))
    assert f"Hidden: the hours here of {named} and 3 others." in words
    assert f"No longer bookable anywhere: {named} and 3 others." in words


def test_the_page_takes_as_many_queries_however_many_have_hours_there(cast, north, desk):
    works(cast.practitioner, north)
    desk.open(north)
    with CaptureQueriesContext(connection) as few:
        desk.open(north)
    for member in MemberFactory.create_batch(20, account=cast.clinic, is_practitioner=True):
        works(member, north)

    with CaptureQueriesContext(connection) as many:
        desk.open(north)

    assert len(few) == len(many) == 8


def test_made_inactive_it_keeps_its_hours_and_nobody_can_be_booked_there(cast, north, desk, bookable):
    works(cast.practitioner, north)
    before = hours_on_file()

    answer = desk.change(north, is_active="no")

    assert answer.status_code == 302
    assert "North Rooms is inactive. Its hours are kept" in words_of(desk.open(north))
    assert hours_on_file() == before
    assert bookable() == []
    entry = Activity.objects.get()
    assert (entry.verb, entry.actor) == (Activity.Verb.BUSINESS_DEACTIVATED, cast.administrator)
    assert entry.details == {"name": "North Rooms", "changes": {"is_active": [True, False]}}


def test_made_active_again_everything_is_as_it_was(cast, north, desk, bookable):
    works(cast.practitioner, north)
    before = hours_on_file()
    desk.change(north, is_active="no")

    desk.change(north, is_active="yes")

    assert "North Rooms is active again, with the hours it had." in words_of(desk.open(north))
    assert hours_on_file() == before
    assert bookable() == ["Paul Prasad"]
    entry = Activity.objects.latest("pk")
    assert (entry.verb, entry.details["changes"]) == (
        Activity.Verb.BUSINESS_REACTIVATED,
        {"is_active": [False, True]},
    )


def test_the_only_active_one_cannot_be_made_inactive(harbour, shut, desk):
    assert "This is the only active business, and a clinic keeps at least one." in words_of(desk.open(harbour))
    before = everything()

    page = desk.change(harbour, is_active="no", phone="02 5550 1000")

    assert page.status_code == 422
    assert "Active business – Harbour Physio is the only active business" in words_of(page)
    assert typed(page)["phone"] == "02 5550 1000"
    assert everything() == before


def test_the_last_one_is_noticed_inside_the_lock(cast, harbour, north, desk, monkeypatch):
    """Two people, each making one of two inactive: the form of the second was right when it was checked."""

    def _too_late(**given):
        Business.objects.filter(pk=harbour.pk).update(is_active=False)
        return actions.update_business(**given)

    monkeypatch.setattr(views, "update_business", _too_late)

    page = desk.change(north, is_active="no")

    assert page.status_code == 422
    assert "North Rooms is the only active business" in words_of(page)
    north.refresh_from_db()
    assert north.is_active


# At two businesses at once


def test_it_cannot_be_made_active_again_where_somebody_would_be_at_two_at_once(cast, harbour, north, desk):
    """Somebody got hours elsewhere while it was inactive."""
    works(cast.practitioner, north, days=[MONDAY, SATURDAY])
    desk.change(north, is_active="no")
    works(cast.practitioner, harbour, starts=NOON)
    before = everything()

    page = desk.change(north, is_active="yes", name="North")

    assert page.status_code == 422
    assert (
        "Active business – Paul Prasad would be at two businesses at once: Monday 9:00 to 17:00 at North, and Monday "
        "12:00 to 17:00 at Harbour Physio. Have the hours changed first."
    ) in words_of(page)
    assert typed(page)["name"] == "North"
    assert everything() == before


def test_every_time_and_everybody_it_happens_to_is_counted(cast, harbour, north, desk):
    works(cast.practitioner, north)
    works(cast.invited, north, days=[MONDAY])
    desk.change(north, is_active="no")
    works(cast.practitioner, harbour)
    works(cast.invited, harbour)

    words = words_of(desk.change(north, is_active="yes"))

    assert "Ivy Ito would be at two businesses at once: Monday 9:00 to 17:00 at North Rooms, and Monday" in words
    assert "The same goes for Paul Prasad. Have the hours changed first." in words

    Availability.objects.filter(practitioner__member=cast.invited, business=north).delete()
    assert "at Harbour Physio; and 4 more times. Have the hours changed first." in words_of(
        desk.change(north, is_active="yes")
    )


def test_hours_that_only_touch_are_no_hindrance(cast, harbour, north, desk):
    works(cast.practitioner, north, ends=NOON)
    desk.change(north, is_active="no")
    works(cast.practitioner, harbour, starts=NOON)

    assert desk.change(north, is_active="yes").status_code == 302


@pytest.mark.parametrize("reason", ["works elsewhere", "other one inactive", "no longer practises"])
def test_hours_that_count_for_nothing_are_no_hindrance(cast, harbour, north, desk, reason):
    """Nobody could change the hours of somebody who does not practise; they would be in the way for good."""
    BusinessFactory(account=cast.clinic)
    works(cast.practitioner, north)
    desk.change(north, is_active="no")
    works(cast.practitioner, harbour)
    if reason == "works elsewhere":
        cast.practitioner.practitioner.businesses.remove(north)
    elif reason == "other one inactive":
        Business.objects.filter(pk=harbour.pk).update(is_active=False)
    else:
        Member.objects.filter(pk=cast.practitioner.pk).update(is_practitioner=False)

    assert desk.change(north, is_active="yes").status_code == 302


def test_hours_of_somebody_inactive_are_looked_at_since_they_may_come_back(cast, harbour, north, desk):
    works(cast.practitioner, north)
    desk.change(north, is_active="no")
    works(cast.practitioner, harbour)
    Member.objects.filter(pk=cast.practitioner.pk).update(is_active=False)

    assert desk.change(north, is_active="yes").status_code == 422


def test_another_time_zone_is_refused_where_somebody_would_be_at_two_at_once(cast, harbour, north, desk):
    """Nine to noon here and one to five there fit; three hours further west the second begins at ten by our clock."""
    works(cast.practitioner, harbour, days=[MONDAY], ends=NOON)
    works(cast.practitioner, north, days=[MONDAY], starts=NOON + 60)
    before = everything()

    page = desk.change(north, time_zone="Asia/Riyadh", phone="02 5550 1000")

    assert page.status_code == 422
    assert (
        "Time zone – Paul Prasad would be at two businesses at once: Monday 9:00 to 12:00 at Harbour Physio, and "
        "Monday 13:00 to 17:00 at North Rooms. Have the hours changed first."
    ) in words_of(page)
    assert typed(page)["time_zone"] == "Asia/Riyadh"
    assert typed(page)["phone"] == "02 5550 1000"
    assert everything() == before


def test_one_in_which_the_hours_still_fit_is_taken(cast, harbour, north, desk):
    works(cast.practitioner, harbour, days=[MONDAY], ends=NOON)
    works(cast.practitioner, north, days=[MONDAY], starts=NOON + 60)

    assert desk.change(north, time_zone="Atlantic/Azores").status_code == 302
    north.refresh_from_db()
    assert north.time_zone == "Atlantic/Azores"


def test_one_that_is_inactive_can_be_moved_and_is_looked_at_when_it_opens(cast, harbour, north, desk):
    works(cast.practitioner, harbour, days=[MONDAY], ends=NOON)
    works(cast.practitioner, north, days=[MONDAY], starts=NOON + 60)
    desk.change(north, is_active="no")

    assert desk.change(north, time_zone="Asia/Riyadh").status_code == 302
    assert desk.change(north, is_active="yes").status_code == 422
    assert desk.change(north, is_active="yes", time_zone="UTC").status_code == 302


def test_two_weeks_of_the_year_in_which_clocks_differ_are_enough_to_refuse(cast, north, desk, time_machine):
    """London and New York are four hours apart for some weeks of spring, five for the rest of the year."""
    time_machine.move_to(datetime(2026, 1, 5, 12, tzinfo=UTC), tick=True)
    london = BusinessFactory(account=cast.clinic, name="London", time_zone="Europe/London")
    works(cast.practitioner, london, days=[MONDAY], starts=NINE, ends=FIVE)
    works(cast.practitioner, north, days=[MONDAY], starts=NOON, ends=NOON + 60)
    desk.change(north, is_active="no", time_zone="America/New_York")

    page = desk.change(north, is_active="yes")

    assert page.status_code == 422
    assert "Monday 12:00 to 13:00 at North Rooms" in words_of(page)


def test_it_is_looked_at_again_inside_the_lock(cast, harbour, north, desk, monkeypatch):
    works(cast.practitioner, north)
    desk.change(north, is_active="no")

    def _too_late(**given):
        works(cast.practitioner, harbour)
        return actions.update_business(**given)

    monkeypatch.setattr(views, "update_business", _too_late)

    page = desk.change(north, is_active="yes")

    assert page.status_code == 422
    assert "Paul Prasad would be at two businesses at once" in words_of(page)


# Deleted


def test_one_that_nothing_refers_to_is_deleted(cast, north, desk):
    assert "Delete North Rooms?" in words_of(desk.ask_to_delete(north))
    assert "It will be gone for good." in words_of(desk.ask_to_delete(north))

    answer = desk.delete(north)

    assert (answer.status_code, answer["Location"]) == (302, desk.address("businesses"))
    assert "North Rooms was deleted." in words_of(desk.listed())
    assert not Business.objects.filter(pk=north.pk).exists()
    entry = Activity.objects.get()
    assert (entry.verb, entry.actor) == (Activity.Verb.BUSINESS_DELETED, cast.administrator)
    assert entry.details == {"name": "North Rooms"}


def test_asking_deletes_nothing(north, desk):
    before = everything()

    assert desk.ask_to_delete(north).status_code == 200
    assert everything() == before


def works_there(cast, north):
    cast.practitioner.practitioner.businesses.add(north)


def has_hours(cast, north):
    works(cast.practitioner, north).businesses.remove(north)


def has_breaks(cast, north):
    rests(cast.practitioner, north)


def has_a_number(cast, north):
    ReferenceNumber.objects.create(
        practitioner=cast.practitioner.practitioner, kind="Provider", number="1", business=north
    )


@pytest.mark.parametrize(
    ("refer", "words"),
    [
        (works_there, "1 practitioner who works there"),
        (has_hours, "the hours of 1 practitioner"),
        (has_breaks, "the breaks of 1 practitioner"),
        (has_a_number, "1 reference number"),
    ],
)
def test_one_that_something_refers_to_is_not_and_the_page_says_what_and_whose(cast, north, desk, refer, words):
    refer(cast, north)
    before = everything()

    asked, sent = desk.ask_to_delete(north), desk.delete(north)

    assert (asked.status_code, sent.status_code) == (200, 422)
    for page in (asked, sent):
        assert "North Rooms can’t be deleted" in words_of(page)
        assert f"What refers to it {words}: Paul Prasad Make it inactive instead" in words_of(page)
        assert '<button class="button button--danger">' not in page.text
    assert f"North Rooms can’t be deleted, because of {words}. Make it inactive instead." in words_of(sent)
    assert everything() == before


def test_the_hours_of_somebody_who_left_are_counted_too(cast, north, desk):
    """They are kept, so that coming back is one switch."""
    works(cast.practitioner, north)
    works(cast.invited, north)
    Member.objects.filter(pk=cast.practitioner.pk).update(is_active=False, is_practitioner=False)

    words = words_of(desk.ask_to_delete(north))

    assert "the hours of 2 practitioners" in words
    assert "2 practitioners who work there" in words


def test_the_only_active_one_cannot_be_deleted_either(harbour, shut, desk):
    before = everything()

    assert "and a clinic keeps at least one. Add another business first." in words_of(desk.ask_to_delete(harbour))
    assert desk.delete(harbour).status_code == 422
    assert everything() == before


def test_an_inactive_one_can_be_deleted(harbour, shut, desk):
    assert desk.delete(shut).status_code == 302


def test_hours_given_between_the_question_and_the_answer_are_noticed(cast, north, desk):
    desk.ask_to_delete(north)
    works(cast.practitioner, north)

    assert desk.delete(north).status_code == 422
    assert Business.objects.filter(pk=north.pk).exists()


def test_what_protects_it_at_the_last_moment_is_answered_in_words(north, desk, monkeypatch):
    """A part of a suite may have reasons that no foreign key shows."""

    def _protected(*_args, **_kwargs):
        raise ProtectedError("Booked.", set())

    monkeypatch.setattr(Business, "delete", _protected)
    before = everything()

    page = desk.delete(north)

    assert page.status_code == 422
    assert "North Rooms can’t be deleted, since something refers to it. Make it inactive instead." in words_of(page)
    assert everything() == before


@pytest.fixture
def appointment(transactional_db):
    """A table of another part of a suite, whose rows would go with a business and which hides the way back."""

    class Appointment(models.Model):
        """Somebody is booked."""

        business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "practitioners"

        def __str__(self) -> str:
            return "an appointment"

    with connection.schema_editor() as editor:
        editor.create_model(Appointment)
    yield Appointment
    with connection.schema_editor() as editor:
        editor.delete_model(Appointment)
    del apps.all_models["practitioners"]["appointment"]
    apps.clear_cache()


@pytest.mark.django_db(transaction=True)
def test_a_table_of_another_part_of_the_suite_counts_too(appointment, cast, north, desk):
    for _ in range(2):
        appointment.objects.create(business=north)

    page = desk.delete(north)

    assert page.status_code == 422
    assert "North Rooms can’t be deleted, because of 2 appointments." in words_of(page)

    appointment.objects.all().delete()
    assert desk.delete(north).status_code == 302


# Who acts, and on what


@pytest.fixture
def each_action(cast, north):
    """Each action as a call of an actor, on North Rooms."""
    details = BusinessDetails.of(north)

    def add(actor):
        actions.add_business(actor=actor, details=BusinessDetails("South", "", "UTC", "", ""), submission=None)

    def update(actor):
        renamed = BusinessDetails(**{**vars(details), "name": "South"})
        actions.update_business(actor=actor, target=north, details=renamed, expected_version=north.version)

    def delete(actor):
        actions.delete_business(actor=actor, target=north)

    return [add, update, delete]


@pytest.mark.parametrize("change", [{"role": roles.RECEPTIONIST}, {"is_active": False}])
def test_whoever_lost_the_right_while_the_page_was_open_changes_nothing(cast, each_action, change):
    """A42."""
    stale = Member.objects.get(pk=cast.administrator.pk)
    Member.objects.filter(pk=stale.pk).update(**change)
    before = everything()

    for action in each_action:
        with pytest.raises(NotPermitted):
            action(stale)

    assert everything() == before


def test_a_business_of_another_clinic_cannot_be_reached_by_an_action(cast, each_action):
    """A38: whatever a view would have fetched."""
    before = everything()

    for action in each_action[1:]:
        with pytest.raises(NotPermitted, match="deleted meanwhile"):
            action(cast.outsider)

    assert everything() == before


def test_a_name_taken_between_the_form_and_the_action_is_noticed(cast, north, each_action):
    BusinessFactory(account=cast.clinic, name="SOUTH")

    for action in each_action[:2]:
        with pytest.raises(NameTaken):
            action(cast.administrator)


def test_the_database_holds_the_name_too(cast, north):
    with pytest.raises(Exception, match="(?i)unique"):
        BusinessFactory(account=cast.clinic, name="NORTH rooms")
