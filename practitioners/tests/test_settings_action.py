"""`save_settings`: the policy, the version, the rules and the record, all under the lock (S13 to S15, S22, C6, C7)."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.stale import ChangedMeanwhile
from accounts.models import Account, Activity, Member
from practitioners.models import Availability, Break, Business, Practitioner
from practitioners.schedule.week import Row, What
from practitioners.settings.actions import save_settings
from practitioners.settings.details import PractitionerSettings
from practitioners.tests.factories import FIVE, NINE, NOON, ONE, BusinessFactory, first_business, rests, works

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MONDAY, TUESDAY = 0, 1


@pytest.fixture
def harbour(cast) -> Business:
    """The clinic's first business."""
    return first_business(cast.clinic)


@pytest.fixture
def paul(cast) -> Practitioner:
    """The practitioner of the cast."""
    return Practitioner.objects.get(member=cast.practitioner)


@pytest.fixture
def save(cast, paul):
    """Save what is on file with some parts changed, as Adam unless told; returns what is on file then."""

    def _save(*, actor=None, version=None, **parts):
        settings = replace(PractitionerSettings.of(paul), **parts)
        paul.refresh_from_db()
        version = paul.version if version is None else version
        save_settings(actor=actor or cast.administrator, practitioner=paul, settings=settings, expected_version=version)
        paul.refresh_from_db()
        return PractitionerSettings.of(paul)

    return _save


def row(business, what=What.HOURS, weekday=MONDAY, starts=NINE, ends=FIVE):
    return Row(what, business.pk, business.zone, weekday, starts, ends)


def test_all_parts_are_saved_and_written_down(cast, paul, harbour, save):
    rows = (row(harbour), row(harbour, What.BREAK, starts=NOON, ends=ONE))
    numbers = (("Provider number", "2426621B", None), ("Registration", "PHY1", harbour.pk))

    found = save(designation="Physio", description="Knees.", businesses={harbour.pk}, numbers=numbers, rows=rows)

    assert (found.designation, found.description) == ("Physio", "Knees.")
    assert (found.businesses, found.numbers, found.rows) == (frozenset({harbour.pk}), numbers, rows)
    assert paul.version == 2
    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("practitioner_updated", cast.administrator, cast.practitioner)
    assert entry.details == {
        "designation": ["", "Physio"],
        "description": ["", "Knees."],
        "businesses": [0, 1],
        "numbers": [0, 2],
        "hours": [0, 1],
        "breaks": [0, 1],
    }


def test_a_long_text_is_written_down_in_short(save):
    save(description="x" * 2000)

    assert [len(text) for text in Activity.objects.get().details["description"]] == [0, 100]


def test_where_nothing_differs_nothing_is_written(cast, paul, save):
    works(cast.practitioner)
    before = PractitionerSettings.of(paul)

    # A list of businesses, and rows in another order, are the same settings.
    save(businesses=list(before.businesses), rows=before.rows[::-1], version=99)

    assert paul.version == 1
    assert not Activity.objects.exists()


def test_rows_and_numbers_that_stay_keep_their_ids(cast, paul, harbour, save):
    works(cast.practitioner)
    rests(cast.practitioner)
    save(numbers=(("A", "1", None), ("B", "2", None)))
    models = (Availability, Break, paul.reference_numbers.model)
    before = [list(model.objects.order_by("pk").values_list("pk", flat=True)) for model in models]
    on_file = PractitionerSettings.of(paul)
    rows = [each for each in on_file.rows if each.weekday != MONDAY]

    save(rows=(*rows, row(harbour, weekday=MONDAY, ends=NOON)), numbers=(("B", "2", None), ("C", "3", None)))

    after = [set(model.objects.values_list("pk", flat=True)) for model in models]
    assert [len(ids) for ids in after] == [5, 4, 2]
    assert [set(ids[1:]) <= kept for ids, kept in zip(before, after, strict=True)] == [True] * 3
    assert [ids[0] in kept for ids, kept in zip(before, after, strict=True)] == [False] * 3


def test_the_clock_of_a_row_is_the_one_its_business_has_now(cast, paul, harbour, save):
    stale = row(harbour)
    Business.objects.filter(pk=harbour.pk).update(time_zone="Asia/Tokyo")

    [found] = save(businesses={harbour.pk}, rows=(stale,)).rows

    assert found.zone.key == "Asia/Tokyo"


def test_what_somebody_else_saved_meanwhile_is_not_written_over(cast, paul, save):
    save(designation="Physio")

    with pytest.raises(ChangedMeanwhile, match="choose Save practitioner settings again"):
        save(designation="Osteopath", version=1)

    paul.refresh_from_db()
    assert (paul.designation, paul.version) == ("Physio", 2)


def test_a_practitioner_saves_their_own(cast, paul, save):
    """C6, S14."""
    save(actor=cast.practitioner, designation="Physio")

    assert paul.designation == "Physio"


