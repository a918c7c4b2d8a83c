"""The way back, a release at a time, with data: docs/upgrading.md names all that it costs, and nothing else is lost."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError
from pytest_django import DjangoDbBlocker

from tests.upgrades.conftest import NewDatabase
from tests.upgrades.databases import Database, in_use
from tests.upgrades.released import RELEASES, Release
from tests.upgrades.states import APPS, apps_of, gone, lost, migrate_to, newest_apps, tables
from tests.upgrades.story import tell

PAGE = (Path(settings.BASE_DIR) / "docs" / "upgrading.md").read_text()

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("upgrades")]


@pytest.fixture
def full(own_database: NewDatabase, newest: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database at the head, with the new code's data."""
    with django_db_blocker.unblock(), in_use(own_database(like=newest)):
        tell(newest_apps())
        yield


def forget_what_has_no_login() -> None:
    """The rows that the page says to delete before the way back to the first release."""
    apps = apps_of(RELEASES[1])
    apps.get_model("accounts.OutboundEmail").objects.filter(user=None).delete()
    somebody = apps.get_model("accounts.User").objects.order_by("pk")[0]
    apps.get_model("accounts.Account").objects.filter(creator=None).update(creator=somebody)


def told(release: Release) -> tuple[set[str], set[str]]:
    """What the page says of a release: its migrations, and what the way back from it loses."""
    [cells] = re.findall(rf"^\| {release.name} \|([^|]+)\|([^|]+)\|", PAGE, re.MULTILINE)
    migrations, loses = (set(re.findall(r"`([a-z0-9_.]+)`", cell)) for cell in cells)
    return migrations, loses


def test_the_page_names_every_migration(each_release: Release):
    assert told(each_release)[0] == {migration[: migration.index("_")] for migration in each_release.migrations}


def test_each_way_back_costs_what_the_page_says_and_the_way_forth_costs_nothing(full: None):
    for former, release in reversed([*pairwise(RELEASES)]):
        if former is RELEASES[0]:
            forget_what_has_no_login()
        before = tables()
        migrate_to(former)

        assert gone(before, tables()) == told(release)[1]
        assert lost(before, tables()) == []
    before = tables()
    call_command("migrate", verbosity=0)

    assert lost(before, tables()) == []


def test_there_is_no_way_back_to_the_first_release_with_rows_that_it_has_no_place_for(full: None):
    """An account that nobody opened, mail to nobody's login: it stops at once, and all is as it was."""
    migrate_to(RELEASES[1])
    before = tables()

    with pytest.raises(IntegrityError):
        migrate_to(RELEASES[0])
    assert tables() == before


def test_all_of_it_can_be_undone_and_made_again(full: None):
    forget_what_has_no_login()
    before = tables()
    for app in reversed(APPS):
        call_command("migrate", app, "zero", verbosity=0)
    undone = tables()
    call_command("migrate", verbosity=0)

    assert [name for name in undone if name.startswith(APPS)] == []
    assert gone(before, tables()) == set()
