"""Files that are brought over: what is taken for one, and how little of it is held at a time (S25)."""

import errno
import gc
import os
import tracemalloc
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.importing.files import CSV, JSON_LINES, LONGEST_LINE, read_rows
from accounts.importing.lines import read_lines
from accounts.importing.survey import look_through
from accounts.models import Account, Member
from accounts.tests.import_files import ANN, account, bring, csv_file, json_file, line, member, run, text_of
from accounts.tests.links import snapshot

pytestmark = pytest.mark.django_db

HEADER = ",".join(ANN)
ENDLESS = 20_000_000


def refusal(path: Path, *options: str) -> str:
    """The words with which a file is refused whole, of which nothing was taken."""
    before = snapshot()
    ran = bring(path, *options)
    assert ran.lines == []
    assert snapshot() == before
    return ran.error


# CSV


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text, id="as it is"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text, id="with a byte order mark"),
        pytest.param(lambda text: text.replace(b"\r\n", b"\n"), id="with ends of lines as on Unix"),
        pytest.param(lambda text: text.rstrip(), id="without an end of the last line"),
        pytest.param(lambda text: text + b"\r\n\n,,,,,,,,\n", id="with empty lines at the end"),
        pytest.param(lambda text: text.replace(b"Ames", b'"Ames\r\n"'), id="with a quoted end of a line"),
        pytest.param(lambda text: text.replace(b"Ann,", b'"Ann" ,').replace(b'"Ann" ', b'" Ann "'), id="with spaces"),
        pytest.param(lambda text: text.replace(b"email,", b" email ,"), id="with spaces in the header"),
    ],
)
def test_csv_is_taken_as_spreadsheets_write_it(tmp_path, change: Callable[[bytes], bytes]):
    path = csv_file(tmp_path, line("Ann"), line("Zoë", email="zoe@old.example"))
    path.write_bytes(change(path.read_bytes()))

    ran = bring(path)

    assert ran.error == ""
    assert member("Ann").full_name == "Ann Ames"
    assert {each.first_name for each in account().members.all()} == {"Ann", "Zoë"}


def test_columns_may_stand_in_any_order(tmp_path):
    backwards = dict(reversed(line("Ann").items()))

    bring(csv_file(tmp_path, backwards))

    assert member("Ann").full_name == "Ann Ames"


def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path):
    """Also behind a quoted end of a line, and an empty line."""
    path = csv_file(tmp_path, line("Ann", last_name="Ames\n\n"), line("Bob"))
    path.write_text(path.read_text() + "\n" + text_of(line("Cleo")).splitlines()[1])

    ran = run(path)

    assert [" ".join(each.split()[:3]) for each in ran.lines[:3]] == [
        "line 2: ann@old.example:",
        "line 5: bob@old.example:",
        "line 7: cleo@old.example:",
    ]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (f"{','.join(ANN.values())},more".encode(), "refused: The header has 9 columns and this line 10."),
        (b"A17,Old Town Physio", "refused: The header has 9 columns and this line 2."),
        (b'A17,"Old" Town,2018-05-31,,,,,,', "refused: It is not CSV: ',' expected after '\"'."),
        (b"A17,Old Town\xff,2018-05-31,,,,,,", "refused: It is not in UTF-8."),
        (b"A17,Old Town\x00Physio,2018-05-31,,,,,,", "account_name: Null characters are not allowed."),
        (b"x" * (LONGEST_LINE + 1), "refused: It is longer than 65536 bytes. Is a quotation mark left open?"),
        (b'"' + b"\n" * LONGEST_LINE, "refused: It is longer than 65536 bytes."),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_and_the_others_go_on(tmp_path, bad, words):
    path = csv_file(tmp_path, line("Ann"), line("Bob"))
    header, ann, bob = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([header, ann, bad, bob, b""]))

    ran = bring(path)

    assert words in ran.lines[1]
    assert ran.lines[1].startswith("line 3: ")
    assert member("Ann").has_joined and member("Bob").has_joined


def test_lines_before_the_first_account_that_cannot_be_read_are_those_of_no_account(tmp_path):
    path = csv_file(tmp_path, line("Ann"))
    path.write_text(path.read_text().replace("\nA17", "\nA17\nA17", 1))

    ran = bring(path)

    assert [each.split(":")[0] for each in ran.lines] == ["line 2", "line 3", "account A17", "Accounts", "People"]


