"""What is chosen of a cross product for every day stands for all of it (tests/everyday.py)."""

from itertools import product
from types import SimpleNamespace

import pytest

from tests.everyday import repeated


def _cases(**given):
    """A case for each combination of the parameters."""
    return [
        SimpleNamespace(
            nodeid=f"test[{'-'.join(map(str, values))}]",
            callspec=SimpleNamespace(params=dict(zip(given, values, strict=True))),
        )
        for values in product(*given.values())
    ]


def _everyday(cases, *each, **how):
    left = {case.nodeid for case in repeated(cases, each, **how)}
    return [case.callspec.params for case in cases if case.nodeid not in left]


def test_each_value_that_is_named_has_a_case_on_every_day():
    kept = _everyday(_cases(route=range(30), who=range(5), method=["get", "post"]), "route", ("who", "method"))

    assert {case["route"] for case in kept} == set(range(30))
    assert {(case["who"], case["method"]) for case in kept} == set(product(range(5), ["get", "post"]))
    assert len(kept) <= 40


def test_what_a_function_says_of_a_case_has_one_too_and_those_with_the_least_come_first():
    def outcome(role, page):
        return page, role >= page

    def distance(role, page):
        return abs(role - page)

    kept = _everyday(_cases(role=range(6), page=range(1, 6)), outcome, first=distance)

    assert {(case["role"], case["page"]) for case in kept} == {
        (role, page) for page in range(1, 6) for role in (page - 1, page)
    }


def test_a_value_that_has_no_hash_is_told_by_how_it_reads():
    assert len(_everyday(_cases(field=[["a"], ["b"]], number=range(3)), "field")) == 2


def test_the_same_cases_are_chosen_in_whichever_order_they_come():
    cases = _cases(route=range(9), who=range(4))

    assert _everyday(cases, "route", "who") == sorted(
        _everyday(cases[::-1], "route", "who"), key=lambda case: (case["route"], case["who"])
    )


def test_a_name_that_is_no_parameter_is_an_error():
    with pytest.raises(KeyError):
        _everyday(_cases(route=range(2)), "who")
