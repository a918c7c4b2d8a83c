"""The release *phone numbers* brings numbers into one form, and the way back gives each its spelling.

How it does that, number by number, is tested in `accounts/tests/test_numbers_on_file.py`.
"""

from collections.abc import Iterator

import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.access import roles
from accounts.models import Dispute, Member
from practitioners.models import Business
from tests.upgrades.conftest import NewDatabase
from tests.upgrades.databases import in_use
from tests.upgrades.released import RELEASES
from tests.upgrades.states import apps_of, migrate_to, tables
from tests.upgrades.story import login

RELEASE = next(each for each in RELEASES if each.name == "phone numbers")
FORMER = RELEASES[RELEASES.index(RELEASE) - 1]
TYPED = ["(02) 9999-9999", "+44 (0)20 7946 0958", "0412 345 678", "0412 345 678 (Jo)"]
KEPT = ["+442079460958", "+61299999999", "+61412345678", "0412 345 678 (Jo)"]

pytestmark = pytest.mark.slow


@pytest.fixture
def former(own_database: NewDatabase, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database of the release before, with each spelling wherever there are numbers."""
    with django_db_blocker.unblock(), in_use(own_database()):
        migrate_to(FORMER)
        write_numbers(apps_of(FORMER))
        yield


def write_numbers(apps: Apps) -> None:
    """As people of that release typed them."""
    olive = login(apps, "Olive")
    clinic = apps.get_model("accounts.Account").objects.create(
        name="Harbour Physio", slug="harbour-physio", time_zone="Australia/Sydney", creator=olive
    )
    for number in TYPED:
        member = apps.get_model("accounts.Member").objects.create(
            account=clinic,
            user=login(apps, f"jo{len(number)}", password="!"),
            first_name="Jo",
            last_name="Old",
            role=roles.RECEPTIONIST,
            mobile=number,
        )
        apps.get_model("accounts.Dispute").objects.create(
            account=clinic, filed_by=member, story="It is mine.", phone=number, created_at=timezone.now()
        )
        clinic.businesses.create(name=f"At {number}", time_zone="Australia/Sydney", phone=number)


def on_file() -> list[list[str]]:
    """The numbers of people, of requests and of businesses."""
    places = ((Member, "mobile"), (Dispute, "phone"), (Business, "phone"))
    return [sorted(model.objects.values_list(name, flat=True)) for model, name in places]


def test_migrating_makes_numbers_e164_and_the_way_back_gives_each_its_spelling(former: None):
    before = tables()
    call_command("migrate", verbosity=0)
    made = on_file()
    migrate_to(FORMER)
    after = tables()

    assert made == [KEPT, KEPT, KEPT]
    assert [name for name in before if sorted(after[name].rows) != sorted(before[name].rows)] == []
