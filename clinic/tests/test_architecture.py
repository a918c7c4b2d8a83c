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

# The rooms of each app, from the ground up. A room imports what stands above it here, and nothing that stands below: so
# there is no circle. A module of the app itself (its addresses, tasks, receivers, middleware) is no room and sees all.
ROOMS = {
    "accounts": [
        "access",  # who may do what; looks at the people it is given
        "text",  # what may be typed, and how it is kept
        "models",
        "core",  # what every room needs: acting, errors, tokens, limits, fields, the base view
        "mail",  # messages and their words
        "outbox",  # when and how mail goes
        "identity",  # who somebody is: passwords, sessions, two-factor authentication, signing in
        "invitations",
        "addresses",  # the addresses that people sign in with, changed and put back
        "ownership",
        "people",
        "clinic_settings",
        "importing",
        "support",
        "home",
        "management",
        "templatetags",
    ],
    "practitioners": [
        "schedule",  # a usual week, and what it comes to on days of the calendar; knows no database
        "models",
        "policies",
        "rules",
        "queries",
        "businesses",
        "settings",
        "directory",
        "templatetags",
    ],
}
# Arrows that run up, each with its reason.
UPWARDS: dict[tuple[str, str], str] = {}
# What a room keeps to itself: other rooms call its actions and ask its rules and queries.
PRIVATE = ("views", "forms")

# What changes what is stored, beside modules called `actions`: what actions are made of, the outbox with its own books,
# what Django and the database bring up by themselves, and tools of the operator.
WRITERS = {
    *("accounts.core.acting", "accounts.core.network_limits", "accounts.core.seats"),
    *("accounts.identity.users", "accounts.identity.sessions.store", "accounts.identity.sessions.upkeep"),
    "accounts.identity.two_factor.field_keys",
    *("accounts.invitations.accepting", "accounts.invitations.answers", "accounts.invitations.dismissal"),
    *("accounts.addresses.freeing", "accounts.addresses.invitations", "accounts.addresses.links"),
    *("accounts.addresses.objections", "accounts.addresses.put_back"),
    "accounts.ownership.disputes",
    "accounts.clinic_settings.closing.erasure",
    "accounts.importing.logins",
    "practitioners.receivers",
}
WRITING_ROOMS = {"models", "outbox", "management"}
WRITES = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}

LONGEST_FILE = 250
USUAL_FILE = 150
LONGEST_FUNCTION = 30
LONGEST_VIEW = 25
LONG_FILES = {
    "accounts/access/roles.py",  # the role matrix: one table, read as a whole
    "clinic/settings.py",  # a list: what is set, in one place
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
    """The room that a module is in: "people" of accounts.people.views; none for a module of the app itself."""
    app, second = [*module.split("."), ""][:2]
    return second if second in ROOMS.get(app, ()) else ""


def is_view(module: str) -> bool:
    return module.endswith("views") or ".support." in module


@cache
def modules() -> frozenset[str]:
    return frozenset(module_name(path) for path in product_files())


def running(tree: ast.Module) -> Iterator[ast.AST]:
    """All of a module but what only the type checker reads."""
    places: list[ast.AST] = [tree]
    while places:
        place = places.pop()
        yield place
        is_for_types = isinstance(place, ast.If) and ast.unparse(place.test) == "TYPE_CHECKING"
        places += place.orelse if is_for_types else ast.iter_child_nodes(place)


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that a file imports, by its full name: a.b for `from a import b` and for `from a.b import c`."""
    found = set()
    for node in running(product_files()[path]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports by a relative name"
            assert node.module
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (named & modules()) or {node.module}
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


def test_every_package_is_a_room():
    """A new one has to be given its place in ROOMS."""
    packages = {tuple(path.parts[:2]) for path in product_files() if len(path.parts) > 2}

    assert {(app, name) for app, name in packages if app in ROOMS and name not in ROOMS[app]} == set()


def arrows() -> Iterator[tuple[str, str, str, str]]:
    """Each import between two rooms of one app: app, room, other room, and the line to show."""
    for module, imported in product_imports():
        app, room, other = module.split(".")[0], room_of(module), room_of(imported)
        if imported.split(".")[0] == app and app in ROOMS and room and room != other:
            yield app, room, other, f"{module} imports {imported}"


def test_rooms_import_only_what_stands_above_them():
    wrong = []
    for app, room, other, line in arrows():
        order = ROOMS[app]
        if not other or (order.index(other) > order.index(room) and (room, other) not in UPWARDS):
            wrong.append(line)

    assert wrong == []


def test_an_arrow_that_is_allowed_to_run_up_is_there():
    assert UPWARDS.keys() <= {(room, other) for _app, room, other, _line in arrows()}


def test_no_module_reaches_itself_by_its_imports():
    """But for models: rows of two tables know each other."""
    graph: dict[str, set[str]] = {}
    for module, imported in product_imports():
        if ".models." not in module or ".models." not in imported:
            graph.setdefault(module, set()).add(imported)

    assert list(TopologicalSorter(graph).static_order())


def test_rooms_keep_their_views_and_forms_to_themselves():
    """But for the base view and what all forms share, which are in `core`."""
    wrong = [
        f"{module} imports {imported}"
        for module, imported in product_imports()
        if room_of(module) != room_of(imported) != "core"
        and room_of(module)
        and any(part.endswith(PRIVATE) for part in imported.split(".")[2:])
    ]

    assert wrong == []


def test_the_app_itself_holds_no_more_than_it_has_to():
    """What belongs to a capability is in its room: at most a dozen modules stand outside of all of them."""
    outside = list((ROOT / "accounts").glob("*.py"))

    assert len(outside) <= 12


def test_policies_are_pure():
    """They look at the people they are given: no query, no request, no clock (DESIGN, Style 3)."""
    paths = [path for path in product_files() if path.name == "policies.py"]

    assert paths
    allowed = {"__future__", "typing", "accounts.models", "accounts.access.policies"}
    assert {imported for path in paths for imported in imports(path)} <= allowed


# Who writes


def _writes(tree: ast.Module) -> Iterator[str]:
    for name, call in calls(tree):
        # A queryset's update() takes names only; with anything before them it is a dict's.
        if (isinstance(call.func, ast.Attribute) and name in WRITES) or (name == "update" and not call.args):
            yield f"{call.lineno} calls {name}()"


def may_write(module: str) -> bool:
    return module in WRITERS or module.endswith(".actions") or bool(WRITING_ROOMS & set(module.split(".")))


def test_nothing_but_actions_changes_what_is_stored():
    wrong = [
        f"{path}:{write}"
        for path, tree in product_files().items()
        if not may_write(module_name(path))
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
        if _lines(function) > (LONGEST_VIEW if is_view(module_name(path)) else LONGEST_FUNCTION)
        and (str(path), name) not in LONG_FUNCTIONS
    ]

    assert wrong == []


def test_every_exception_is_still_needed():
    """A named exception that no longer applies would let the next finding through unseen."""
    paths = {str(path): path for path in product_files()}
    names = {(str(path), name) for path, tree in product_files().items() for name, _function in functions(tree)}

    assert paths.keys() >= LONG_FILES
    assert names >= LONG_FUNCTIONS


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
        if name.startswith("mail/") == mail:
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
