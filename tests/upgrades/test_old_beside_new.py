"""While processes are restarted, code of the last release works on a database that was migrated already.

The promise is between neighbours. It holds for every older release by now; the first for which it can't leaves the list
that these tests go through (`release`, in conftest.py), and the changelog says so.
"""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoDbBlocker

from tests.upgrades.conftest import undone
from tests.upgrades.databases import Database
from tests.upgrades.released import RELEASES, Release
from tests.upgrades.states import lost, models_of, newest_apps, tables
from tests.upgrades.story import tell

pytestmark = pytest.mark.xdist_group("upgrades")


@pytest.fixture
def new_data(newest: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What the new code writes."""
    with django_db_blocker.unblock(), undone(newest):
        tell(newest_apps())
        yield


def test_old_code_adds_rows_to_every_table(beside: Release):
    """What was added to a table since is filled in by the database, or left empty."""
    assert [model for model in models_of(beside) if not model._base_manager.exists()] == []


def test_old_code_reads_what_new_code_wrote(release: Release, new_data: None):
    """Nothing that it reads was taken away or given another name."""
    assert [model for model in models_of(release) if not list(model._base_manager.all())] == []


def test_old_code_saves_what_new_code_wrote_and_takes_nothing_from_it(release: Release, new_data: None):
    before = tables()
    for model in models_of(release):
        for row in model._base_manager.all():
            row.save(force_update=True)

    assert lost(before, tables()) == []


def test_old_code_deletes_what_it_made(beside: Release):
    """Whole accounts, as erasing does; in any order, since the database looks at the end for what refers to nothing."""
    models = models_of(beside)
    for model in models:
        model._base_manager.all()._raw_delete(connection.alias)
    connection.check_constraints()

    assert [model for model in models if model._base_manager.exists()] == []


def test_old_code_deletes_nothing_that_a_table_it_does_not_know_refers_to(newest: Database, new_data: None):
    """Erasing waits for the new workers then: the database refuses, and nothing is half gone."""
    [account] = (model for model in models_of(RELEASES[1]) if model._meta.label == "accounts.Account")

    with transaction.atomic():
        account.objects.all()._raw_delete(connection.alias)
        with pytest.raises(IntegrityError):
            connection.check_constraints()
        transaction.set_rollback(True)
