"""Bringing accounts over: who is added, who is left as they are, and what the command says."""

import re
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as project_settings
from django.core.management import call_command
from django.db import OperationalError, connection

from accounts.importing.forms import COLUMNS
from accounts.models import Account, Activity, EmailChange, Member, OutboundEmail, User
from accounts.tests.import_files import (
    account,
    bring,
    csv_file,
    json_file,
    line,
    member,
    of_another_clinic,
    practitioner,
    run,
)
from accounts.tests.links import snapshot
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Verb = Activity.Verb


def test_an_address_that_may_have_to_be_put_back_to_its_person_is_refused(tmp_path, cast):
    """C2: whoever took a login over must not have its old address taken by somebody else."""
    rita, now = cast.receptionist.user, database_now()
    EmailChange.objects.create(
        user=rita,
        old_email="old@harbour.example",
        new_email=rita.email,
        old_was_confirmed=True,
        asked_at=now,
        expires_at=now,
        confirmed_at=now,
    )

    done = bring(csv_file(tmp_path, line("Ann"), line("Bob", email="old@harbour.example")))

    words = "refused: Someone who proved that this address was theirs signs in with rita@harbour.example now"
    assert done.about("line 3").startswith(f"old@harbour.example: {words}")
    assert not User.objects.filter(email="old@harbour.example").exists()


# A trial, and the real run


def test_a_trial_saves_nothing_at_all_and_says_what_the_real_run_says(tmp_path):
    path = csv_file(
        tmp_path, line("Ann"), practitioner(1), of_another_clinic("Ann"), of_another_clinic("Bob", role="x")
    )
    before = snapshot(sessions=True)

    trial = run(path)

    assert snapshot(sessions=True) == before
    real = bring(path)
    assert trial.lines == [*real.lines, "This was a trial: nothing was saved. Add --commit to save."]
    assert trial.error == real.error
    assert snapshot(sessions=True) != before


def test_an_account_comes_over_with_what_the_file_says_of_it(tmp_path):
    bring(
        csv_file(tmp_path, line(account_time_zone="Europe/Berlin", account_plan="large", account_created="2020-01-02"))
    )

    old_town = account()
    assert (old_town.name, old_town.slug) == ("Old Town Physio", "old-town-physio")
    assert (old_town.time_zone, old_town.plan) == ("Europe/Berlin", "large")
    assert old_town.created_at == datetime(2020, 1, 2, tzinfo=UTC)
    assert old_town.creator is None


def test_people_come_over_joined_with_what_the_file_says_of_them(tmp_path):
    bring(csv_file(tmp_path, line("Ann"), line("Pru", role="scheduler", mobile="+61 400 111 222", joined="2018-07-01")))

    ann, pru = member("Ann"), member("Pru")
    assert (ann.full_name, ann.role, ann.mobile, ann.is_active) == ("Ann Ames", "administrator", "", True)
    assert ann.joined_at == datetime(2018, 5, 31, tzinfo=UTC), "where nothing is said, from the beginning"
    assert (pru.role, pru.mobile, pru.joined_at) == ("scheduler", "+61400111222", datetime(2018, 7, 1, tzinfo=UTC))


def test_somebody_inactive_comes_over_inactive(tmp_path):
    ran = bring(csv_file(tmp_path, line("Ann"), line("Ina", is_active="no")))

    ina = member("Ina")
    assert not ina.is_active and ina.deactivated_at is not None and ina.has_joined
    assert ran.about("line 3") == "ina@old.example: added as administrator, inactive"
    assert member("Ann").deactivated_at is None


def test_a_practitioner_can_be_asked_for_as_one(tmp_path):
    """S1."""
    bring(csv_file(tmp_path, line("Ann"), practitioner(1)))

    assert member("Pru1").practitioner is not None
    assert not hasattr(member("Ann"), "practitioner")


def test_all_of_it_is_recorded_and_nobody_of_the_account_did_it(tmp_path):
    bring(csv_file(tmp_path, line("Ann"), practitioner(1)))

    entries = list(Activity.objects.order_by("pk").values_list("verb", "subject__first_name", "details"))
    flags = {"role": "administrator", "is_practitioner": False, "is_active": True, "with_account": True}
    assert entries == [
        (Verb.ACCOUNT_IMPORTED, None, {"reference": "A17"}),
        (Verb.MEMBER_IMPORTED, "Ann", flags),
        (Verb.MEMBER_IMPORTED, "Pru1", {**flags, "role": "practitioner", "is_practitioner": True}),
        (Verb.OWNERSHIP_GRANTED, "Ann", {"rule": "2019-06-04"}),
    ]
    assert not Activity.objects.exclude(actor=None, staff=None).exists()


