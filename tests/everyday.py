"""Which cases of a whole cross product run every day; the others are marked `nightly`, and bin/nightly runs them.

    @pytest.mark.everyday("route", "who", ("who", "method"))

Each route, each person, and each person with each method is then in at least one case of every day. In place of a name
there may be a function, which takes the parameters it names and says what a case stands for. Which case it is that
stands for something is drawn from the cases' names, so that it stays the same from day to day, and no parameter is
always met with the same other one; `first=` is a function like that, and the cases with the least of it come first.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any
from zlib import crc32

import pytest

What = str | tuple[str, ...] | Callable[..., Hashable]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what repeats what quicker tests hold, before anything is chosen by marks."""
    products: defaultdict[str, list[pytest.Function]] = defaultdict(list)
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("everyday") and not is_nightly(item):
            products[item.nodeid.partition("[")[0]].append(item)
    for cases in products.values():
        mark = cases[0].get_closest_marker("everyday")
        assert mark is not None
        for case in repeated(cases, mark.args, mark.kwargs.get("first")):
            case.add_marker(pytest.mark.nightly)


def is_nightly(item: pytest.Item) -> bool:
    """Whether it is left to the night by itself."""
    return item.get_closest_marker("nightly") is not None


def repeated(
    cases: Iterable[pytest.Function], each: Iterable[What], first: Callable[..., Any] | None = None
) -> Iterable[pytest.Function]:
    """The cases that stand for nothing that an earlier one does not stand for."""

    def _place(case: pytest.Function) -> tuple[Any, int]:
        return (_said(case, first) if first else 0), crc32(case.nodeid.encode())

    seen: set[Hashable] = set()
    for case in sorted(cases, key=_place):
        held = {(number, _held(case, what)) for number, what in enumerate(each)}
        if held <= seen:
            yield case
        seen |= held


def _held(case: pytest.Function, what: What) -> Hashable:
    """What a case stands for."""
    if callable(what):
        return _hashable(_said(case, what))
    names = (what,) if isinstance(what, str) else what
    return tuple(_hashable(case.callspec.params[name]) for name in names)


def _hashable(value: Any) -> Hashable:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value  # type: ignore[no-any-return]


def _said(case: pytest.Function, function: Callable[..., Any]) -> Any:
    given = case.callspec.params
    return function(*(given[name] for name in inspect.signature(function).parameters))
