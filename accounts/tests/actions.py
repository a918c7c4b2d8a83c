"""Every action of the product, found by looking."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import accounts
import practitioners

Action = Callable[..., Any]

# What an action is made of says so itself: the action round it has checked.
PART = "For use inside "
# What locks is an action, or a part of one.
LOCKS = {"accounts.core.acting", "accounts.identity.users"}
# Whoever runs the site brings accounts over, or puts another key in place, from the command line.
OPERATORS = {
    "accounts.identity.two_factor.field_keys",
    "accounts.importing.actions",
    "accounts.importing.owners",
    "accounts.importing.logins",
}
# Asked for by Django alone, or by pages.
NO_ACTIONS = ("tests", "migrations", "management", "models", "templatetags")


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the rooms."""
    found = [
        each.name
        for app in (accounts, practitioners)
        for each in pkgutil.walk_packages(app.__path__, f"{app.__name__}.")
    ]
    return tuple(import_module(name) for name in found if not set(NO_ACTIONS) & set(name.split(".")))


def is_page(module: ModuleType) -> bool:
    """Whether it answers requests: views, and the pages of support."""
    name = module.__name__
    return name.endswith("views") or (name.startswith("accounts.support.") and not name.endswith(".actions"))


def is_part(function: Action) -> bool:
    return PART in " ".join((function.__doc__ or "").split())


@cache
def action_modules() -> tuple[ModuleType, ...]:
    """Those that lock, or are called actions; without the tools of the operator."""
    return tuple(module for module in modules() if _holds_actions(module))


@cache
def public_functions() -> dict[str, Action]:
    """Every public function of the actions by its name, "people.actions.update_member"; parts among them."""
    return {
        f"{module.__name__.removeprefix('accounts.')}.{name}": function
        for module in action_modules()
        for name, function in _own_functions(module)
        if not name.startswith("_")
    }


def _holds_actions(module: ModuleType) -> bool:
    if module.__name__ in {*LOCKS, *OPERATORS} or is_page(module) or hasattr(module, "__path__"):
        return False
    uses = {getattr(inspect.getmodule(each), "__name__", "") for each in vars(module).values()}
    return module.__name__.endswith(".actions") or bool(LOCKS & uses)


def _own_functions(module: ModuleType) -> Iterator[tuple[str, Action]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__:
            yield name, function
