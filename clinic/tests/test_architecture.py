"""The house as DESIGN lays it out: imports run one way, only actions write, rooms stay small, pages and SQL stay safe.

Read from the source with `ast`, so that an import inside a function counts like any other. A finding is a line that
says where and what; where it is meant, its exception is named in this file with the reason.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("clinic", "accounts", "practitioners")

# clinic -> practitioners -> accounts -> Django.
MAY_USE_APPS = {"clinic": {"practitioners", "accounts"}, "practitioners": {"accounts"}, "accounts": set()}
# The project's own that every app may use: they know nothing of any app.
SHARED = {"clinic.clock", "clinic.client_ip", "clinic.leaked_passwords", "clinic.postman"}

# A room is a module of an app, or a package with all in it. What each may import, of its own app or of one below.
LEAVES = {"mailbox", "pages", "plans", "roles", "schedule", "search", "text"}
MAY_IMPORT = {
    "mailbox": set(),
    "pages": set(),
    "plans": set(),
    "roles": set(),
    "schedule": set(),
    "search": set(),
    "signals": set(),
    "text": set(),
    "models": LEAVES,
    "picture": {"models"} | LEAVES,
    "earlier_use": set(),
    "errors": {"models"},
    "details": {"models"} | LEAVES,
    "businesses": {"errors", "models", "rules"} | LEAVES,
    "policies": {"models"},
    "queries": {"models", "rules"} | LEAVES,
    "owner_queries": {"models"},
    "week_list": {"models", "policies", "rules"} | LEAVES,
    "tokens": {"models"},
    "common_passwords": set(),
    "own_words": set(),
    "passwords": {"common_passwords", "models", "own_words"} | LEAVES,
    "carried": set(),
    "known_browsers": {"models"},
    "throttle": {"known_browsers", "text"},
    "receivers": {
        *{
            "actions",
            "known_browsers",
            "models",
            "origin",
            "queries",
            "rules",
            "security_log",
            "sessions",
            "signals",
        },
        *{"carried", "triggers"},
    },
    "session_limits": {
        *{"actions", "carried", "errors", "models", "origin", "security_log", "sessions", "sign_in_queries"},
    },
    "sign_in_queries": {"browsers", "models"},
    "triggers": {"models"},
    "elsewhere": {"models"},
    "seat_rules": {"details", "errors", "models"} | LEAVES,
    "rules": {"details", "elsewhere", "errors", "models"} | LEAVES,
    "two_factor_rules": {"elsewhere", "errors", "models", "policies"},
    "two_factor_recovery_rules": {"errors", "models"},
    "plan_rules": {"errors", "models"} | LEAVES,
    "email_change_rules": {"errors", "models", "policies", "rules"},
    "unconfirmed_rules": {"errors", "models"} | LEAVES,
    "address_history": {"models"},
    "objection_rules": {"errors", "models"},
    "opened": {"details", "errors", "login_queries", "models"},
    "limits": {"errors", "models", "origin"},
    "caps": {"errors", "limits", "models", "notice", "origin", "unconfirmed_rules"},
    "grace": {"errors", "models"},
    "two_factor_gate": {"models", "passwords", "two_factor_rules"},
    "closed_page": {"models", "policies", "rules"},
    "notice": {"models"},
    "notices": {
        *{"models", "notice", "notices_closing", "notices_moves", "notices_people", "notices_recovery"},
        *{"notices_security"},
    },
    "notices_closing": {"models", "notice"},
    "notices_moves": {"models", "notice"} | LEAVES,
    "notices_recovery": {"models", "notice"},
    "notices_people": {"models", "notice"} | LEAVES,
    "browsers": set(),
    "security_notices": {"browsers", "earlier_use", "models", "notice"},
    "security_notices_email": {"models", "notice", "security_notices", "security_notices_recovery", "tokens"},
    "security_notices_recovery": {"models", "notice", "security_notices", "tokens"},
    "recovery_queries": {"models", "notice", "policies", "security_notices"},
    "login_queries": {"earlier_use", "models", "notice", "security_notices"},
    "notices_security": {"models", "notice"},
    "links": {"models", "policies", "tokens"},
    "message": LEAVES,
    "summaries": {"models", "notice", "notices", "security_notices", "security_notices_email"},
    "emails": {
        *{"links", "message", "models", "notice", "notices", "security_notices", "security_notices_email"},
        *{"email_change_rules", "summaries", "tokens"},
    },
    "former_addresses": {"models"},
    "gaps": {"errors", "mailbox", "models"},
    "outbox": {"emails", "errors", "gaps", "message", "models"} | LEAVES,
    "erasure": {"limits", "models", "rules", "throttle"} | LEAVES,
    "tasks": {"erasure", "models", "outbox", "sessions"},
    "actions": {
        *{
            "businesses",
            "details",
            "emails",
            "errors",
            "links",
            "models",
            "origin",
            "policies",
            "rules",
            "seat_rules",
            "tasks",
        },
        *{
            "address_history",
            "caps",
            "earlier_use",
            "former_addresses",
            "gaps",
            "grace",
            "limits",
            "objection_rules",
            "opened",
            "plan_rules",
            "second_factor",
            "security_log",
            "tokens",
            "two_factor_recovery_rules",
            "two_factor_rules",
            "email_change_rules",
            "unconfirmed_rules",
        },
        *LEAVES,
    },
    "authentication": {"models", "passwords", "second_factor", "security_log", "text", "throttle"},
    "reverify": {"actions", "authentication", "known_browsers", "models", "security_log", "text"},
    "security_log": {"models"},
    "origin": {"models"},
    "second_factor": {"models"},
    "two_factor_queries": {"browsers", "models", "second_factor"},
    "security_queries": {"browsers", "models", "notice", "security_notices", "security_notices_recovery"},
    "entry": {"actions", "authentication", "models", "policies", "queries", "second_factor", "sessions"},
    "sessions": {"models"},
    "forms": {
        *{
            "authentication",
            "businesses",
            "caps",
            "details",
            "errors",
            "grace",
            "models",
            "passwords",
            "rules",
            "seat_rules",
        },
        *{"opened", "origin", "reverify", "second_factor"},
        *LEAVES,
    },
    "importing": {"details", "forms"},
    "middleware": {
        *{"forms", "models", "reverify", "security_log", "session_limits", "sessions", "two_factor_gate"},
        *{"closed_page", "two_factor_queries"},
    },
    "context_processors": {"session_limits", "sign_in_queries"},
    "templatetags": {"models", "policies", "queries", "rules"} | LEAVES,
    "views": {
        *{
            "actions",
            "authentication",
            "businesses",
            "context_processors",
            "earlier_use",
            "entry",
            "errors",
            "forms",
            "links",
            "models",
            "policies",
        },
        *{
            "origin",
            "picture",
            "queries",
            "reverify",
            "rules",
            "seat_rules",
            "security_log",
            "signals",
            "tokens",
            "week_list",
        },
        *{"carried", "known_browsers", "owner_queries", "second_factor", "security_queries", "session_limits"},
        *{"limits", "login_queries", "notice", "security_notices", "sessions", "sign_in_queries", "throttle"},
        *{"closed_page", "email_change_rules", "objection_rules", "passwords", "plan_rules", "two_factor_queries"},
        *{"two_factor_rules"},
        *{"recovery_queries", "two_factor_recovery_rules"},
        *LEAVES,
    },
    # The pages of our own support staff are views, too.
    "support": {
        *{
            "actions",
            "errors",
            "forms",
            "models",
            "policies",
            "reverify",
            "roles",
            "rules",
            "search",
            "security_log",
        },
        *{"text", "two_factor_gate", "two_factor_recovery_rules"},
    },
    "urls": {"views"},
    "apps": {"receivers"},
    "management": {
        *{
            "actions",
            "details",
            "errors",
            "importing",
            "models",
            "outbox",
            "queries",
            "rules",
            "seat_rules",
            "tasks",
            "tokens",
            "triggers",
        },
        *{"common_passwords", "passwords"},
        *LEAVES,
    },
}

# Rooms that change what is stored. `outbox` keeps its own books, which are no state of a clinic; `erasure`
# ends an account, after which there is no actor, no record and nothing for an action to be about; `sessions` is where
# Django keeps who is signed in.
WRITERS = {"actions", "outbox", "erasure", "management", "models", "receivers", "sessions"}
WRITES = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}

LONGEST_FILE = 250
USUAL_FILE = 150
LONGEST_FUNCTION = 30
LONGEST_VIEW = 25
VIEWS = {"views", "support"}
LONG_FILES = {
    "accounts/roles.py",  # the role matrix: one table, read as a whole
}
LONG_FUNCTIONS = {
    ("clinic/log.py", "logging_config"),  # one literal: what Django calls LOGGING
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


# Reading the source


@cache
def product_files() -> dict[Path, ast.Module]:
    """Every module of the product, parsed; without tests and migrations."""
    files = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    kept = [path for path in files if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)]
    return {path.relative_to(ROOT): ast.parse(path.read_text()) for path in kept}


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The second part of a module's name: "views" of accounts.views.members."""
    return [*module.split("."), ""][1]


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that a file imports, by its full name; `from accounts import rules` is accounts.rules."""
    found = set()
    for node in ast.walk(product_files()[path]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports by a relative name"
            assert node.module
            is_app = node.module in APPS
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if is_app else {node.module}
    return frozenset(found)


def product_imports() -> Iterator[tuple[str, str]]:
    """Each import of one module of the product by another, as (importing, imported)."""
    for path in product_files():
        module = module_name(path)
        for imported in sorted(imports(path)):
            if imported.split(".")[0] in APPS:
                yield module, imported


def functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions and methods with their dotted names; what is defined inside a function is its own business."""
    places: list[tuple[str, ast.AST]] = [("", tree)]
    while places:
        prefix, place = places.pop()
        for node in ast.iter_child_nodes(place):
            if isinstance(node, Function):
                yield f"{prefix}{node.name}", node
            elif isinstance(node, ast.ClassDef):
                places.append((f"{prefix}{node.name}.", node))
            elif isinstance(node, ast.If | ast.Try):
                places.append((prefix, node))


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of the name that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


