"""docs/testing.md says what holds: the budgets, the marks, and the parts of bin/nightly."""

import configparser
import re
from pathlib import Path
from runpy import run_path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "testing.md").read_text()


def test_the_budgets_on_the_page_are_those_that_are_held():
    rows = re.findall(r"^\| ([a-z ]+) \| [^|]+ \| (\d+) \|$", PAGE, re.MULTILINE)

    assert {group: int(seconds) for group, seconds in rows} == run_path(str(ROOT / "bin" / "_budgets.py"))["BUDGETS"]


@pytest.mark.parametrize("mark", ["database", "everyday", "nightly", "once", "policy", "browser", "races", "faults"])
def test_every_mark_that_decides_when_a_test_runs_is_on_the_page(mark):
    ini = configparser.ConfigParser()
    ini.read(ROOT / "pytest.ini")

    assert f"\n{mark}:" in ini["pytest"]["markers"]
    assert f"`{mark}`" in PAGE


@pytest.mark.parametrize("command", ["test", "check", "nightly", "anyday", "races", "faults", "walk"])
def test_every_command_that_tests_is_on_the_page(command):
    assert (ROOT / "bin" / command).is_file()
    assert f"`bin/{command}" in PAGE


def test_what_takes_half_as_much_again_as_its_budget_is_too_much(tmp_path):
    budgets = run_path(str(ROOT / "bin" / "_budgets.py"))
    spent = tmp_path / "spent"
    spent.write_text('{"server": 1}\n{"server": 2, "checks": 100000}\n')

    found = budgets["read"](spent)

    assert found == {"server": 3, "checks": 100000}
    assert [group for group, seconds in found.items() if budgets["is_too_much"](group, seconds)] == ["checks"]
    assert "too much" in budgets["table"](found)[-1]
