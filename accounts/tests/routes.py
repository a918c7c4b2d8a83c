"""The addresses inside a clinic, read off the URL patterns, so that a new one cannot be forgotten."""

from collections.abc import Iterable
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "post", "put", "patch", "delete")


@cache
def all_routes() -> tuple[tuple[str, URLPattern, bool], ...]:
    """Every pattern of the product: its full name, itself, and whether it is under `/<account_slug>/`."""
    return tuple(_walk(get_resolver().url_patterns, namespace="", inside=False))


def _walk(
    patterns: Iterable[URLPattern | URLResolver], *, namespace: str, inside: bool
) -> Iterable[tuple[str, URLPattern, bool]]:
    for each in patterns:
        is_inside = inside or "account_slug" in str(each.pattern)
        if isinstance(each, URLResolver):
            deeper = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from _walk(each.url_patterns, namespace=deeper, inside=is_inside)
        else:
            yield f"{namespace}{each.name}", each, is_inside


def clinic_routes() -> set[tuple[str, str]]:
    """Every (name, method) inside a clinic; the name without its namespace."""
    return {
        (str(pattern.name), method)
        for _name, pattern, is_inside in all_routes()
        if is_inside
        for method in METHODS
        if method in pattern.callback.view_class.http_method_names and hasattr(pattern.callback.view_class, method)
    }