def test_clinics_of_one_name_get_addresses_of_their_own(tmp_path):
    names = [line(f"P{number}", account=f"N{number}", account_name="診療所") for number in range(40)]

    bring(csv_file(tmp_path, *names))

    slugs = set(Account.objects.values_list("slug", flat=True))
    assert slugs == {f"clinic-{number}" for number in range(2, 42)}


# Once more


def test_a_second_run_changes_nothing_and_says_so(tmp_path):
    path = csv_file(tmp_path, line("Ann"), line("Ina", is_active="no"), practitioner(1), of_another_clinic("Ann"))
    bring(path)
    before = snapshot()

    ran = bring(path)

    assert snapshot() == before
    assert ran.about("line 2") == "ann@old.example: already there"
    assert ran.about("account A17") == (
        "here already; 0 added, 3 already there, 0 refused; owned by ann@old.example; plan Small"
    )
    assert ran.error == ""


def test_whoever_was_changed_here_since_is_not_changed_back(tmp_path):
    path = csv_file(tmp_path, line("Ann"), line("Bob"))
    bring(path)
    Member.objects.filter(pk=member("Bob").pk).update(role="receptionist", is_active=False, first_name="Robert")
    before = snapshot()

    bring(path)

    assert snapshot() == before


def test_a_mended_file_run_again_adds_who_was_refused_and_settles_the_owner(tmp_path):
    """S25."""
    first = bring(csv_file(tmp_path, line("Ann"), line("Rob", role="recptionist"), line("Sam", role="scheduler")))
    assert first.about("line 3").startswith("rob@old.example: refused: role: Write one of: scheduler, receptionist")
    assert "no owner (lines of it or unreadable ones beside it were refused" in first.about("account A17")
    assert first.error
    assert not member("Ann").is_owner and member("Sam").has_joined

    second = bring(csv_file(tmp_path, line("Ann"), line("Rob", role="receptionist"), line("Sam", role="scheduler")))

    assert second.about("line 3") == "rob@old.example: added as receptionist"
    assert "1 added, 2 already there, 0 refused; owned by ann@old.example" in second.about("account A17")
    assert second.error == ""
    assert member("Ann").is_owner
    assert Activity.objects.filter(verb=Verb.ACCOUNT_IMPORTED).count() == 1


def test_an_account_whose_date_changed_in_the_file_is_refused(tmp_path):
    """The date decides about owners, so that a second run with another one must not go unnoticed."""
    bring(csv_file(tmp_path, line("Ann"), line("Bob")))

    ran = bring(csv_file(tmp_path, line("Ann", account_created="2020-01-01", is_owner="yes")))

    assert "refused: The account is here already, and account_created was 2018-05-31T00:00:00+00:00" in ran.lines[0]
    assert ran.about("account A17") == "nothing taken; 0 added, 0 already there, 1 refused"
    assert not member("Ann").is_owner


@pytest.mark.parametrize(
    "state",
    [{"locked_at": datetime(2026, 1, 1, tzinfo=UTC)}, {"closed_at": datetime(2026, 1, 1, tzinfo=UTC)}],
)
def test_nobody_is_added_to_an_account_that_was_locked_or_closed_since(tmp_path, state):
    """S37."""
    bring(csv_file(tmp_path, line("Ann")))
    erase_at = {"erase_at": datetime(2040, 1, 1, tzinfo=UTC)} if "closed_at" in state else {}
    Account.objects.update(**state, **erase_at)

    ran = bring(csv_file(tmp_path, line("Ann"), line("Bob")))

    assert ran.about("line 3") == "bob@old.example: refused: The account is here already, and is locked or closed."
    assert Member.objects.count() == 1


# The same person more than once


def test_a_person_of_two_accounts_has_one_login(tmp_path):
    """C13."""
    ran = bring(csv_file(tmp_path, line("Ann"), of_another_clinic("Ann", role="bookkeeper")))

    assert member("Ann").user == member("Ann", "B4").user
    assert member("Ann", "B4").role == "bookkeeper"
    assert User.objects.count() == 1
    assert ran.about("line 3") == "ann@old.example: added as bookkeeper"


