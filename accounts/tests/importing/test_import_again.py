"""A file that is read again when people have other addresses: whom a line is about, and who owns (A68, S25)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import roles
from accounts.core.details import MemberDetails
from accounts.models import Account, Activity, EmailChange, Member, User
from accounts.people.actions import update_member
from accounts.tests.address_changes import ask, confirm, link_to, object_to, pass_time
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.import_files import account, bring, csv_file, line, member, of_another_clinic, run
from accounts.tests.links import opened, path_in, snapshot
from accounts.tests.squatters import sign_up
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BOSS, BOSS_NEW = "boss@old.example", "bossnew@old.example"
NOT_IN_FILE = "no one who could be one is known to have come with the account under the address in the file"
NOT_ADMINISTRATOR = "anyone who could be one isn’t an active administrator here, or has an unconfirmed address"


def boss(**changes: str) -> dict[str, str]:
    """The line of Ann, who is boss@old.example there."""
    return line("Ann", **{"email": BOSS, **changes})


def bad_line() -> dict[str, str]:
    """A line that is refused, and mended later."""
    return line("Rob", role="recptionist")


MENDED = line("Rob", role="receptionist")


def chooses_password(email: str, deliver_mail) -> Client:
    """Let someone get in by a link to choose a password; a browser in which they are signed in."""
    Client().post("/password/reset/", {"email": email})
    browser = Client()
    [link] = [path_in(each) for each in deliver_mail() if each.to == [email]][-1:]
    page = browser.get(link, follow=True)
    browser.post(page.redirect_chain[-1][0], {"password": PASSWORD})
    browser.post("/login/", {"email": email, "password": PASSWORD})
    assert "_auth_user_id" in browser.session
    return browser


def changes_address(browser: Client, email: str, deliver_mail) -> None:
    """Let them sign in with another address, three days and more ago."""
    ask(browser, email)
    confirm(browser, link_to(deliver_mail, email))
    days_pass()
    assert User.objects.filter(email=email).exists()


def days_pass(hours: float = 73) -> None:
    """Let all that happened so far have happened that much earlier."""
    pass_time(hours=hours)
    Activity.objects.update(created_at=F("created_at") - timedelta(hours=hours))


def readdress(user: User, email: str, *, old_was_confirmed: bool = True) -> None:
    """A change of address that nobody can object to any more, as rows."""
    now = database_now()
    EmailChange.objects.create(
        user=user,
        old_email=user.email,
        new_email=email,
        old_was_confirmed=old_was_confirmed,
        asked_at=now,
        expires_at=now,
        confirmed_at=now,
    )
    User.objects.filter(pk=user.pk).update(email=email, email_confirmed_at=now)
    user.refresh_from_db()


def user_at(email: str) -> User:
    return User.objects.get(email=email)


def of_account(reference: str = "A17") -> list[tuple[str, bool]]:
    """The addresses of everyone in the account, and whether they are owners."""
    return list(account(reference).members.order_by("user__email").values_list("user__email", "is_owner"))


# A former address


def test_a_former_address_gets_no_membership_and_the_person_is_still_the_one_administrator(tmp_path, deliver_mail):
    """S25: she came over as the only administrator, whatever address she has now."""
    bring(csv_file(tmp_path, boss(), bad_line()))
    changes_address(chooses_password(BOSS, deliver_mail), BOSS_NEW, deliver_mail)

    ran = bring(csv_file(tmp_path, boss(), MENDED))

    assert ran.about("line 2") == f"{BOSS}: already there, signing in with {BOSS_NEW} now"
    assert "1 added, 1 already there, 0 refused; owned by bossnew@old.example" in ran.about("account A17")
    assert of_account() == [(BOSS_NEW, True), ("rob@old.example", False)]
    assert not User.objects.filter(email=BOSS).exists()


def test_a_stranger_who_came_into_the_address_gets_nothing_also_with_proof(tmp_path, deliver_mail):
    bring(csv_file(tmp_path, boss(), bad_line()))
    changes_address(chooses_password(BOSS, deliver_mail), BOSS_NEW, deliver_mail)
    sign_up(BOSS, deliver_mail)
    stranger = chooses_password(BOSS, deliver_mail)

    ran = bring(csv_file(tmp_path, boss(), MENDED))

    assert ran.about("line 2") == f"{BOSS}: already there, signing in with {BOSS_NEW} now"
    assert of_account() == [(BOSS_NEW, True), ("rob@old.example", False)]
    assert stranger.get("/old-town-physio/").status_code == 404


def test_a_leaver_who_changed_address_does_not_come_back(tmp_path, deliver_mail):
    bring(csv_file(tmp_path, line("Bob"), boss(), bad_line()))
    changes_address(chooses_password(BOSS, deliver_mail), BOSS_NEW, deliver_mail)
    Member.objects.filter(user__email=BOSS_NEW).update(is_active=False, deactivated_at=database_now())
    before = snapshot()

    ran = bring(csv_file(tmp_path, line("Bob"), boss()))

    assert ran.about("line 3") == f"{BOSS}: already there, signing in with {BOSS_NEW} now"
    assert snapshot() == before


def test_an_address_that_can_still_be_put_back_is_not_put_off(tmp_path, deliver_mail):
    """A line that is refused for three days would be run again after them."""
    bring(csv_file(tmp_path, boss(), bad_line()))
    browser = chooses_password(BOSS, deliver_mail)
    ask(browser, BOSS_NEW)
    confirm(browser, link_to(deliver_mail, BOSS_NEW))

    ran = bring(csv_file(tmp_path, boss(), MENDED))

    assert ran.about("line 2") == f"{BOSS}: already there, signing in with {BOSS_NEW} now"
    assert ran.error == ""


def test_a_trial_of_a_second_run_says_the_same(tmp_path):
    bring(csv_file(tmp_path, boss(), bad_line()))
    readdress(user_at(BOSS), BOSS_NEW)
    path = csv_file(tmp_path, boss(), MENDED, line("Bob"))

    trial = run(path)

    assert trial.lines[:-1] == bring(path).lines


@pytest.mark.parametrize("asked", [BOSS, "b@old.example", "c@old.example"])
def test_every_address_of_a_chain_is_theirs(tmp_path, asked):
    bring(csv_file(tmp_path, boss(), bad_line()))
    user = user_at(BOSS)
    for email in ("b@old.example", "c@old.example"):
        readdress(user, email)

    ran = bring(csv_file(tmp_path, boss(email=asked), MENDED))

    assert ran.about("line 2").startswith(f"{asked}: already there")
    assert of_account() == [("c@old.example", asked == BOSS), ("rob@old.example", False)]


def test_someone_who_went_back_to_their_address_is_there_under_both(tmp_path):
    bring(csv_file(tmp_path, boss(), bad_line()))
    user = user_at(BOSS)
    for email in (BOSS_NEW, BOSS):
        readdress(user, email)

    ran = bring(csv_file(tmp_path, boss(), boss(email=BOSS_NEW), MENDED))

    assert ran.about("line 2") == f"{BOSS}: already there"
    assert ran.about("line 3") == f"{BOSS_NEW}: already there, signing in with {BOSS} now"
    assert of_account() == [(BOSS, True), ("rob@old.example", False)], "one person, one administrator"


def test_an_address_that_was_put_back_is_known_and_so_is_the_one_in_between(tmp_path, deliver_mail):
    bring(csv_file(tmp_path, boss(), bad_line()))
    browser = chooses_password(BOSS, deliver_mail)
    ask(browser, "thief@evil.example")
    objection = link_to(deliver_mail, BOSS)
    confirm(browser, link_to(deliver_mail, "thief@evil.example"))
    object_to(objection)
    days_pass()

    ran = bring(csv_file(tmp_path, boss(), line("Theo", email="thief@evil.example", role="scheduler"), MENDED))

    assert ran.about("line 2") == f"{BOSS}: already there"
    assert ran.about("line 3") == f"thief@evil.example: already there, signing in with {BOSS} now"
    assert of_account() == [(BOSS, True), ("rob@old.example", False)]


def test_an_address_that_a_login_left_unproved_was_never_its_own(tmp_path, deliver_mail):
    """A57: whoever signed up with it is not the person of the line, and keeps no one from coming over."""
    mallory = sign_up(BOSS, deliver_mail)
    mallory.change_address()
    MemberFactory(account=Account.objects.get(), role=roles.ADMINISTRATOR)
    days_pass()

    ran = bring(csv_file(tmp_path, boss(), MENDED))

    assert ran.about("line 2") == f"{BOSS}: added as administrator"
    assert of_account() == [(BOSS, True), ("rob@old.example", False)]
    assert mallory.browser.get("/old-town-physio/").status_code == 404


# An address that the clinic has corrected


def correct(email: str, right: str) -> None:
    """Let an administrator of the account put right the address of somebody who has never signed in."""
    target = Member.objects.get(user__email=email)
    bob = target.account.members.get(first_name="Bob")
    details = MemberDetails(**{**vars(MemberDetails.of(target)), "email": right})
    update_member(actor=bob, target=target, details=details, expected_version=target.version)


def joins(email: str) -> Member:
    """Let whoever was invited there join, with a password."""
    invited = Member.objects.get(user__email=email)
    opened(invited).post("/invitations/", {"password": PASSWORD})
    return invited


def test_who_was_corrected_is_not_brought_over_a_second_time(tmp_path, deliver_mail):
    """The file still says what it said; the clinic knows better."""
    bring(csv_file(tmp_path, line("Bob"), boss(role="receptionist"), bad_line()))
    correct(BOSS, "ann@typo.example")
    correct("ann@typo.example", BOSS_NEW)

    ran = bring(csv_file(tmp_path, line("Bob"), boss(role="receptionist"), MENDED))

    assert ran.about("line 3") == f"{BOSS}: already there, at {BOSS_NEW} now, since the clinic corrected the address"
    assert [email for email, _is_owner in of_account()] == ["bob@old.example", BOSS_NEW, "rob@old.example"]


@pytest.mark.parametrize("has_left", [True, False])
def test_nor_once_they_have_joined_there_and_taken_another_address_or_left(tmp_path, deliver_mail, has_left):
    bring(csv_file(tmp_path, line("Bob"), boss(role="receptionist")))
    correct(BOSS, "ann@right.example")
    ann = joins("ann@right.example")
    Member.objects.filter(pk=ann.pk).update(is_active=not has_left)
    readdress(user_at("ann@right.example"), BOSS_NEW)

    ran = bring(csv_file(tmp_path, line("Bob"), boss(role="receptionist")))

    assert "0 added, 2 already there" in ran.about("account A17")


def test_who_was_corrected_is_no_owner_by_the_line_and_still_makes_it_several(tmp_path):
    """S26: a colleague typed where their invitation goes. One administrator who corrects the other would be alone."""
    lines = [line("Bob"), boss()]
    bring(csv_file(tmp_path, *lines, bad_line()))
    correct(BOSS, "ann@right.example")
    joins("ann@right.example")

    ran = bring(csv_file(tmp_path, *lines, MENDED))

    assert "no owner (several active administrators; support can appoint one)" in ran.about("account A17")
    assert not account().members.filter(is_owner=True).exists()


def test_nor_where_the_file_names_them(tmp_path):
    lines = [of_another_clinic("Bob"), of_another_clinic("Ann", is_owner="yes")]
    bring(csv_file(tmp_path, *lines, of_another_clinic("Rob", role="x")))
    correct("ann@old.example", "ann@right.example")
    joins("ann@right.example")

    ran = bring(csv_file(tmp_path, *lines))

    assert f"no owner ({NOT_IN_FILE}; support can appoint one)" in ran.about("account B4")
    assert ("ann@right.example", False) in of_account("B4")


def test_somebody_else_who_was_invited_at_that_address_meanwhile_stays_as_they_are(tmp_path):
    bring(csv_file(tmp_path, line("Bob"), boss(role="receptionist")))
    correct(BOSS, BOSS_NEW)
    MemberFactory(account=account(), user=UserFactory(email=BOSS), first_name="Cleo")

    ran = bring(csv_file(tmp_path, line("Bob"), boss(role="receptionist")))

    assert ran.about("line 3") == f"{BOSS}: already there"


# Of someone who is not in the account


def test_a_line_with_the_former_address_of_someone_elsewhere_is_refused_and_says_what_to_do(tmp_path, cast):
    readdress(cast.receptionist.user, "rita@new.example")
    days_pass()
    rita = line("Rita", email="rita@harbour.example", role="receptionist")

    ran = bring(csv_file(tmp_path, boss(), rita))

    assert ran.about("line 3") == (
        "rita@harbour.example: refused: Someone who proved that this address was theirs signs in with "
        "rita@new.example now. If the line is about them, write that address in it. If it’s about the person who has "
        "this address today, take the line out and have the clinic invite them."
    )
    assert not User.objects.filter(email="rita@harbour.example").exists()
    bring(csv_file(tmp_path, boss(), rita | {"email": "rita@new.example"}))
    assert of_account() == [(BOSS, True), ("rita@new.example", False)]


@pytest.mark.parametrize("proved", [True, False])
@pytest.mark.parametrize("is_first_run", [True, False])
def test_whoever_has_it_now_does_not_get_in_by_that_line(tmp_path, cast, is_first_run, proved):
    if not is_first_run:
        bring(csv_file(tmp_path, boss(), bad_line()))
    readdress(cast.receptionist.user, "rita@new.example")
    fields = {} if proved else {"password": None, "email_confirmed_at": None}
    stranger = UserFactory(email="rita@harbour.example", **fields)

    ran = bring(csv_file(tmp_path, boss(), line("Rita", email="rita@harbour.example")))

    assert "refused: Someone who proved that this address was theirs" in ran.about("line 3")
    assert not stranger.members.exists()
    assert of_account()[0] == (BOSS, False), "not all lines were taken, so that there may be two administrators"


def test_a_line_that_was_put_off_for_a_stranger_lets_no_later_stranger_in(tmp_path, deliver_mail):
    """Refused, as someone had signed up with it; then its person proves it, and leaves it."""
    sign_up(BOSS, deliver_mail)
    put_off = csv_file(tmp_path, boss(), MENDED)
    assert "refused: Someone signed up with this address" in bring(put_off).about("line 2")
    changes_address(chooses_password(BOSS, deliver_mail), BOSS_NEW, deliver_mail)
    sign_up(BOSS, deliver_mail)
    stranger = chooses_password(BOSS, deliver_mail)

    ran = bring(put_off)

    words = f"refused: Someone who proved that this address was theirs signs in with {BOSS_NEW} now"
    assert words in ran.about("line 2")
    assert of_account() == [("rob@old.example", False)]
    assert stranger.get("/old-town-physio/").status_code == 404


def test_a_login_whose_address_differs_in_capitals_alone_is_refused_in_words(tmp_path):
    """Such a row can only be written by hand; the database keeps it apart from a new one."""
    user = UserFactory()
    User.objects.filter(pk=user.pk).update(email=BOSS.upper())

    ran = bring(csv_file(tmp_path, MENDED, boss()))

    words = "Another login has this address in capital letters, or is getting or giving it up right now."
    assert ran.about("line 3") == f"{BOSS}: refused: {words} Run this again."
    assert of_account() == [("rob@old.example", False)]


# Who may own


def test_who_was_added_by_a_later_run_never_becomes_an_owner(tmp_path):
    bring(csv_file(tmp_path, boss(role="x"), MENDED))
    path = csv_file(tmp_path, boss(), MENDED)

    for words in ("added as administrator", "already there", "already there"):
        ran = bring(path)
        assert ran.about("line 2") == f"{BOSS}: {words}"
        assert f"no owner ({NOT_IN_FILE}; support can appoint one)" in ran.about("account A17")

    assert of_account() == [(BOSS, False), ("rob@old.example", False)]


def test_nor_does_who_is_named_as_one_and_the_line_says_so(tmp_path):
    bring(csv_file(tmp_path, of_another_clinic("Ann", role="x"), of_another_clinic("Bob")))

    ran = bring(csv_file(tmp_path, of_another_clinic("Ann", is_owner="yes"), of_another_clinic("Bob")))

    words = "added as administrator, not as an owner, since the account was here before"
    assert ran.about("line 2") == f"ann@old.example: {words}"
    assert f"no owner ({NOT_IN_FILE}; support can appoint one)" in ran.about("account B4")
    assert of_account("B4") == [("ann@old.example", False), ("bob@old.example", False)]


def test_of_several_who_are_named_those_who_came_with_the_account_become_owners(tmp_path):
    bring(csv_file(tmp_path, of_another_clinic("Ann"), of_another_clinic("Rob", role="x")))

    bring(csv_file(tmp_path, *[of_another_clinic(name, is_owner="yes") for name in ("Ann", "Bob")]))

    assert of_account("B4") == [("ann@old.example", True), ("bob@old.example", False)]


def test_a_second_administrator_who_came_later_still_makes_it_several(tmp_path):
    """S26: what the rule asks is how many the file has."""
    bring(csv_file(tmp_path, boss(), line("Bob", role="x")))

    ran = bring(csv_file(tmp_path, boss(), line("Bob")))

    assert "no owner (several active administrators; support can appoint one)" in ran.about("account A17")
    assert of_account() == [("bob@old.example", False), (BOSS, False)]


@pytest.mark.parametrize("is_old_first", [True, False])
def test_one_person_under_the_old_and_the_new_address_is_one_administrator(tmp_path, is_old_first):
    bring(csv_file(tmp_path, boss(), bad_line()))
    readdress(user_at(BOSS), BOSS_NEW)
    lines = [boss(), boss(email=BOSS_NEW)] if is_old_first else [boss(email=BOSS_NEW), boss()]

    bring(csv_file(tmp_path, *lines, MENDED))

    assert of_account() == [(BOSS_NEW, True), ("rob@old.example", False)]


def test_so_they_are_where_they_had_both_before_the_account_came(tmp_path):
    readdress(UserFactory(email=BOSS), BOSS_NEW)

    ran = bring(csv_file(tmp_path, boss(email=BOSS_NEW), boss(), MENDED))

    assert ran.about("line 3") == f"{BOSS}: already there, signing in with {BOSS_NEW} now"
    assert of_account() == [(BOSS_NEW, True), ("rob@old.example", False)]


def test_an_administrator_who_was_invited_and_has_the_address_now_is_not_the_one_of_the_line(tmp_path):
    bring(csv_file(tmp_path, boss(), bad_line()))
    readdress(user_at(BOSS), BOSS_NEW)
    stranger = MemberFactory(account=account(), user=UserFactory(email=BOSS), role=roles.ADMINISTRATOR)

    ran = bring(csv_file(tmp_path, boss(), MENDED))

    assert ran.about("line 2") == f"{BOSS}: already there"
    assert of_account() == [(BOSS, False), (BOSS_NEW, True), ("rob@old.example", False)]
    assert not Member.objects.get(pk=stranger.pk).is_owner


@pytest.mark.parametrize("created", ["2018-05-31", "2021-02-03"])
def test_a_colleague_who_came_under_another_address_and_has_hers_now_is_no_owner_by_her_line(tmp_path, created):
    """Her own line was refused at first: without that, they would own by an address that they were given."""
    facts = {"account_created": created, "is_owner": "yes"}
    bob = line("Bob", account_created=created, role="receptionist")
    bring(csv_file(tmp_path, boss(**facts, joined="x"), bob))
    readdress(user_at("bob@old.example"), BOSS)
    account().members.update(role=roles.ADMINISTRATOR)

    ran = bring(csv_file(tmp_path, boss(**facts), bob))

    assert f"no owner ({NOT_IN_FILE}; support can appoint one)" in ran.about("account A17")
    assert of_account() == [(BOSS, False)]


def test_two_who_swapped_their_addresses_are_who_they_came_over_as(tmp_path):
    bob = line("Bob", role="receptionist")
    bring(csv_file(tmp_path, boss(), bob, bad_line()))
    ann, colleague = user_at(BOSS), user_at("bob@old.example")
    readdress(ann, "between@old.example")
    readdress(colleague, BOSS)
    readdress(ann, "bob@old.example")
    Member.objects.filter(user=colleague).update(role=roles.ADMINISTRATOR)

    bring(csv_file(tmp_path, boss(), bob))

    assert [member.first_name for member in account().members.filter(is_owner=True)] == ["Ann"]
    assert user_at("bob@old.example") == ann


@pytest.mark.parametrize(
    "change", [{"role": roles.RECEPTIONIST}, {"is_active": False, "deactivated_at": database_now}], ids=["role", "left"]
)
def test_someone_with_another_address_who_is_no_administrator_any_more_is_no_owner(tmp_path, change):
    bring(csv_file(tmp_path, boss(), bad_line()))
    readdress(user_at(BOSS), BOSS_NEW)
    values = {name: value() if callable(value) else value for name, value in change.items()}
    Member.objects.filter(user__email=BOSS_NEW).update(**values)

    ran = bring(csv_file(tmp_path, boss(), MENDED))

    assert f"no owner ({NOT_ADMINISTRATOR}; support can appoint one)" in ran.about("account A17")
    assert of_account() == [(BOSS_NEW, False), ("rob@old.example", False)]


def test_of_an_account_that_came_before_it_was_written_down_a_run_makes_no_owner(tmp_path):
    """It can't be told any more who came with it and who by a later run."""
    bring(csv_file(tmp_path, boss(), bad_line()))
    for entry in Activity.objects.filter(verb=Activity.Verb.MEMBER_IMPORTED):
        del entry.details["with_account"]
        entry.save()

    ran = bring(csv_file(tmp_path, boss(), MENDED))

    assert f"no owner ({NOT_IN_FILE}; support can appoint one)" in ran.about("account A17")
    assert of_account() == [(BOSS, False), ("rob@old.example", False)]


