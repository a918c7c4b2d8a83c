"""The settings of these tests hash passwords with something quick: no site that others reach starts with them."""

import subprocess
import sys

import pytest

from .product import ROOT, environment

pytestmark = pytest.mark.once


def start(tmp_path, *, site: str, host: str) -> subprocess.CompletedProcess:
    """Read them for a site at that address."""
    env = {**environment(tmp_path, site), "ALLOWED_HOSTS": host}
    ask = [sys.executable, "-c", "from tests.browser import settings; print(settings.PASSWORD_HASHERS)"]
    return subprocess.run(ask, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_they_stop_the_start_of_a_site_that_others_reach(tmp_path):
    """A6."""
    started = start(tmp_path, site="https://clinic.example", host="clinic.example")

    assert started.returncode != 0
    assert "These settings are for tests" in started.stderr


def test_on_this_machine_a_password_costs_nothing(tmp_path):
    started = start(tmp_path, site="http://localhost", host="localhost")

    assert "MD5PasswordHasher" in started.stdout