def test_one_address_in_capitals_and_small_letters_is_one_person(tmp_path):
    """C13, K5; and they are one administrator, not two (S25)."""
    ran = bring(
        csv_file(tmp_path, line("Ann"), line("Ann", email="ANN@Old.Example"), line("Ann", email="ａnn@old.example"))
    )

    assert ran.about("line 3") == "ANN@Old.Example: already there"
    assert Member.objects.get().is_owner


def test_somebody_who_is_invited_there_counts_as_there(tmp_path, cast):
    Account.objects.filter(pk=cast.clinic.pk).update(
        import_reference="A17", created_at=datetime(2018, 5, 31, tzinfo=UTC)
    )
    before = snapshot()

    ran = bring(csv_file(tmp_path, line("Ivy", email="ivy@harbour.example")))

    assert ran.about("line 2") == "ivy@harbour.example: already there"
    assert snapshot() == before


# Lines that are refused


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("account", "", "account: Write what the other system calls the account."),
        ("account", "x" * 101, "account: Ensure this value has at most 100 characters (it has 101)."),
        ("account_name", "", "account_name: Write the clinic’s name."),
        ("account_name", "Win at https://evil.example", "account_name: Enter a name, not a web address."),
        ("account_created", "", "account_created: Write a date, such as 2018-05-31."),
        ("account_created", "31/05/2018", "account_created: Write a date such as 2018-05-31"),
        ("account_created", "2018-02-30", "account_created: Write a date such as 2018-05-31"),
        ("account_created", "0001-01-01T00:00:00+10:00", "account_created: Write a date such as 2018-05-31"),
        ("account_created", "1969-12-31", "account_created: Write a moment between 1970 and now."),
        ("account_created", "2999-01-01", "account_created: Write a moment between 1970 and now."),
        ("account_time_zone", "Mars/Olympus_Mons", "account_time_zone: Write a name of the time zone database"),
        ("account_plan", "huge", "account_plan: Write one of: solo, small, medium, large, extra_large, enterprise."),
        ("email", "", "email: Enter an email address."),
        ("email", "ann", "email: Enter an email address in the form name@example.com."),
        ("email", "ann@old.example, bob@old.example", "email: Enter an email address in the form name@example.com."),
        ("first_name", " ", "first_name: Write a first name."),
        ("last_name", "", "last_name: Write a last name."),
        ("last_name", "\u202esemA", "last_name: Remove the hidden characters that change the direction of text."),
        ("mobile", "call me", "mobile: Write a mobile number with its country code, such as +61 412 345 678, or"),
        ("role", "", "role: Write one of: scheduler, receptionist,"),
        ("role", "owner", "role: Write one of: scheduler, receptionist,"),
        ("is_practitioner", "", "is_practitioner: Write yes or no."),
        ("is_active", "1", "is_active: Write yes or no."),
        ("joined", "yesterday", "joined: Write a date such as 2018-05-31"),
        ("is_owner", "perhaps", "is_owner: Write yes or no."),
    ],
)
def test_a_line_with_something_wrong_is_refused_with_the_column_and_what_to_write(tmp_path, column, value, words):
    ran = bring(csv_file(tmp_path, line("Bob", **{column: value}), line("Ann", account="C1")))

    assert f"refused: {words}" in ran.lines[0]
    assert ran.lines[0].startswith("line 2: ")
    assert Member.objects.get().first_name == "Ann", "the others go on"
    assert ran.error == "Lines were refused. Mend them and run this again: what is here already stays as it is."


def test_yes_and_no_may_be_in_capitals(tmp_path):
    bring(csv_file(tmp_path, line("Pru", is_practitioner="Yes", is_active="NO")))

    assert (member("Pru").is_practitioner, member("Pru").is_active) == (True, False)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("account_name", "Another Name"),
        ("account_created", "2018-06-01"),
        ("account_time_zone", "Europe/Berlin"),
        ("account_plan", "large"),
    ],
)
def test_a_line_that_contradicts_the_first_one_of_its_account_is_refused(tmp_path, column, value):
    ran = bring(
        csv_file(tmp_path, line("Ann") | {"account_plan": "", "account_time_zone": ""}, line("Bob", **{column: value}))
    )

    words = f"It says something else about the account than the first line: {column}."
    assert ran.about("line 3") == f"bob@old.example: refused: {words}"
    assert "no owner" in ran.about("account A17")
    assert account().name == "Old Town Physio"


def test_lines_of_one_account_that_stand_apart_are_refused_and_it_gets_no_owner(tmp_path):
    """S26: the first lines name one administrator, all of them together two."""
    ran = bring(csv_file(tmp_path, line("Ann"), of_another_clinic("Xena", is_owner="yes"), line("Bob"), line("Cleo")))

    for number in (4, 5):
        assert "refused: The lines of an account have to stand together" in ran.about(f"line {number}")
    assert not member("Ann").is_owner
    assert member("Xena", "B4").is_owner, "that one stands together"


