"""bin/_moments.py: which tests run on another day, too, as they name a moment."""

from textwrap import dedent

import pytest

from clinic.tests.test_deploying import script

pytestmark = pytest.mark.once

FILE = """
    from datetime import date

    import pytest

    LEAP_DAY = date(2028, 2, 29)

    @pytest.fixture
    def leap_year():
        return LEAP_DAY.year

    def days_of(year):
        return 365 if year % 4 else (LEAP_DAY - date(2027, 2, 28)).days

    def test_of_a_constant():
        assert LEAP_DAY

    def test_of_a_fixture(leap_year):
        assert leap_year

    @pytest.mark.usefixtures("leap_year")
    def test_of_a_fixture_that_is_named_beside_it():
        pass

    @pytest.mark.parametrize("day", ["2028-02-29"])
    def test_of_a_parameter(day):
        assert day

    def test_of_a_helper():
        assert days_of(2028)

    def test_of_no_moment():
        assert 1 + 1 == 2
"""


def named_in(tmp_path, text):
    path = tmp_path / "test_days.py"
    path.write_text(dedent(text))
    return script("_moments.py").tests_with_a_moment(path)


def test_a_test_names_a_moment_by_itself_or_by_what_it_uses(tmp_path):
    assert named_in(tmp_path, FILE) == [
        "test_of_a_constant",
        "test_of_a_fixture",
        "test_of_a_fixture_that_is_named_beside_it",
        "test_of_a_parameter",
        "test_of_a_helper",
    ]


def test_a_fixture_for_all_of_them_that_moves_the_clock_makes_all_of_them_name_one(tmp_path):
    moved = FILE.replace("@pytest.fixture", "@pytest.fixture(autouse=True)")

    assert "test_of_no_moment" in named_in(tmp_path, moved)


def test_a_file_without_a_moment_has_none(tmp_path):
    assert named_in(tmp_path, "def test_of_no_moment():\n    assert 1 + 1 == 2\n") == []