@pytest.mark.parametrize("who", ["receptionist", "invited"])
def test_nobody_else_without_the_role_does(cast, paul, save, who):
    with pytest.raises(NotPermitted):
        save(actor=getattr(cast, who), designation="Mallory")

    paul.refresh_from_db()
    assert paul.designation == ""


def test_an_owners_are_saved_by_nobody_else_though_they_became_one_after_the_page_was_opened(cast, paul, save):
    """S22."""
    Member.objects.filter(pk=cast.practitioner.pk).update(is_owner=True, role="administrator")

    with pytest.raises(NotPermitted, match="You may not change the practitioner settings of Paul Prasad"):
        save(designation="Mallory")

    save(actor=cast.practitioner, designation="Physio")
    assert paul.designation == "Physio"


def test_of_somebody_who_practises_no_more_nothing_is_saved(cast, paul, save):
    Member.objects.filter(pk=cast.practitioner.pk).update(is_practitioner=False)

    with pytest.raises(NotPermitted):
        save(designation="Physio")


@pytest.mark.parametrize("what", ["locked_at", "closed_at"])
def test_in_a_clinic_that_is_shut_nothing_is_saved(cast, paul, save, what):
    """S37."""
    now = cast.clinic.created_at
    dates = {"locked_at": {"locked_at": now}, "closed_at": {"closed_at": now, "erase_at": now}}
    Account.objects.filter(pk=cast.clinic.pk).update(**dates[what])

    with pytest.raises(NotPermitted):
        save(designation="Physio")


def test_somebody_of_another_clinic_is_not_found(cast, paul):
    """A38."""
    settings = replace(PractitionerSettings.of(paul), designation="Mallory")

    with pytest.raises(NotPermitted):
        save_settings(actor=cast.outsider, practitioner=paul, settings=settings, expected_version=1)


@pytest.mark.parametrize("part", ["businesses", "rows", "numbers"])
def test_a_business_of_another_clinic_is_refused_wherever_it_is_named(cast, paul, save, part):
    """C26, A38."""
    theirs = first_business(cast.other_clinic)
    parts = {"businesses": {theirs.pk}, "rows": (row(theirs),), "numbers": (("Provider", "1", theirs.pk),)}

    with pytest.raises(ActionRefused, match="is not, or no longer, in this clinic"):
        save(**{part: parts[part]})

    assert PractitionerSettings.of(paul) == PractitionerSettings("", "", frozenset(), (), ())


@pytest.mark.parametrize("part", ["businesses", "rows", "numbers"])
def test_at_an_inactive_business_nothing_new_is_saved(cast, harbour, save, part):
    Business.objects.filter(pk=harbour.pk).update(is_active=False)
    parts = {"businesses": {harbour.pk}, "rows": (row(harbour),), "numbers": (("Provider", "1", harbour.pk),)}

    with pytest.raises(ActionRefused, match="is inactive now, so nothing can be changed there"):
        save(**{part: parts[part]})


def test_what_is_on_file_at_an_inactive_business_stays(cast, paul, harbour, save):
    works(cast.practitioner)
    Business.objects.filter(pk=harbour.pk).update(is_active=False)
    before = PractitionerSettings.of(paul)

    assert save(designation="Physio") == replace(before, designation="Physio")


def test_hours_that_wait_at_an_inactive_business_do_not_stand_in_the_way_of_others(cast, harbour, save):
    works(cast.practitioner)
    Business.objects.filter(pk=harbour.pk).update(is_active=False)
    west = BusinessFactory(account=cast.clinic)

    found = save(businesses={harbour.pk, west.pk}, rows=(*(row(harbour, weekday=day) for day in range(5)), row(west)))

    assert len(found.rows) == 6


@pytest.mark.parametrize("what", ["row", "number"])
def test_a_rule_is_held_here_too(cast, harbour, save, what):
    """A form of ours would have said it; whoever calls without one is held to the same."""
    broken = {
        "row": {"businesses": {harbour.pk}, "rows": (row(harbour), row(harbour, starts=NOON))},
        "number": {"numbers": (("Provider", "1", None),) * 2},
    }

    with pytest.raises(ActionRefused, match="Overlaps 12:00 to 17:00 on Monday|in the list already"):
        save(**broken[what])


def test_hours_where_somebody_does_not_work_are_kept_and_clash_with_nothing(cast, harbour, save):
    west = BusinessFactory(account=cast.clinic)

    found = save(businesses={west.pk}, rows=(row(harbour), row(west)))

    assert len(found.rows) == 2


def test_saving_takes_as_many_queries_for_twenty_rows_as_for_two(harbour, save):
    """Lists are compared in memory and written in one go."""

    def queries_for(days, hours):
        rows = [
            row(harbour, weekday=day, starts=NINE + 60 * hour, ends=NINE + 60 * hour + 30)
            for day in range(days)
            for hour in range(hours)
        ]
        save(businesses={harbour.pk}, rows=(row(harbour, weekday=6),))
        with CaptureQueriesContext(connection) as captured:
            save(businesses={harbour.pk}, rows=tuple(rows))
        return len(captured)

    assert queries_for(days=2, hours=1) == queries_for(days=5, hours=4)