# The direction of imports


def test_apps_import_only_what_is_below_them():
    wrong = []
    for module, imported in product_imports():
        app, other = module.split(".")[0], imported.split(".")[0]
        if app != other and other not in MAY_USE_APPS[app] and imported not in SHARED:
            wrong.append(f"{module} imports {imported}")

    assert wrong == []


def test_what_all_apps_share_knows_no_app():
    wrong = [pair for pair in product_imports() if _is_shared(pair[0]) and not _is_shared(pair[1])]

    assert wrong == []


def _is_shared(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in SHARED)


def test_inside_an_app_rooms_import_only_what_the_design_allows():
    wrong = []
    for module, imported in product_imports():
        room, other = room_of(module), room_of(imported)
        if module.startswith("clinic") or imported.startswith("clinic.") or not room or room == other:
            continue
        if room not in MAY_IMPORT:
            wrong.append(f"{module} is in a room of no known place: add {room!r} to MAY_IMPORT")
        elif other not in MAY_IMPORT[room]:
            wrong.append(f"{module} imports {imported}")

    assert wrong == []


def test_the_allowed_directions_have_no_circle():
    assert list(TopologicalSorter(MAY_IMPORT).static_order())


def test_policies_are_pure():
    """They look at the people they are given: no query, no request, no clock (DESIGN, Style 3)."""
    paths = [path for path in product_files() if path.name == "policies.py"]

    assert paths
    assert {imported for path in paths for imported in imports(path)} <= {"accounts.models", "accounts.policies"}


