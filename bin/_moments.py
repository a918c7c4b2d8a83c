"""Which tests name a moment, and so could fail on some other day. Standard library only.

A test breaks on some day if it holds a moment against today, so it names one or moves the clock: itself, or in what it
uses of its own file, be it a fixture, a helper or a constant.
"""

import ast
import re
from pathlib import Path

NAMES_A_MOMENT = re.compile(r"time_machine|\bdatetime\(|\bdate\(|fromisoformat|20[23]\d-[01]\d")


def tests_with_a_moment(path: Path) -> list[str]:
    """The names of a file's tests and test classes that name a moment, in the file's order."""
    text = path.read_text()
    if not NAMES_A_MOMENT.search(text):
        return []
    parts = {name: node for node in ast.parse(text).body for name in _defines(node)}
    uses = {name: _mentions(node) & parts.keys() for name, node in parts.items()}
    lines = text.splitlines()
    named = {name for name, node in parts.items() if NAMES_A_MOMENT.search(_source(node, lines))}
    for_all = {name for name, node in parts.items() if name == "pytestmark" or _is_autouse(node)}
    tests = [name for name in parts if name.lower().startswith("test")]
    return [test for test in tests if _reached({test} | for_all, uses) & named]


def _defines(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a file gives something."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
    return []


def _mentions(node: ast.stmt) -> set[str]:
    """Every name in it; a fixture may be there as an argument, or as a text."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.arg):
            found.add(each.arg)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.add(each.value)
    return found


def _source(node: ast.stmt, lines: list[str]) -> str:
    """Its text, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min(node.lineno, *(each.lineno for each in decorators)) if decorators else node.lineno
    return "\n".join(lines[first - 1 : node.end_lineno])


def _is_autouse(node: ast.stmt) -> bool:
    return any("autouse" in ast.unparse(each) for each in getattr(node, "decorator_list", []))


def _reached(names: set[str], uses: dict[str, set[str]]) -> set[str]:
    """These and all that they use, directly or not."""
    reached: set[str] = set()
    while names:
        reached |= names
        names = {used for name in names for used in uses[name]} - reached
    return reached
