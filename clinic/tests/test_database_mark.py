"""What a database decides is marked `database`, and so runs again on PostgreSQL every day (docs/testing.md).

Read from the source of the tests: which statements were sent and how many, what the database refuses, and what needs
transactions of its own.
"""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

APPS = ("accounts", "practitioners", "clinic")
DECIDED_BY_A_DATABASE = re.compile(
    r"num_queries|CaptureQueries|IntegrityError|DatabaseError|ProtectedError|transaction=True|select_for_update"
)
MARKED = re.compile(r"mark\.(database|policy|once)\b")
HERE = Path(__file__)


def _files(app: str) -> list[Path]:
    return sorted(Path(settings.BASE_DIR, app, "tests").rglob("test_*.py"))


def _unmarked(path: Path) -> list[str]:
    """Tests of a file that look at what a database decides, and are not marked, nor is the file."""
    source = path.read_text()
    tree = ast.parse(source)
    marks = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)]
    if any(each.startswith("pytestmark") and MARKED.search(each) for each in marks):
        return []
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return [
        f"{path.name}: {test.name}"
        for test in tests
        if DECIDED_BY_A_DATABASE.search(ast.unparse(test))
        and not any(MARKED.search(ast.unparse(each)) for each in test.decorator_list)
    ]


@pytest.mark.parametrize("app", APPS)
def test_what_looks_at_what_a_database_decides_is_marked(app):
    assert [name for path in _files(app) if path != HERE for name in _unmarked(path)] == []


ACTIONS = {
    *("add_member", "leave_clinic", "resend_and_cancel", "ownership", "ownership_guard", "erasure", "closing"),
    *("outbox", "outbox_run", "invitation_caps", "network_limits", "import_people", "import_again", "sessions"),
    *("search", "list_members", "support_lists", "business_actions", "settings_action", "email_change_confirm"),
}


def test_what_locks_claims_counts_searches_and_imports_is_marked_as_a_whole():
    marked = {
        path.stem
        for app in APPS
        for path in _files(app)
        if re.search(r"^pytestmark = .*mark\.database", path.read_text(), re.MULTILINE)
    }

    assert {f"test_{name}" for name in ACTIONS} - marked == set()
