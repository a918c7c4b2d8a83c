"""Who owns an account that was brought over (S25, S26)."""

import pytest

from accounts.access import roles
from accounts.models import Activity, Member
from accounts.ownership.actions import relinquish_ownership
from accounts.tests.address_changes import pending_change
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.import_files import account, bring, csv_file, line, member, of_another_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def owners(reference: str = "A17") -> set[str]:
    return set(account(reference).members.filter(is_owner=True).values_list("first_name", flat=True))


# Before 4 June 2019


@pytest.mark.parametrize(
    ("lines", "owner", "words"),
    [
        ([line("Ann")], {"Ann"}, "owned by ann@old.example"),
        ([line("Rob", role="receptionist"), line("Ann"), line("Pru", role="practitioner")], {"Ann"}, "owned by ann@"),
        ([line("Ann"), line("Ina", is_active="no")], {"Ann"}, "owned by ann@old.example"),
        ([line("Ann"), line("Bob")], set(), "no owner (several active administrators; support can appoint one)"),
        ([line("Ann"), line("Bob"), line("Cleo")], set(), "no owner (several active administrators"),
        ([line("Rob", role="receptionist")], set(), "no owner (no active administrator)"),
        ([line("Ina", is_active="no")], set(), "no owner (no active administrator)"),
        ([line("Rob", role="power_receptionist"), line("Ina", is_active="no")], set(), "no owner (no active"),
    ],
    ids=["one", "one among others", "one and an inactive one", "two", "three", "none", "an inactive one", "neither"],
)
def test_of_an_old_account_the_only_active_administrator_becomes_the_owner(tmp_path, lines, owner, words):
    ran = bring(csv_file(tmp_path, *lines))

    assert owners() == owner
    assert words in ran.about("account A17")


def test_of_an_old_account_it_does_not_count_who_is_named(tmp_path):
    bring(csv_file(tmp_path, line("Ann", is_owner="yes"), line("Bob", is_owner="no")))

    assert owners() == set()


@pytest.mark.parametrize(
    ("created", "has_old_rule"),
    [
        ("2005-01-01", True),
        ("2019-06-03", True),
        ("2019-06-03T23:59:59.999999", True),
        ("2019-06-04T09:59:59+10:00", True),
        ("2019-06-04", False),
        ("2019-06-04T00:00:00Z", False),
        ("2019-06-03T20:00:00-04:00", False),
        ("2019-06-05", False),
    ],
)
def test_the_day_itself_belongs_to_the_later_accounts(tmp_path, created, has_old_rule):
    ran = bring(csv_file(tmp_path, line("Ann", account_created=created)))

    assert owners() == ({"Ann"} if has_old_rule else set())
    assert ("nobody" in ran.about("account A17") or "is named as owner" in ran.about("account A17")) != has_old_rule


# From then on


@pytest.mark.parametrize(
    ("lines", "owner"),
    [
        ([of_another_clinic("Ann", is_owner="yes"), of_another_clinic("Bob", is_owner="no")], {"Ann"}),
        ([of_another_clinic("Ann", is_owner="yes"), of_another_clinic("Bob", is_owner="yes")], {"Ann", "Bob"}),
        ([of_another_clinic("Ann")], set()),
        ([of_another_clinic("Ann"), of_another_clinic("Rob", role="receptionist", is_owner="yes")], set()),
        ([of_another_clinic("Ann"), of_another_clinic("Ina", is_active="no", is_owner="yes")], set()),
    ],
    ids=["one", "two", "nobody is named", "a receptionist is named", "somebody inactive is named"],
)
def test_a_later_account_is_owned_by_those_who_are_named_and_are_active_administrators(tmp_path, lines, owner):
    ran = bring(csv_file(tmp_path, *lines))

    assert owners("B4") == owner
    if not owner:
        words = "no owner (no active administrator is named as owner; support can appoint one)"
        assert words in ran.about("account B4")


def test_somebody_named_who_cannot_be_an_owner_is_said_also_to_who_wants_it_quiet(tmp_path):
    lines = [of_another_clinic("Ann", is_owner="yes"), of_another_clinic("Rob", role="receptionist", is_owner="yes")]

    ran = bring(csv_file(tmp_path, *lines), "--quiet")

    words = "rob@old.example: added as receptionist, not as an owner, who has to be an active administrator"
    assert ran.about("line 3") == words
    assert owners("B4") == {"Ann"}


def test_each_owner_is_recorded_with_the_rule_that_made_them_one(tmp_path):
    bring(csv_file(tmp_path, line("Ann"), of_another_clinic("Xena", is_owner="yes")))

    granted = Activity.objects.filter(verb=Activity.Verb.OWNERSHIP_GRANTED, actor=None, staff=None).order_by("pk")
    assert [(each.subject.first_name, each.details) for each in granted] == [
        ("Ann", {"rule": "2019-06-04"}),
        ("Xena", {"rule": "file"}),
    ]


# Where not all administrators are known