# Who writes


def _writes(tree: ast.Module) -> Iterator[str]:
    for name, call in calls(tree):
        # A queryset's update() takes names only; with anything before them it is a dict's.
        if (isinstance(call.func, ast.Attribute) and name in WRITES) or (name == "update" and not call.args):
            yield f"{call.lineno} calls {name}()"


def test_nothing_but_actions_changes_what_is_stored():
    wrong = [
        f"{path}:{write}"
        for path, tree in product_files().items()
        if room_of(module_name(path)) not in WRITERS
        for write in _writes(tree)
    ]

    assert wrong == []


# Sizes and words


def _lines(function: Function) -> int:
    """The length of a function without its docstring and decorators."""
    assert function.end_lineno is not None
    first = function.body[0]
    has_docstring = ast.get_docstring(function) is not None and first.end_lineno is not None
    docstring = first.end_lineno - first.lineno + 1 if has_docstring and first.end_lineno else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_files_are_small():
    lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in product_files()}
    usual = [path for path, length in lengths.items() if length <= USUAL_FILE]

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE and path not in LONG_FILES} == {}
    assert len(usual) >= 0.8 * len(lengths), "Most files are under 150 lines."


def test_functions_are_small():
    wrong = [
        f"{path}:{function.lineno} {name} has {_lines(function)} lines"
        for path, tree in product_files().items()
        for name, function in functions(tree)
        if _lines(function) > (LONGEST_VIEW if room_of(module_name(path)) in VIEWS else LONGEST_FUNCTION)
        and (str(path), name) not in LONG_FUNCTIONS
    ]

    assert wrong == []


def test_every_exception_is_still_needed():
    """A named exception that no longer applies would let the next finding through unseen."""
    paths = {str(path): path for path in product_files()}
    names = {(str(path), name) for path, tree in product_files().items() for name, _function in functions(tree)}

    assert paths.keys() >= LONG_FILES
    assert names >= LONG_FUNCTIONS


