"""Every account has a business from the start, whichever way it came to be; one of before gets it by migration."""

from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from accounts.models import Account
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory
from accounts.tests.import_files import account, bring, csv_file, line
from practitioners.models import Business, Practitioner

pytestmark = pytest.mark.database

NORA = {
    "clinic_name": "Riverside Physio",
    "first_name": "Nora",
    "last_name": "Nilsen",
    "email": "nora@riverside.example",
    "password": "a boat called wednesday",
    "time_zone": "Australia/Sydney",
}


def businesses_of(clinic: Account) -> list[tuple[str, str, bool, int]]:
    return list(clinic.businesses.order_by("pk").values_list("name", "time_zone", "is_active", "colour"))


def riverside() -> Account:
    return Account.objects.get(name="Riverside Physio")


def test_a_clinic_that_somebody_signs_up_with_has_one(db):
    """Of the clinic's name and in its time zone; a double click opens no second one."""
    form = {**NORA, "submission": str(uuid4())}

    for _ in range(2):
        Client().post("/signup/", form)

    assert businesses_of(riverside()) == [("Riverside Physio", "Australia/Sydney", True, 0)]


def test_so_has_another_clinic_that_a_login_opens(cast, sign_in):
    form = {name: value for name, value in NORA.items() if name not in {"email", "password"}}

    sign_in(cast.owner).post("/signup/", {**form, "submission": str(uuid4()), "reverify_password": PASSWORD})

    assert businesses_of(riverside()) == [("Riverside Physio", "Australia/Sydney", True, 0)]
    assert businesses_of(cast.clinic) == [("Harbour Physio", "UTC", True, 0)]


def test_so_has_an_account_that_is_brought_over_however_often(db, tmp_path):
    path = csv_file(tmp_path, line(account_time_zone="Europe/Berlin"), line("Bob", account_time_zone="Europe/Berlin"))

    for _ in range(2):
        bring(path)

    assert businesses_of(account()) == [("Old Town Physio", "Europe/Berlin", True, 0)]


def test_so_has_the_demo_clinic(db):
    call_command("seed_demo", verbosity=0)

    assert {each.businesses.filter(is_active=True).exists() for each in Account.objects.all()} == {True}


def test_saving_an_account_again_opens_no_second_one(cast):
    cast.clinic.name = "Harbour and Quay"
    cast.clinic.save()

    assert businesses_of(cast.clinic) == [("Harbour Physio", "UTC", True, 0)]


def _migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("practitioners", name)])


@pytest.fixture
def migrated_back(transactional_db):
    """Return what migrates back to before there were businesses; afterwards everything is as it should be."""
    yield lambda: _migrate("0001_initial")
    call_command("migrate", verbosity=0)


@pytest.mark.slow
def test_accounts_of_before_get_one_each_by_migration_and_practitioners_stay(migrated_back):
    clinics = AccountFactory.create_batch(3, time_zone="Asia/Tokyo")
    member = MemberFactory(account=clinics[0], is_practitioner=True)
    practitioner = Practitioner.objects.get(member=member)
    migrated_back()
    assert Business._meta.db_table not in connection.introspection.table_names()

    call_command("migrate", verbosity=0)

    for clinic in clinics:
        assert businesses_of(clinic) == [(clinic.name, "Asia/Tokyo", True, 0)]
    assert list(Practitioner.objects.values_list("pk", "designation", "description", "version")) == [
        (practitioner.pk, "", "", 1)
    ]


@pytest.mark.slow
def test_accounts_that_have_one_get_no_other_by_migration(migrated_back):
    """Code of after, already running, may have opened one between the two migrations."""
    before, after = AccountFactory.create_batch(2)
    _migrate("0002_where_and_when")
    # Not one by one: the columns of later migrations are not there to be read.
    Business.objects.filter(account=before)._raw_delete(connection.alias)

    _migrate("0003_first_businesses")
    call_command("migrate", verbosity=0)

    assert businesses_of(before) == [(before.name, "UTC", True, 0)]
    assert businesses_of(after) == [(after.name, "UTC", True, 0)]


@pytest.mark.slow
def test_code_of_before_can_still_add_a_practitioner(migrated_back):
    """A node that has not been updated yet writes rows without the columns it does not know of."""
    member = MemberFactory()

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO practitioners_practitioner (member_id, created_at) VALUES (%s, %s)",
            [member.pk, member.joined_at],
        )

    practitioner = Practitioner.objects.get(member=member)
    assert (practitioner.designation, practitioner.description, practitioner.version) == ("", "", 1)
