"""Well-known passwords are refused: those on our list, and those that no list could hold all of (A2)."""

import gzip
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.identity.password.common import RUNS, entries, folded, is_common, is_pattern
from accounts.identity.password.rules import LONGEST, SHORTEST, SHORTEST_WITH_TWO_FACTOR, check_new_password
from accounts.management.commands.build_common_passwords import django_list, well_known
from accounts.models import User
from accounts.tests.links import ACCEPT, opened

ENOUGH = 3000
SCRIPT = Path(settings.BASE_DIR, "static", "js", "password_hint.js")


def message(password: str) -> str:
    with pytest.raises(ValidationError) as refused:
        check_new_password(password, User(email="rita@harbour.example"))
    return " ".join(refused.value.messages)


# The list


def test_at_each_length_there_are_three_thousand_and_more_that_satisfy_it():
    long = [entry for entry in entries() if SHORTEST <= len(entry) <= LONGEST]
    short = [entry for entry in entries() if SHORTEST_WITH_TWO_FACTOR <= len(entry) < SHORTEST]

    assert len(long) >= ENOUGH
    assert len(short) >= ENOUGH
    assert len(long) + len(short) == len(entries()), "None is there that its length alone refuses."


def test_every_entry_is_in_the_form_in_which_it_is_compared():
    """Any other would never be found."""
    assert [entry for entry in entries() if entry != folded(entry)] == []


def test_every_one_of_djangos_own_that_is_long_enough_is_on_it():
    assert {entry for entry in django_list() if len(entry) >= SHORTEST_WITH_TWO_FACTOR} <= entries()


@pytest.mark.django_db
def test_every_entry_of_fifteen_characters_is_refused():
    """By the rule that the pages ask, each in turn; a sample, since there are tens of thousands."""
    newcomer = User(email="rita@harbour.example")
    for entry in sorted(entry for entry in entries() if len(entry) >= SHORTEST)[::40]:
        with pytest.raises(ValidationError):
            check_new_password(entry, newcomer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password",
    [
        "iloveyouforever",
        "ILoveYouForever",
        "i love you forever",
        "To be or not to be that is the question",
        "correct horse battery staple",
        "Welcome to the clinic",
        "princess1234567",
        "ManchesterUnited1!",
        "physiotherapy2026",
        "password password",
        "footballprincess",
        "12345678 password",
    ],
)
def test_a_well_known_one_is_refused_with_the_reason(password):
    assert "This is on the list of well-known passwords" in message(password)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcab",
        "harbourharbourharbour",
        "a b a b a b a b a b",
        "🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂",
    ],
)
def test_a_few_characters_over_and_over_are_refused(password):
    assert "repeats a few characters" in message(password)


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiopasdfghjkl",
        "1qaz2wsx3edc4rfv",
        "zxcvbnm,./asdfghj",
        "0987654321poiuytrewq",
        "abcdefghijklmnop",
        "QWERTYUIOP123456",
        "qwe rty uio asd fgh",
        "letmein letmein letmein",
    ],
)
def test_runs_along_the_keyboard_and_what_repeats_are_found_with_spaces_or_without(password):
    assert is_pattern(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "plum gravel plum tax",
        "i love you forever my gravel",
        "iloveyouforever gravel tax",
        "a train called sunday afternoon",
    ],
)
def test_the_whole_password_is_compared_so_that_a_phrase_may_contain_one(password):
    assert not is_common(password) and not is_pattern(password)


def test_a_listed_one_twice_over_is_refused_though_it_is_not_listed():
    assert "sunshine" in entries()
    assert "sunshinesunshinesunshine" not in entries()
    assert is_common("SunshineSunshineSunshine")


def test_a_long_password_is_looked_at_quickly():
    """A1: what takes its time on a crafted one is an attack."""
    assert not is_pattern("qwe" * 84 + "x9x9")


@pytest.mark.django_db
def test_a_page_says_why(cast):
    refused = opened(cast.invited).post(ACCEPT, {"password": "Welcome to the clinic"})

    assert refused.status_code == 422
    assert "This is on the list of well-known passwords, which are tried first. Choose another." in refused.text


@pytest.mark.django_db
def test_what_is_refused_is_not_shown_again(cast, client: Client):
    assert "Welcome to the clinic" not in opened(cast.invited).post(ACCEPT, {"password": "Welcome to the clinic"}).text


def test_the_script_looks_for_the_same_runs():
    """static/js/password_hint.js says before the form is sent what the server says after."""
    [listed] = re.findall(r"^const RUNS = (\[.*?\]);$", SCRIPT.read_text(), re.MULTILINE | re.DOTALL)

    assert tuple(json.loads(listed)) == RUNS


# How it is made


def build(output: Path, *lists: Path) -> str:
    said = StringIO()
    call_command("build_common_passwords", *map(str, lists), output=output, stdout=said)
    return said.getvalue()


def test_it_is_made_again_from_its_sources_byte_for_byte(tmp_path):
    build(tmp_path / "first")
    build(tmp_path / "second")

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_the_file_holds_what_its_sources_give_and_may_hold_more():
    """An operator may have added a list."""
    made = well_known([])

    assert {*made["listed"], *made["made"]} <= entries()


def test_a_further_list_is_added_where_its_entries_are_long_enough(tmp_path):
    (tmp_path / "more.txt").write_text("Gravel Plum Tax Office\nshort\n# a remark\n\n")

    build(tmp_path / "list.gz", tmp_path / "more.txt")

    made = gzip.decompress((tmp_path / "list.gz").read_bytes()).decode().splitlines()
    assert "gravel plum tax office" in made
    assert not {"short", "# a remark", ""} & set(made)


def test_a_list_that_cannot_be_read_leaves_the_file_alone(tmp_path):
    (tmp_path / "more.txt").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(CommandError, match="Nothing was written"):
        build(tmp_path / "list.gz", tmp_path / "more.txt")

    assert not (tmp_path / "list.gz").exists()