def test_a_quotation_mark_left_open_costs_no_more_than_the_longest_line(tmp_path):
    """Everything behind it would be one endless field."""
    people = [line(f"P{number}") for number in range(2000)]
    path = csv_file(tmp_path, *people)
    path.write_text(path.read_text().replace("P3,", '"P3,', 1))

    rows = list(read_rows(path.open("rb"), kind=CSV))

    assert [row.number for row in rows if row.problem] == [5]
    lost = len(people) + 1 - len(rows)
    assert 0 < lost * len(",".join(people[100].values())) < LONGEST_LINE
    assert rows[-1].values["first_name"] == "P1999"


def test_a_quotation_mark_left_open_at_the_end_is_refused(tmp_path):
    path = csv_file(tmp_path, line("Ann"), line("Bob"))
    path.write_text(path.read_text().replace("Bob,", '"Bob,'))

    ran = bring(path)

    assert ran.about("line 3") == "refused: It is not CSV: unexpected end of data."
    assert member("Ann").has_joined and not member("Ann").is_owner


# JSON lines


def test_json_lines_say_the_same_in_their_own_way(tmp_path):
    """Numbers, true, false and null are what they are called."""
    flags = {"is_practitioner": True, "is_active": False, "mobile": None, "account_plan": None, "account": 17}

    ran = bring(json_file(tmp_path, line("Zoë", email="zoe@old.example") | flags, "", line("Bob", account=17)))

    assert ran.error == ""
    zoe = member("Zoe", "17")
    assert (zoe.first_name, zoe.is_practitioner, zoe.is_active, zoe.mobile) == ("Zoë", True, False, "")


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_json_lines_may_begin_with_a_byte_order_mark_and_end_as_on_windows(tmp_path, mark):
    path = json_file(tmp_path, line("Ann"), line("Bob"))
    path.write_bytes(mark + path.read_bytes().replace(b"\n", b"\r\n"))

    assert bring(path).error == ""
    assert Member.objects.count() == 2


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ('{"account": "A17", "email": ', "refused: It is not JSON."),
        ("[" * 50_000, "refused: It is not JSON."),
        (f'{{"account": {"9" * 5000}}}', "refused: It is not JSON."),
        ('["A17"]', "refused: It is not a JSON object."),
        ('"A17"', "refused: It is not a JSON object."),
        ("[]", "refused: It is not a JSON object."),
        (line("Bob") | {"email": ["bob@old.example"]}, "refused: email should be a text."),
        (line("Bob") | {"mobile": 1.5}, "refused: mobile should be a text."),
        (line("Bob") | {"first_name": {"a": 1}}, "refused: first_name should be a text."),
        ('{"account": "A17", "first_name": "\\ud800"}', "refused: first_name holds half a character."),
        ('{"account": "A17", "role": "administrator", "role": "x"}', "refused: It names a column twice."),
        ('{"account": "A17"}', "refused: account_name: Write the clinic’s name."),
    ],
)
def test_a_line_that_is_no_proper_json_is_refused_and_the_others_go_on(tmp_path, bad, words):
    ran = bring(json_file(tmp_path, line("Ann"), bad, line("Cleo")))

    assert words in ran.lines[1]
    assert ran.lines[1].startswith("line 2: ")
    assert Member.objects.count() == 2
    assert not member("Ann").is_owner


# Files of which nothing is taken


@pytest.mark.parametrize("name", ["accounts.csv", "accounts.jsonl"])
@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text)

    assert refusal(path).endswith("Nothing was started.")


