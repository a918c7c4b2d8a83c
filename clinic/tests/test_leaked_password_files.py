"""Leaked passwords from files: a folder of ranges, or one sorted file, and what is said if they can't be read."""

from hashlib import sha1

import pytest

from clinic import leaked_passwords
from clinic.leaked_passwords import is_leaked
from clinic.leaked_passwords.breaker import Breaker
from clinic.leaked_passwords.source import Source
from clinic.tests.logged import logged


def digest(password: str) -> str:
    return sha1(password.encode()).hexdigest().upper()


LISTED = sorted(f"leaked {number}" for number in range(300))


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(leaked_passwords, "_breaker", Breaker())
    monkeypatch.setattr(leaked_passwords, "_answered_at", {})


@pytest.fixture
def on_file(settings, tmp_path):
    """Write a file of leaked passwords, and have it asked."""

    def _on_file(lines: bytes) -> None:
        path = tmp_path / "leaked.txt"
        path.write_bytes(lines)
        settings.LEAKED_PASSWORDS = Source(path=path)

    return _on_file


def sorted_lines(counts: dict[str, int], *, end: str) -> bytes:
    return "".join(f"{each}:{count}{end}" for each, count in sorted(counts.items())).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_line_of_a_sorted_file_is_found_and_nothing_else(on_file, end):
    # Counts of different length, so that the lines are, too.
    on_file(sorted_lines({digest(each): 7 ** (number % 9) for number, each in enumerate(LISTED)}, end=end))

    assert [each for each in LISTED if not is_leaked(each)] == []
    assert [each for each in (f"not {each}" for each in LISTED) if is_leaked(each)] == []


@pytest.mark.parametrize("count", range(1, 6))
def test_a_file_of_a_few_lines_is_searched_to_its_ends(on_file, count):
    on_file(sorted_lines({digest(each): 1 for each in LISTED[:count]}, end="\n").rstrip())

    assert [is_leaked(each) for each in LISTED[: count + 1]] == [*[True] * count, False]


def test_small_letters_are_hashes_too(on_file):
    on_file(sorted_lines({digest(each).lower(): 1 for each in LISTED}, end="\n"))

    assert is_leaked(LISTED[7])


def test_a_count_of_zero_is_not_found(on_file):
    on_file(sorted_lines({digest(LISTED[0]): 0}, end="\n"))

    assert not is_leaked(LISTED[0])


def test_a_range_in_a_folder_is_read_as_the_service_would_answer(settings, tmp_path):
    found = digest(LISTED[0])
    (tmp_path / f"{found[:5]}.txt").write_text(f"{'0' * 35}:2\r\n{found[5:]}:9\r\n")
    settings.LEAKED_PASSWORDS = Source(path=tmp_path)

    assert is_leaked(LISTED[0])


@pytest.mark.parametrize("lines", [b"", b"\n\n", b"a list of something else\n" * 50, b"x" * 5000])
def test_a_file_that_is_no_list_refuses_nothing_and_is_in_the_log(on_file, lines):
    on_file(lines)

    with logged("clinic.leaked_passwords") as log:
        assert not is_leaked(LISTED[0])
    assert [line["event"] for line in log] == ["leak_check_failed"]


@pytest.mark.parametrize("name", ["gone.txt", "."])
def test_a_file_that_is_gone_and_a_folder_without_the_range_are_in_the_log(settings, tmp_path, name):
    settings.LEAKED_PASSWORDS = Source(path=tmp_path / name)

    with logged("clinic.leaked_passwords") as log:
        assert not is_leaked(LISTED[0])
    assert [line["event"] for line in log] == ["leak_check_failed"]
