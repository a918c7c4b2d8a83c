"""Nothing tells the time beside clinic/clock.py (R15, R20), apart from what is named here with its reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.tests.test_architecture import product_files

SOURCE = Path("clinic/clock.py")
FOLDERS = ("accounts", "practitioners", "clinic", "tests", "benchmarks", "bin")

TELLS_THE_TIME = {
    "clinic/mail.py": "names a file",
    "accounts/models/account.py": "says when an account was opened; an import, which decides by that, brings its own",
    "accounts/templatetags/clinic.py": "leaves the date out where a moment is of today",
    "practitioners/directory/views.py": "opens at this week and marks today",
    "practitioners/settings/views.py": "marks today, and says early what the action decides by the database's date",
    "accounts/ownership/triggers.py": "a trigger, also for shells without Python; it errs towards keeping an owner",
}
# Rows that a library writes by the clock of the machine are compared with that same clock.
COMPARES_WITH_A_LIBRARY = {
    "accounts/identity/sessions/store.py": "Django writes `expire_date`",
    "accounts/identity/throttle.py": "django-axes writes `attempt_time`",
    "accounts/identity/password/fields.py": "says how long the throttle makes one wait",
}
# What Django fills in by the clock of the machine says when a row was made, and decides nothing.
SAYS_WHEN_IT_WAS_MADE = {
    *{"accounts/models/member.py", "accounts/models/user.py"},
    *{"practitioners/models/business.py", "practitioners/models/practitioner.py"},
}

CLOCKS = {
    "date": {"today"},
    "datetime": {"now", "today", "utcnow"},
    "time": {"ctime", "gmtime", "localtime", "time", "time_ns"},
    "timezone": {"now"},
}
IMPORTED = {
    "django.db.models.functions": {"Now"},
    "django.utils.timezone": {"localdate", "localtime", "now"},
    "time": CLOCKS["time"],
}
OF_THE_MOMENT = {"localdate", "localtime"}
IN_SQL = re.compile(r"current_(date|time)|(clock|statement|transaction)_timestamp|\bnow\(\)|'now'", re.IGNORECASE)


def _docstrings(tree: ast.Module) -> set[ast.expr]:
    """What stands there by itself, as docstrings do."""
    return {
        each.value for each in ast.walk(tree) if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }


def _tells(node: ast.AST) -> bool:
    """Whether this is a clock, or a function of one."""
    match node:
        case ast.ImportFrom(module=module, names=names):
            return bool(IMPORTED.get(module or "", set()) & {each.name for each in names})
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr=attribute):
            return attribute in CLOCKS.get(name, set())
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[]):
            return name in OF_THE_MOMENT
        case ast.Constant(value=str(text)):
            return bool(IN_SQL.search(text))
    return False


def clocks(tree: ast.Module) -> Iterator[int]:
    """The lines in which a module tells the time on its own."""
    words = _docstrings(tree)
    return (node.lineno for node in ast.walk(tree) if node not in words and _tells(node))


def those_that_name(tell: str) -> set[str]:
    """The modules that use a name."""
    return {
        str(path)
        for path, tree in product_files().items()
        if path != SOURCE
        and any(tell in {getattr(node, "id", ""), getattr(node, "arg", "")} for node in ast.walk(tree))
    }


def test_nothing_tells_the_time_but_the_one_clock():
    found = {str(path): list(clocks(tree)) for path, tree in product_files().items() if path != SOURCE}

    assert {path: lines for path, lines in found.items() if lines and path not in TELLS_THE_TIME} == {}
    assert [path for path in TELLS_THE_TIME if not found[path]] == []


def test_only_what_a_library_wrote_is_compared_with_the_clock_of_the_machine():
    assert those_that_name("machine_now") == COMPARES_WITH_A_LIBRARY.keys()


def test_what_django_dates_by_itself_is_known():
    assert those_that_name("auto_now_add") == SAYS_WHEN_IT_WAS_MADE
    assert those_that_name("auto_now") == set()


EVERYWHERE = [*Path().glob("*.py"), *(each for name in FOLDERS for each in sorted(Path(name).rglob("*.py")))]


def days_that_may_not_be_there(tree: ast.Module) -> Iterator[int]:
    """The lines in which a date gets another year or month and keeps its day."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "replace":
            given = {each.arg for each in node.keywords}
            if given & {"year", "month"} and "day" not in given:
                yield node.lineno


def test_no_date_is_made_that_some_days_have_not_got():
    """Nor does a test: a year after 29 February there is no such day."""
    found = {str(path): [*days_that_may_not_be_there(ast.parse(path.read_text()))] for path in EVERYWHERE}

    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("line", "found"),
    [("now.replace(year=2099)", [1]), ("now.replace(month=2)", [1]), ("now.replace(year=1, month=1, day=1)", [])],
)
def test_a_day_that_may_not_be_there_is_found(line, found):
    """Otherwise the test above would hold nothing."""
    assert [*days_that_may_not_be_there(ast.parse(line))] == found


@pytest.mark.parametrize(
    "line",
    [
        *("datetime.now(UTC)", "datetime.datetime.now()", "timezone.now()", "date.today()", "time.time()"),
        *("f(default=timezone.now)", "timezone.localdate()", "localdate(timezone=zone)", "timezone.localtime()"),
        *("execute('SELECT clock_timestamp()')", "raw('x > CURRENT_TIMESTAMP')", """f("strftime('%f', 'now')")"""),
        *("from django.utils.timezone import now", "from django.db.models.functions import Lower, Now"),
        *("from time import time as seconds", "from django.utils.timezone import localdate as today"),
    ],
)
def test_each_way_of_telling_the_time_is_found(line):
    """Otherwise the tests above would hold nothing."""
    assert [*clocks(ast.parse(line))] == [1]


@pytest.mark.parametrize(
    "line",
    [
        *("sign_in.now", "timezone.localtime(until)", "time.monotonic()", "database_now()", "'Not now.'"),
        *("from time import monotonic", "from django.db.models.functions import Lower", "self.now()"),
    ],
)
def test_what_does_not_tell_it_is_let_be(line):
    assert [*clocks(ast.parse(line))] == []