def test_an_account_of_which_no_line_was_taken_is_not_made_so_that_its_owner_can_come_with_it(tmp_path, deliver_mail):
    """A clinic of one, whose address a stranger signed up with before it came."""
    sign_up(BOSS, deliver_mail)
    path = csv_file(tmp_path, boss())

    ran = bring(path)

    assert ran.about("account A17") == "nothing taken; 0 added, 0 already there, 1 refused"
    assert not Account.objects.filter(import_reference="A17").exists()
    chooses_password(BOSS, deliver_mail)
    assert "new; 1 added, 0 already there, 0 refused; owned by boss@old.example" in bring(path).about("account A17")
    assert member("Boss").is_owner


# What it costs


def queries_of(path) -> int:
    """How many queries a run takes, without those that ask PostgreSQL for the time."""
    with CaptureQueriesContext(connection) as queries:
        bring(path)
    return len([each for each in queries if "clock_timestamp" not in each["sql"]])


@pytest.mark.parametrize(("state", "for_each"), [("new", 6), ("there", 1), ("moved", 3)])
def test_a_line_costs_as_many_queries_however_many_there_are(tmp_path, state, for_each):
    def lines(prefix: str, people: int) -> list[dict[str, str]]:
        about = {"account": prefix, "account_name": f"The {prefix}"}
        others = [line(f"{prefix}{number}", role="scheduler", **about) for number in range(people)]
        return [line(f"{prefix}Ann", **about), *others]

    counts = []
    for prefix, people in (("few", 2), ("many", 12)):
        path = csv_file(tmp_path, *lines(prefix, people))
        if state != "new":
            bring(path)
        if state == "moved":
            for number in range(people):
                readdress(user_at(f"{prefix}{number}@old.example"), f"{prefix}{number}@new.example")
        counts.append(queries_of(path))

    assert counts[1] - counts[0] == 10 * for_each
