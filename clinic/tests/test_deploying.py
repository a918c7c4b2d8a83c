"""docs/deploying.md tells whoever runs the product of every setting there is, and of none there is not (A56)."""

import ast
import os
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "deploying.md").read_text()
# Where the .env file is: for tests, which must not read that of the machine they run on.
OWN = {"ENV_FILE"}


def names_read() -> set[str]:
    """The names that clinic/settings.py asks the environment for: `env.str("NAME")`, `env("NAME")`, `"NAME" in env`."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "clinic" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] == "env" and node.args:
            found.add(ast.unparse(node.args[0]))
        if isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "env":
            found.add(ast.unparse(node.left))
    names = {each.strip("'") for each in found if not each.startswith("env.")}
    assert all(re.fullmatch("[A-Z_]+", name) for name in names), "A name that is put together would not be found here."
    return names - OWN


def table() -> dict[str, str]:
    """The table of settings: each name, and what stands where it is not set."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))


def script(name: str) -> ModuleType:
    """A script of bin/, which are no modules of a package."""
    with patch.object(sys, "path", [str(ROOT / "bin"), *sys.path]):
        loader = SourceFileLoader(f"bin_{name}", str(ROOT / "bin" / name))
        module = module_from_spec(spec_from_loader(loader.name, loader))
        loader.exec_module(module)
    return module


def names_of_bin() -> set[str]:
    return set(script("_setup.py").SETTINGS)


def production_environment(var_dir: str) -> dict[str, str]:
    return script("check").production_environment(var_dir)


def test_the_settings_are_found():
    """Otherwise the next tests would compare nothing."""
    assert names_read() >= {"SECRET_KEY", "DEBUG", "DATABASE_URL", "EMAIL_URL", "PLAN_SEATS", "TRUSTED_PROXIES"}


def test_every_setting_stands_in_the_table_and_every_name_in_the_table_is_one():
    assert table().keys() == names_read()


def test_every_setting_stands_in_the_example_file_and_every_name_in_it_is_one():
    names = re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert len(set(names)) == len(names)
    assert set(names) == names_read()


def test_tests_and_checks_keep_every_setting_of_the_machine_out():
    assert names_of_bin() == names_read()


def test_a_setting_that_is_not_set_has_a_default_or_stops_the_start():
    without = [name for name, default in table().items() if not default.strip()]

    assert without == []
    assert {name for name, default in table().items() if default == "does not start"} >= {
        *("SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS")
    }


def test_the_deploy_checks_find_nothing_with_the_settings_of_production(tmp_path):
    """With what bin/check takes for production."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = {**production_environment(str(tmp_path)), **kept}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level=WARNING"],
        cwd=ROOT,
        env={name: value for name, value in env.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("section", ["PostgreSQL", "Redis", "Mail", "Reverse proxy and TLS", "Backup", "Logs"])
def test_the_page_has_a_section_on(section):
    assert f"\n## {section}\n" in PAGE


def test_the_events_of_the_security_log_are_listed():
    """A53: those that the code notes, by name."""
    noted = set()
    for path in (ROOT / "accounts").rglob("*.py"):
        if "tests" not in path.parts:
            noted |= set(re.findall(r"\bnote\(\s*\"(\w+)\"", path.read_text()))
    listed = set(re.findall(r"`(\w+)`", PAGE.partition("\n## Logs\n")[2].partition("\n## ")[0]))

    assert {"signed_in", "access_refused"} <= noted
    assert noted - listed == set()