# Plans


def test_without_a_plan_in_the_file_it_is_the_smallest_that_has_room(tmp_path):
    """C11."""
    few = [practitioner(number) for number in range(2)]
    many = [practitioner(number, account="B", is_active="yes") for number in range(9)]
    inactive = practitioner(99, account="B", is_active="no")
    all_of_many = [*many[:8], inactive]

    ran = bring(csv_file(tmp_path, *few, *all_of_many, *[each | {"account": "C"} for each in many]))

    assert [account(reference).plan for reference in ("A17", "B", "C")] == ["small", "medium", "large"]
    assert ran.about("account C").endswith("plan Large")


def test_with_a_plan_in_the_file_a_practitioner_too_many_is_refused_as_everywhere(tmp_path):
    """S19, S20."""
    lines = [practitioner(number, account_plan="solo") for number in range(2)]

    ran = bring(
        csv_file(
            tmp_path, *lines, line("Ann", account_plan="solo"), practitioner(3, account_plan="solo", is_active="no")
        )
    )

    assert ran.about("line 3").startswith(
        "pru1@old.example: refused: Your plan, Solo, has room for 1 practitioner, and that place is taken."
    )
    assert member("Ann").has_joined and not member("Pru3").is_active
    assert not User.objects.filter(email="pru1@old.example").exists(), "nothing is left of whoever was refused"
    assert account().plan == "solo"


def test_beyond_the_largest_plan_practitioners_are_refused(tmp_path):
    lines = [practitioner(number) for number in range(202)]

    ran = bring(csv_file(tmp_path, *lines), "--quiet")

    assert ran.about("line 203").startswith("pru201@old.example: refused: Your plan, Enterprise, has room for 200")
    assert Member.objects.count() == 200
    assert account().plan == "enterprise"


def test_an_account_that_is_here_moves_up_where_it_has_to_and_never_down(tmp_path):
    bring(csv_file(tmp_path, practitioner(1)))
    for plan, people, after in [
        ("medium", 1, "medium"),
        ("small", 6, "medium"),
        ("large", 9, "large"),
        ("small", 1, "large"),
    ]:
        Account.objects.update(plan=plan)
        bring(csv_file(tmp_path, *[practitioner(number) for number in range(1, people + 1)]))

        assert account().plan == after

    entry = Activity.objects.filter(verb=Verb.PLAN_CHANGED).first()
    assert (entry.actor, entry.details) == (None, {"plan": ["small", "medium"]})


def test_an_account_that_is_here_keeps_its_plan_whatever_plan_the_file_names(tmp_path):
    bring(csv_file(tmp_path, practitioner(1, account_plan="solo")))
    Account.objects.update(plan="small")

    ran = bring(csv_file(tmp_path, *[practitioner(number, account_plan="solo") for number in range(1, 7)]))

    assert account().plan == "small"
    assert Member.objects.count() == 5
    assert "Your plan, Small, has room for 5 practitioners" in ran.about("line 7")


# Telling people


def test_nobody_is_mailed_unless_asked_for(tmp_path):
    bring(csv_file(tmp_path, line("Ann")))

    assert not OutboundEmail.objects.exists()


def test_with_welcome_each_active_person_added_gets_one_mail_for_each_account(tmp_path, deliver_mail):
    path = csv_file(tmp_path, line("Ann"), line("Ina", is_active="no"), of_another_clinic("Ann"))
    bring(path, "--welcome")

    messages = deliver_mail()

    assert [message.to for message in messages] == [["ann@old.example"], ["ann@old.example"]]
    assert "Old Town Physio has moved" in messages[0].subject
    assert "http://testserver/password/reset/" in messages[0].body
    assert "New Town Physio has moved" in messages[1].subject
    bring(path, "--welcome")
    assert not OutboundEmail.objects.filter(state="queued").exists(), "whoever is there already has been told"


def test_a_trial_with_welcome_mails_nobody(tmp_path):
    run(csv_file(tmp_path, line("Ann")), "--welcome")

    assert not OutboundEmail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_welcomes_wait_for_the_clock_and_do_not_crowd_the_broker(tmp_path, monkeypatch):
    """A reset link that is asked for meanwhile must not wait behind thousands of them."""
    asked_for = []
    monkeypatch.setattr("accounts.outbox.publish.current_app.send_task", lambda _name, ids, **_: asked_for.append(ids))

    bring(csv_file(tmp_path, line("Ann"), line("Bob")), "--welcome")

    assert OutboundEmail.objects.filter(state="queued").count() == 2
    assert asked_for == []


