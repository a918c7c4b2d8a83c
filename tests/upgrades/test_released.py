"""The table of released states is whole, and each state is one that a database can be in."""

import pytest

from tests.upgrades.conftest import Upgraded
from tests.upgrades.released import RELEASES
from tests.upgrades.states import models_of, numbered_migrations

pytestmark = pytest.mark.xdist_group("upgrades")


def test_every_migration_is_in_one_released_state():
    """Whoever adds one says with which release it comes; a former release is as it was."""
    released = [migration for release in RELEASES for migration in release.migrations]

    assert len(released) == len(set(released))
    assert numbered_migrations() == set(released)


def test_every_table_of_a_state_holds_a_row_when_it_is_upgraded(upgraded: Upgraded):
    """Otherwise the tests here would say nothing of it."""
    tables = [model._meta.db_table for model in models_of(upgraded.release)]
    empty = [name for name in tables if not upgraded.before[name].rows]

    assert empty == []
