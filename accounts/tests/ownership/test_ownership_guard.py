"""The database keeps an account's last owner, whoever goes round the actions and however (K2, C17).

What two connections do to each other is in tests/races/test_shell.py.
"""

from copy import copy
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, transaction
from django.db.models import Field, Model

from accounts.access import roles
from accounts.models import Account, Member
from accounts.tests.factories import AccountFactory, MemberFactory
from accounts.tests.owners import administrators_without_owner
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEPT = "The account would have no owner. Make somebody else an owner first."
GUARD = {"accounts_keep_an_owner_on_update", "accounts_keep_an_owner_on_delete"}


@pytest.fixture
def clinic(db) -> Account:
    """A clinic with one owner and nobody else."""
    account = AccountFactory()
    MemberFactory(account=account, user=account.creator, role=roles.ADMINISTRATOR, is_owner=True)
    return account


@pytest.fixture
def owner(clinic) -> Member:
    """The only owner."""
    return clinic.members.get()


@pytest.fixture
def second(clinic, owner) -> Member:
    """Another owner beside the first."""
    return MemberFactory(account=clinic, role=roles.ADMINISTRATOR, is_owner=True)


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(attempt, *of: Model) -> None:
    """Make the attempt, and see that the guard refuses it."""
    with pytest.raises(IntegrityError, match=KEPT), transaction.atomic():
        attempt(*of)


# One owner


def updated(owner):
    Member.objects.filter(pk=owner.pk).update(is_owner=False)


def saved(owner):
    owner.is_owner = False
    owner.save()


def saved_among_others(owner):
    owner.is_owner = False
    Member.objects.bulk_update([owner], ["is_owner"])


def deleted(owner):
    owner.delete()


def deleted_by_queryset(owner):
    Member.objects.filter(pk=owner.pk).delete()


def moved(owner):
    owner.account = AccountFactory()
    owner.save()


def updated_by_sql(owner):
    execute("UPDATE accounts_member SET is_owner = %s, role = %s WHERE id = %s", False, "scheduler", owner.pk)


def deleted_by_sql(owner):
    execute("DELETE FROM accounts_member WHERE id = %s", owner.pk)


def moved_by_sql(owner):
    execute("UPDATE accounts_member SET account_id = %s WHERE id = %s", AccountFactory().pk, owner.pk)


@pytest.fixture(
    params=[
        *(updated, saved, saved_among_others, deleted, deleted_by_queryset, moved),
        *(updated_by_sql, deleted_by_sql, moved_by_sql),
    ],
    ids=lambda way: way.__name__,
)
def way(request):
    """A way for an account to lose an owner."""
    return request.param


def test_the_only_owner_cannot_be(way, clinic, owner):
    refused(way, owner)

    [kept] = Member.objects.all()
    assert (kept.pk, kept.account, kept.is_owner, kept.role) == (owner.pk, clinic, True, roles.ADMINISTRATOR)


def test_one_of_two_owners_can_be_and_the_other_then_cannot(way, clinic, owner, second):
    way(owner)

    assert [each.pk for each in clinic.members.filter(is_owner=True)] == [second.pk]
    refused(way, second)


def test_owners_of_other_accounts_do_not_count(way, owner):
    elsewhere = MemberFactory(user=owner.user, role=roles.ADMINISTRATOR, is_owner=True)

    refused(way, owner)

    assert Member.objects.filter(pk__in=[owner.pk, elsewhere.pk], is_owner=True).count() == 2


# Several at once


def all_updated(clinic):
    clinic.members.update(is_owner=False)


def all_deleted(clinic):
    clinic.members.all().delete()


def all_updated_by_sql(clinic):
    execute("UPDATE accounts_member SET is_owner = %s WHERE account_id = %s", False, clinic.pk)


def all_deleted_by_sql(clinic):
    execute("DELETE FROM accounts_member WHERE account_id = %s", clinic.pk)


def all_moved_by_sql(clinic):
    execute("UPDATE accounts_member SET account_id = %s WHERE account_id = %s", AccountFactory().pk, clinic.pk)


def everybody_everywhere_updated(_clinic):
    Member.objects.update(is_owner=False)


@pytest.mark.parametrize(
    "at_once",
    [
        *(all_updated, all_deleted, all_updated_by_sql, all_deleted_by_sql, all_moved_by_sql),
        everybody_everywhere_updated,
    ],
)
def test_all_owners_at_once_cannot_be(at_once, clinic, owner, second):
    refused(at_once, clinic)

    assert clinic.members.filter(is_owner=True).count() == 2


def test_one_after_the_other_in_one_transaction_the_last_is_kept(owner, second):
    def both():
        updated(owner)
        updated(second)

    refused(both)

    assert Member.objects.filter(is_owner=True).count() == 2