NOT_CSV = 'A17,"Old Town" Physio,2018-05-31,bob@old.example,Bob,Bean,administrator,no,yes'
NOT_UTF8 = "A17,Old Town Physio,2018-05-31,bob@old.example,Bób,Bean,administrator,no,yes".encode("latin-1")
LEFT_OPEN = 'A17,Old Town Physio,2018-05-31,bob@old.example,"Bob,Bean,administrator,no,yes\nA17,"Old Town Physio"'


@pytest.mark.parametrize("riddle", [NOT_CSV.encode(), NOT_UTF8, LEFT_OPEN.encode()])
@pytest.mark.parametrize("place", ["before", "after", "between"])
def test_nobody_becomes_an_owner_beside_a_line_that_cannot_be_read(tmp_path, riddle, place):
    """Who knows whom that line was about: it may have been the second administrator of either account."""
    path = csv_file(tmp_path, line("Ann"), line("Xena", account="C5"))
    header, first, second = path.read_bytes().splitlines()
    order = {"before": [riddle, first, second], "after": [first, second, riddle], "between": [first, riddle, second]}
    path.write_bytes(b"\n".join([header, *order[place], b""]))

    bring(path)

    assert owners("A17") == ({"Ann"} if place == "after" else set())
    assert owners("C5") == ({"Xena"} if place == "before" else set())


def test_a_refused_line_that_swallowed_others_may_have_held_the_second_administrator_of_the_account_behind(tmp_path):
    """A quotation mark is left open, and the next one closes it so that all columns are there."""
    swallowing = {"first_name": "Bob,Bean,scheduler,no,yes\nC5,Old Town Physio,2018-05-31,cleo@old.example,Cleo"}

    bring(csv_file(tmp_path, line("Ann"), line("Bob", **swallowing), line("Xena", account="C5")))

    assert owners("C5") == set()


def test_an_ordinary_mistake_keeps_only_its_own_account_from_an_owner(tmp_path):
    bring(csv_file(tmp_path, line("Ann"), line("Bob", role="x"), line("Xena", account="C5")))

    assert owners("A17") == set()
    assert owners("C5") == {"Xena"}


@pytest.mark.parametrize("change", [{"role": "x"}, {"email": "bob"}, {"account_name": "Another"}])
def test_a_refused_administrator_may_be_the_second_one(tmp_path, change):
    bring(csv_file(tmp_path, line("Ann"), line("Bob", **change)))

    assert owners() == set()


# A second run


def test_an_account_that_has_an_owner_gets_no_other_by_a_second_run(tmp_path):
    path = csv_file(tmp_path, line("Ann"))
    bring(path)
    olga = MemberFactory(account=account(), role=roles.ADMINISTRATOR, is_owner=True, first_name="Olga")
    relinquish_ownership(actor=member("Ann"))

    ran = bring(path)

    assert owners() == {"Olga"}
    assert f"owned by {olga.user.email}" in ran.about("account A17")


def test_a_second_run_makes_no_owner_of_whoever_is_no_administrator_here_any_more(tmp_path):
    bring(csv_file(tmp_path, line("Ann"), line("Bob", role="x")))
    Member.objects.filter(pk=member("Ann").pk).update(role=roles.RECEPTIONIST)

    ran = bring(csv_file(tmp_path, line("Ann")))

    assert owners() == set()
    assert "no owner (anyone who could be one isn’t an active administrator here" in ran.about("account A17")


def test_a_second_run_makes_no_owner_of_a_login_that_a_stranger_may_have_made_meanwhile(tmp_path):
    """A57: an administrator here invites the address that was refused, and joins by the link themselves."""
    bring(csv_file(tmp_path, line("Bob", role="x"), line("Rob", role="receptionist")))
    stranger = UserFactory(email="bob@old.example", password=PASSWORD, email_confirmed_at=None)
    MemberFactory(account=account(), user=stranger, role=roles.ADMINISTRATOR)

    ran = bring(csv_file(tmp_path, line("Bob"), line("Rob", role="receptionist")))

    assert ran.about("line 2") == "bob@old.example: already there"
    assert owners() == set()
    assert "no owner (no one who could be one is known to have come with the account" in ran.about("account A17")


def test_an_administrator_left_out_of_a_second_file_changes_no_owner(tmp_path):
    """What a file leaves out is not taken away."""
    bring(csv_file(tmp_path, line("Ann"), line("Rob", role="receptionist")))

    bring(csv_file(tmp_path, line("Rob", role="receptionist")))

    assert owners() == {"Ann"}


def test_a_change_of_address_that_waits_for_whoever_becomes_an_owner_ends(tmp_path):
    """A40, A70: nobody else changes an owner, so that what an administrator asked for them before must not."""
    bring(csv_file(tmp_path, line("Ann"), line("Rob", role="recptionist")))
    helper = MemberFactory(account=account(), role=roles.ADMINISTRATOR)
    asked = pending_change(member("Ann"), asked_by=helper)

    bring(csv_file(tmp_path, line("Ann"), line("Rob", role="receptionist")))

    assert member("Ann").is_owner
    asked.refresh_from_db()
    assert not asked.is_open
    entry = Activity.objects.get(verb=Activity.Verb.EMAIL_CHANGE_CANCELLED)
    assert (entry.actor, entry.staff, entry.subject) == (None, None, member("Ann"))
