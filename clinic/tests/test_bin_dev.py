"""bin/dev: what a newcomer sees at the first start, and what it alone turns on."""

import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings

from clinic.tests.test_deploying import script

pytestmark = pytest.mark.once


@pytest.fixture
def dev(monkeypatch) -> ModuleType:
    """The script, with the Python that runs the tests."""
    module = script("dev")
    monkeypatch.setattr(module._setup, "PYTHON", sys.executable)
    return module


@pytest.fixture
def environment(dev, tmp_path, monkeypatch):
    """The settings it gives the product, in an empty VAR_DIR."""
    for name in (*dev._setup.SETTINGS, "DJANGO_SETTINGS_MODULE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "no.env"))
    return dev.settings_environment(dev.Address("127.0.0.1", 8123))


def test_it_alone_asks_for_the_pages_with_mail(environment):
    assert environment["OUTBOX_PAGES"] == "1"


def test_whoever_turns_them_off_is_not_told_where_they_are(dev, environment, monkeypatch):
    monkeypatch.setenv("OUTBOX_PAGES", "0")
    off = dev.settings_environment(dev.Address("127.0.0.1", 8123))

    assert dev.mail_is_shown(environment)
    assert not dev.mail_is_shown(off)
    assert not dev.mail_is_shown({**environment, "EMAIL_URL": "smtp://mail.example"})


@pytest.mark.slow
def test_making_the_demo_clinic_says_how_to_sign_in_and_nothing_else(dev, environment):
    dev.manage(environment, "migrate", "--no-input", "--verbosity=0")

    said = dev.manage(environment, "seed_demo").splitlines()

    assert said[0].startswith("Demo clinic: ")
    assert all(line.startswith("  ") and "@harbour.example" in line for line in said[1:])
    assert len(said) == 8


def test_where_a_command_fails_its_log_is_shown(dev, environment):
    """No database was made: the error is what explains it."""
    with pytest.raises(dev._setup.Problem, match=r"no such table(.|\n)*manage.py seed_demo failed: see above"):
        dev.manage(environment, "seed_demo")


def test_what_is_wrong_with_a_setting_is_said_without_the_traceback(dev, environment):
    with pytest.raises(dev._setup.Problem) as problem:
        dev.manage({**environment, "SECRET_KEY": "short"}, "check")

    assert "Traceback" not in str(problem.value)
    assert str(problem.value).startswith("The settings are not complete. SECRET_KEY is missing or too weak.")


# The two processes

SLEEP, END = "import time; time.sleep(60)", "print('Bye.'); raise SystemExit(3)"
PRINT_FOR_EVER = "while True: print('Still here.', flush=True)"
SERVE = """
import os, sys
import _serving

web, worker, status = sys.argv[1:]
commands = {name: [sys.executable, "-c", code] for name, code in (("web", web), ("worker", worker))}
sys.exit(_serving.serve(commands, dict(os.environ), asks=lambda: int(status), welcome="Ready."))
"""


def serving(web: str, worker: str, *, first_page: int = 200) -> subprocess.Popen[str]:
    """bin/dev's way to run two processes, with these in place of the product's."""
    command = [sys.executable, "-c", SERVE, web, worker, str(first_page)]
    folder = Path(settings.BASE_DIR, "bin")
    return subprocess.Popen(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_where_one_of_the_two_ends_the_other_is_stopped_and_it_says_so():
    served = serving(SLEEP, END)
    said, _ = served.communicate(timeout=60)

    assert served.returncode == 3
    assert "worker | Bye." in said
    assert {"worker stopped (rc=3)", "web stopped (rc=-15)"} <= set(said.splitlines())


def test_a_first_page_with_an_error_ends_both():
    served = serving(SLEEP, SLEEP, first_page=503)
    said, _ = served.communicate(timeout=60)

    assert served.returncode == 1
    assert "The first page answers with an error (503); the lines above say why." in said


def test_asked_to_stop_it_stops_both_and_that_is_no_failure():
    """Also at once, when one of them has not started yet."""
    served = serving(SLEEP, SLEEP)
    assert served.stdout
    for line in served.stdout:
        if line == "Ready.\n":
            break
    served.send_signal(signal.SIGINT)
    said, _ = served.communicate(timeout=60)

    assert served.returncode == 0
    assert {"web stopped (rc=-15)", "worker stopped (rc=-15)"} <= set(said.splitlines())


def test_once_nobody_reads_what_it_says_it_stops():
    served = serving(PRINT_FOR_EVER, SLEEP)
    assert served.stdout and served.stderr
    served.stdout.readline()
    served.stdout.close()

    assert served.wait(timeout=60) == 0
    assert served.stderr.read() == ""
    served.stderr.close()
