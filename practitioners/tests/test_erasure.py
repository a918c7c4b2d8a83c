"""With a closed account go its businesses, hours, breaks and numbers, and nobody else's."""

from datetime import timedelta

import pytest
from django.apps import apps

from accounts.clinic_settings.closing import erasure
from accounts.models import Account, Member
from accounts.models.account import TIME_TO_REOPEN
from clinic.clock import database_now
from practitioners.businesses.actions import add_business, update_business
from practitioners.businesses.details import BusinessDetails
from practitioners.models import ReferenceNumber
from practitioners.tests.factories import BusinessFactory, first_business, rests, works

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Rows = dict[str, dict[int, dict[str, object]]]


def fill(clinic: Account, practitioner: Member) -> None:
    """Leave rows of every kind: at a business that is active, and at one that is not."""
    for business in (first_business(clinic), BusinessFactory(account=clinic, is_active=False)):
        person = works(practitioner, business)
        rests(practitioner, business)
        for where in (business, None):
            ReferenceNumber.objects.create(practitioner=person, kind="Provider", number="1", business=where)


def all_rows() -> Rows:
    """Every row of every table of this app."""
    models = apps.get_app_config("practitioners").get_models(include_auto_created=True)
    return {each._meta.label: {row["id"]: row for row in each._default_manager.values()} for each in models}


def close(clinic: Account) -> None:
    """Let the thirty days since it was closed be over."""
    past = database_now() - timedelta(seconds=1)
    Account.objects.filter(pk=clinic.pk).update(closed_at=past - TIME_TO_REOPEN, erase_at=past)


@pytest.fixture
def elsewhere(cast) -> Rows:
    """All rows of the app while only the other clinic has any."""
    Member.objects.filter(pk=cast.outsider.pk).update(is_practitioner=True)
    cast.outsider.refresh_from_db()
    cast.outsider.save()
    fill(cast.other_clinic, cast.outsider)
    theirs = all_rows()
    ours = {cast.practitioner.practitioner.pk, cast.invited.practitioner.pk}
    for pk in ours:
        del theirs["practitioners.Practitioner"][pk]
    del theirs["practitioners.Business"][first_business(cast.clinic).pk]
    return theirs


def test_everything_of_the_account_goes_and_everything_of_another_stays_as_it_is(cast, elsewhere):
    fill(cast.clinic, cast.practitioner)
    assert all(len(all_rows()[label]) > len(rows) > 0 for label, rows in elsewhere.items())
    close(cast.clinic)

    assert erasure.erase(cast.clinic.pk) is True

    assert all_rows() == elsewhere


def test_what_was_done_to_businesses_is_erased_with_them(cast):
    """The log names them."""
    details = BusinessDetails("North Rooms", "", "UTC", "", "")
    business = add_business(actor=cast.administrator, details=details, submission=None)
    renamed = BusinessDetails("South Rooms", "", "UTC", "", "")
    update_business(actor=cast.administrator, target=business, details=renamed, expected_version=1)
    assert cast.clinic.activity.count() == 2
    close(cast.clinic)

    assert erasure.erase(cast.clinic.pk) is True

    assert not apps.get_model("accounts", "Activity").objects.exists()


def test_somebody_who_practises_at_two_clinics_keeps_their_hours_at_the_other(cast, elsewhere):
    there = works(cast.outsider)
    Member.objects.filter(pk=cast.practitioner.pk).update(user=cast.outsider.user)
    fill(cast.clinic, cast.practitioner)
    hours = there.availability_set.count()
    close(cast.clinic)

    assert erasure.erase(cast.clinic.pk) is True

    assert there.availability_set.count() == hours > 0