# The report


def test_the_report_goes_line_by_line_then_account_by_account_then_sums_up(tmp_path):
    ran = bring(csv_file(tmp_path, line("Ann"), line("Bob", role="practitioner"), of_another_clinic("Xena", email="x")))

    assert ran.lines == [
        "line 2: ann@old.example: added as administrator",
        "line 3: bob@old.example: added as practitioner",
        "account A17: new; 2 added, 0 already there, 0 refused; owned by ann@old.example; plan Small",
        "line 4: x: refused: email: Enter an email address in the form name@example.com.",
        "account B4: nothing taken; 0 added, 0 already there, 1 refused",
        "Accounts: 1 new, 0 here already; 0 of them without an owner.",
        "People: 2 added, 0 already there, 1 refused.",
    ]


def test_quiet_leaves_out_what_went_well_and_nothing_else(tmp_path):
    path = csv_file(tmp_path, line("Ann"), of_another_clinic("Xena"), line("Bob", account="C9", role="x"))

    loud, quiet = run(path).lines, run(path, "--quiet").lines

    went_well = ("line 2:", "line 3:", "account A17:")
    assert quiet == [each for each in loud if not each.startswith(went_well)]


def test_the_exit_status_says_whether_lines_were_refused(tmp_path):
    assert run(csv_file(tmp_path, line("Ann"))).error == ""
    assert run(csv_file(tmp_path, line("Ann", role="x"))).error != ""


def test_what_stands_in_the_file_cannot_take_over_the_terminal(tmp_path):
    evil = "\x1b]0;owned\x07\x1b[2J\u202e\u2028\x9b31m\r"

    ran = run(json_file(tmp_path, line("Ann", email=f"{evil}@old.example"), line("Bob", account=evil, role=evil)))

    assert all(each.isprintable() for each in ran.lines)
    assert r"\u{1b}]0;owned\u{7}" in ran.lines[0]


class Terminal(StringIO):
    """What a terminal is sent."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_a_bar_that_the_report_does_not_tear(tmp_path, monkeypatch):
    terminal = Terminal()
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, terminal)

    call_command("import_accounts", csv_file(tmp_path, line("Ann"), line("Bob")))

    assert "%|" in terminal.getvalue()
    # What a terminal shows of a line is what was sent after the last return to its beginning.
    shown = [each.rpartition("\r")[2] for each in terminal.getvalue().split("\n")]
    assert shown[:2] == [
        f"line {number}: {name}@old.example: added as administrator" for number, name in ((2, "ann"), (3, "bob"))
    ]


def test_where_there_is_no_terminal_there_is_no_bar(tmp_path, capfd):
    call_command("import_accounts", csv_file(tmp_path, line("Ann")))

    assert capfd.readouterr().err == ""


# When the database fails


def test_an_account_during_which_the_database_fails_is_not_here_at_all_and_those_before_are_whole(tmp_path):
    def fail_at_cleo(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "accounts_member" in sql and "Cleo" in params:
            raise OperationalError("the disk is full")
        return execute(sql, params, many, context)

    path = csv_file(tmp_path, of_another_clinic("Xena"), line("Ann"), line("Cleo"), line("Dora", account="D"))
    with connection.execute_wrapper(fail_at_cleo):
        ran = bring(path)

    assert ran.error == (
        "The database refused account A17. Run this again for what is not here yet. It said: the disk is full"
    )
    assert list(Account.objects.values_list("import_reference", flat=True)) == ["B4"]
    assert not User.objects.filter(email="ann@old.example").exists()
    bring(path)
    assert Member.objects.count() == 4


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit):
        call_command("import_accounts", "--help")

    printed = capsys.readouterr().out
    assert all(option in printed for option in ("--format", "--commit", "--welcome", "--quiet", "docs/importing.md"))


def test_the_page_about_it_names_every_column_and_which_are_required():
    page = Path(project_settings.BASE_DIR, "docs", "importing.md")
    rows = re.findall(r"^\| (`.+?`) \| (required|optional) \|", page.read_text(), re.MULTILINE)

    named = {name: wanted == "required" for cell, wanted in rows for name in re.findall(r"`(\w+)`", cell)}
    assert named == {name: field.required for name, field in COLUMNS.items()}