def test_a_header_alone_is_refused(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text(HEADER)

    assert refusal(path) == "The file has no line that can be read, apart from a header. Nothing was started."


@pytest.mark.parametrize("name", ["nowhere.csv", "folder.csv", "pipe.csv"])
def test_what_is_not_there_or_no_file_is_said_in_words(tmp_path, name):
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")

    assert refusal(tmp_path / name) == (
        f"{tmp_path}/{name} is not there or no file. It is read twice, so a pipe will not do."
    )


def test_a_file_that_may_not_be_read_is_said_in_words(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    path = csv_file(tmp_path, line("Ann"))
    monkeypatch.setattr(Path, "open", refuse)

    assert refusal(path) == f"{path}: Permission denied."


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("column", ["favourite_colour", "Email", "is_staff"])
def test_unknown_columns_are_refused_by_name(tmp_path, kind, column):
    write = csv_file if kind == "csv" else json_file

    words = refusal(write(tmp_path, line("Ann"), line("Bob", **{column: "x"})))

    assert words.startswith(f"Unknown columns: {column}. There are: account, account_name, ")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize(
    "column", ["password", "Password", "encrypted_password", "pwd", "passwd", "password_hash", "salt"]
)
def test_passwords_are_refused_whatever_they_are_called(tmp_path, kind, column):
    write = csv_file if kind == "csv" else json_file

    words = refusal(write(tmp_path, line("Ann"), line("Bob", **{column: "correct horse"})))

    assert words == f"No passwords are taken, in whatever form. Take these columns out: {column}. Nothing was started."


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_missing_columns_are_refused_by_name(tmp_path, kind):
    write = csv_file if kind == "csv" else json_file
    without = [
        {name: text for name, text in line(who).items() if name not in {"role", "is_active"}} for who in ("A", "B")
    ]

    assert refusal(write(tmp_path, *without)) == "Missing columns: role, is_active. Nothing was started."


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text(f"{HEADER},email\n{','.join(ANN.values())},b@old.example\n")

    assert refusal(path) == "The header names a column twice: email. Nothing was started."


@pytest.mark.parametrize(
    "text", [text_of(ANN).encode("utf-16"), text_of(ANN).replace("account,", '"acc"ount,').encode()]
)
def test_a_header_that_cannot_be_read_is_refused(tmp_path, text):
    path = tmp_path / "accounts.csv"
    path.write_bytes(text)

    assert refusal(path).startswith("The first line should be the header. It is not ")


def test_a_file_of_semicolons_is_told_what_its_columns_are(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text(text_of(ANN).replace(",", ";"))

    assert refusal(path).startswith("Unknown columns: account;account_name;account_created;email;")


def test_the_name_of_the_file_says_what_is_in_it_or_the_option_does(tmp_path):
    path = csv_file(tmp_path, line("Ann")).rename(tmp_path / "accounts.txt")

    assert refusal(path) == "The file's name ends in none of .csv, .jsonl, .ndjson: say --format csv or jsonl."
    assert bring(path, "--format", "csv").error == ""
    assert refusal(path, "--format", "jsonl").startswith("The file has no line that can be read")


def test_a_format_that_there_is_not_is_refused(tmp_path):
    assert "invalid choice: 'xlsx'" in refusal(csv_file(tmp_path, line("Ann")), "--format", "xlsx")


# Memory


def peak_of(act: Callable[[], object]) -> int:
    """The most bytes that `act` holds at a time."""
    gc.collect()
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("kind", "write"), [(CSV, csv_file), (JSON_LINES, json_file)])
def test_a_file_is_read_as_far_as_somebody_asks_for_it(tmp_path, kind, write):
    path = write(tmp_path, *[line(f"P{number}") for number in range(5000)])

    with path.open("rb") as file:
        lines = read_lines(read_rows(file, kind=kind), scattered=frozenset())
        for _ in range(20):
            next(lines)
        assert file.tell() < path.stat().st_size / 100


@pytest.mark.parametrize(("kind", "write"), [(CSV, csv_file), (JSON_LINES, json_file)])
def test_looking_through_ten_times_the_lines_takes_no_more_memory(tmp_path, kind, write):
    def peak(people: int) -> int:
        path = write(tmp_path, *[line(f"P{number}") for number in range(people)])
        with path.open("rb") as file:
            return peak_of(lambda: look_through(read_rows(file, kind=kind)))

    peak(10)
    assert peak(20_000) < peak(2000) + 20_000


class Gauge(StringIO):
    """Takes a report, and notes how much memory is held when the lines with these numbers are said."""

    def __init__(self, *numbers: int) -> None:
        super().__init__()
        self.held: list[int] = []
        self._marks = tuple(f"line {number}:" for number in numbers)

    def write(self, text: str) -> int:
        if text.startswith(self._marks):
            gc.collect()
            self.held.append(tracemalloc.get_traced_memory()[0])
        return len(text)


@pytest.mark.parametrize("options", [(), ("--commit", "--welcome")])
def test_nothing_is_held_of_a_line_that_is_done_also_within_one_account(tmp_path, options):
    path = csv_file(tmp_path, *[line(f"P{number}", role="scheduler") for number in range(300)])
    gauge = Gauge(100, 300)

    peak_of(lambda: call_command("import_accounts", path, *options, stdout=gauge))

    early, late = gauge.held
    assert late - early < 200 * 250, "a line and what is made of it take over 1,000 bytes"


@pytest.mark.parametrize("name", ["accounts.csv", "accounts.jsonl"])
def test_a_line_without_an_end_is_not_held(tmp_path, name):
    """Also where the file is nothing else."""
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(ENDLESS)

    assert peak_of(lambda: refusal(path)) < ENDLESS / 5
    assert not Account.objects.exists()