def test_ownership_can_be_handed_on_in_one_transaction(clinic, owner):
    heir = MemberFactory(account=clinic, role=roles.ADMINISTRATOR)

    Member.objects.filter(pk=heir.pk).update(is_owner=True)
    updated(owner)

    assert clinic.members.get(is_owner=True) == heir


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Only SQLite replaces rows.")
def test_the_only_owners_row_cannot_be_replaced(owner):
    def replaced():
        execute("CREATE TEMPORARY TABLE copied AS SELECT * FROM accounts_member WHERE id = %s", owner.pk)
        execute("UPDATE copied SET is_owner = %s", False)
        execute("INSERT OR REPLACE INTO accounts_member SELECT * FROM copied")

    refused(replaced)

    assert Member.objects.get().is_owner


# What the guard has nothing to do with


def test_the_people_of_an_account_without_owners_can_be_changed_and_deleted():
    bea, ben = administrators_without_owner()

    Member.objects.filter(pk=bea.pk).update(is_owner=False, role=roles.SCHEDULER)
    saved(ben)
    deleted_by_sql(ben)
    bea.delete()

    assert not Member.objects.exists()


def test_the_only_owners_other_details_and_the_people_beside_them_can_be_changed(clinic, owner):
    beside = MemberFactory(account=clinic)

    owner.first_name = "Olivia"
    owner.save()
    execute("UPDATE accounts_member SET last_name = %s, is_owner = %s WHERE id = %s", "Oz", True, owner.pk)
    beside.delete()

    assert [each.full_name for each in clinic.members.all()] == ["Olivia Oz"]


# The way out: an account that was closed, and whose time to reopen has passed


def close(clinic: Account, *, erase_in: timedelta) -> None:
    now = database_now()
    Account.objects.filter(pk=clinic.pk).update(closed_at=now - timedelta(days=30), erase_at=now + erase_in)


def test_an_account_that_has_owners_cannot_be_deleted_whole(clinic):
    refused(Account.delete, clinic)

    assert clinic.members.filter(is_owner=True).exists()


def test_nor_can_one_that_is_closed_and_not_due(clinic):
    close(clinic, erase_in=timedelta(minutes=1))

    refused(Account.delete, clinic)

    assert clinic.members.filter(is_owner=True).exists()


def test_one_that_is_due_to_be_erased_can(clinic):
    close(clinic, erase_in=-timedelta(seconds=1))

    clinic.delete()

    assert not Account.objects.filter(pk=clinic.pk).exists()


def test_the_owners_of_one_that_is_due_to_be_erased_can_go_first(way, clinic, owner):
    close(clinic, erase_in=-timedelta(seconds=1))

    way(owner)

    assert not clinic.members.filter(is_owner=True).exists()


# There from the first migration on, and after each


def guard() -> set[str]:
    """The names of the triggers on the table of members."""
    statements = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'accounts_member'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = 'accounts_member'::regclass AND NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def left_behind() -> set[str]:
    """What there is in the database under names of this app: tables, indexes, triggers, functions."""
    statements = {
        "sqlite": "SELECT name FROM sqlite_master WHERE name LIKE 'accounts%'",
        "postgresql": """
            SELECT relname FROM pg_class WHERE relname LIKE 'accounts%'
            UNION SELECT proname FROM pg_proc WHERE proname LIKE 'accounts%'
            UNION SELECT tgname FROM pg_trigger WHERE tgname LIKE 'accounts%'
        """,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def test_the_guard_is_there_after_all_migrations():
    assert guard() == GUARD


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_before_accounts_could_be_closed_there_is_no_guard_and_afterwards_there_is_one(owner, second):
    """It asks when an account is erased. Without that column it would turn everything down."""
    try:
        call_command("migrate", "accounts", "0001", verbosity=0)
        execute("UPDATE accounts_member SET is_owner = %s WHERE id = %s", False, second.pk)
    finally:
        call_command("migrate", verbosity=0)

    assert guard() == GUARD
    refused(updated, owner)


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_undoing_all_migrations_leaves_nothing_of_it_behind():
    try:
        call_command("migrate", "accounts", "zero", verbosity=0)
        left = left_behind()
    finally:
        call_command("migrate", verbosity=0)

    assert left == set()
    assert guard() == GUARD


def alter(model: type[Model], *fields: Field) -> None:
    """Change a field from one to another, as a migration does; on SQLite that makes the table anew."""
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    with connection.schema_editor() as editor:
        editor.alter_field(model, *fields)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("model", "name"), [(Account, "name"), (Member, "first_name")])
def test_a_migration_that_changes_a_table_leaves_the_guard_on_it(model, name, owner):
    field = model._meta.get_field(name)
    longer = copy(field)
    longer.max_length += 20

    alter(model, field, longer)
    try:
        assert guard() == GUARD
        refused(updated, owner)
    finally:
        alter(model, longer, field)


# Emptying the whole database


@pytest.mark.django_db(transaction=True)
def test_flush_empties_everything_and_the_guard_is_there_again(owner, monkeypatch):
    """Django takes the tables in an order of chance; here members come before accounts, which is the harder one."""
    by_chance = connection.introspection.django_table_names
    monkeypatch.setattr(
        connection.introspection, "django_table_names", lambda **options: sorted(by_chance(**options), reverse=True)
    )

    call_command("flush", interactive=False, verbosity=0)

    assert not Member.objects.exists()
    assert guard() == GUARD