def test_what_is_public_says_what_it_is_for():
    wrong = []
    for path, tree in product_files().items():
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name != "Meta"]
        named = [(node.name, node) for node in classes] + list(functions(tree))
        for name, node in named:
            is_public = not any(part.startswith("_") for part in name.split("."))
            if is_public and ast.get_docstring(node) is None:
                wrong.append(f"{path}:{node.lineno} {name} has no docstring")

    assert wrong == []


def test_every_function_is_annotated():
    wrong = []
    for path, tree in product_files().items():
        for name, function in functions(tree):
            given = function.args
            named = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, [given.vararg, given.kwarg])]
            bare = [each.arg for each in named if each.annotation is None and each.arg not in {"self", "cls"}]
            if bare or function.returns is None:
                wrong.append(f"{path}:{function.lineno} {name}: {', '.join(bare) or 'what it returns'}")

    assert wrong == []


def test_nothing_prints():
    assert [
        f"{path}:{call.lineno}"
        for path, tree in product_files().items()
        for name, call in calls(tree)
        if name == "print"
    ] == []


# SQL and pages


def _is_built(argument: ast.expr) -> bool:
    """Whether a text is put together from parts: an f-string, + or %, or format() and join()."""
    if isinstance(argument, ast.Call):
        return isinstance(argument.func, ast.Attribute) and argument.func.attr in {"format", "join", "replace"}
    return isinstance(argument, ast.JoinedStr | ast.BinOp)


def test_sql_is_never_put_together_from_text():
    takes_sql = {"execute", "executemany", "executescript", "raw", "extra", "RawSQL", "RunSQL"}
    sources = {
        path.relative_to(ROOT): ast.parse(path.read_text()) for app in APPS for path in (ROOT / app).rglob("*.py")
    }
    wrong = [
        f"{path}:{call.lineno} {name}()"
        for path, tree in sources.items()
        for name, call in calls(tree)
        if name in takes_sql and any(_is_built(each) for each in [*call.args, *(word.value for word in call.keywords)])
    ]

    assert wrong == []


def test_code_marks_nothing_as_safe_html():
    unsafe = {"mark_safe", "SafeString", "SafeText", "html_safe"}
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in product_files().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in unsafe)
        or (isinstance(node, ast.Attribute) and node.attr in unsafe)
        or (isinstance(node, ast.ImportFrom) and unsafe & {alias.name for alias in node.names})
    ]

    assert wrong == []


def _templates(*, mail: bool) -> Iterator[tuple[str, str]]:
    """Templates of mails or of pages: their names, and their text without comments."""
    for path in sorted((ROOT / "templates").rglob("*.*")):
        name = str(path.relative_to(ROOT / "templates"))
        if name.startswith("emails/") == mail:
            comment = re.compile(r"{#.*?#}|{% comment.*?endcomment %}", re.DOTALL)
            yield name, comment.sub(lambda found: "\n" * found.group().count("\n"), path.read_text())


def _found(pattern: str, *, mail: bool) -> list[str]:
    expression = re.compile(pattern, re.IGNORECASE)
    return [
        f"templates/{name}:{text.count(chr(10), 0, match.start()) + 1} {match.group().strip()}"
        for name, text in _templates(mail=mail)
        for match in expression.finditer(text)
    ]


def test_templates_escape_everything_that_becomes_html():
    """Only the plain text of mails, where there is nothing to escape for, turns escaping off (C16)."""
    pattern = r"\|\s*(safe|safeseq)\b|{%\s*autoescape\s+off"
    html_of_mails = [each for each in _found(pattern, mail=True) if ".txt:" not in each]

    assert _found(pattern, mail=False) + html_of_mails == []


def test_pages_hold_no_inline_script_or_style():
    """The content security policy would refuse them, and is there to (A45). Mail has no other way to be styled."""
    inline = (
        r"<script\b(?![^>]*\bsrc=)[^>]*>",
        r"<style\b",
        r"(?<=[\s\"'])style\s*=\s*[\"']",
        r"(?<=[\s\"'])on[a-z]+\s*=\s*[\"']",
        r"(href|src|action)\s*=\s*[\"']\s*javascript:",
    )

    assert [found for pattern in inline for found in _found(pattern, mail=False)] == []


def test_mails_hold_no_script():
    assert _found(r"<script\b|(?<=[\s\"'])on[a-z]+\s*=\s*[\"']|javascript:", mail=True) == []
