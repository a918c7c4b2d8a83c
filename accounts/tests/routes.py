"""The addresses inside a clinic, read off the URL patterns, so that a new one cannot be forgotten."""

from collections.abc import Iterable, Iterator
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Member

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


@cache
def _inside() -> dict[str, tuple[str, URLPattern]]:
    """Each address inside a clinic by its name without a namespace: the full name and the pattern."""
    found = [(str(pattern.name), (full, pattern)) for full, pattern, is_inside in all_routes() if is_inside]
    assert len(found) == len(dict(found)), "Two apps have a page of the same name."
    return dict(found)


def clinic_page(name: str, slug: str, *args: object) -> str:
    """The address of a page inside a clinic, in whichever app it is."""
    return reverse(_inside()[name][0], args=[slug, *args])


def takes(name: str) -> str | None:
    """What the address of a page inside a clinic takes beside the clinic: "member_id", "business_id" or nothing."""
    [*converters] = _inside()[name][1].pattern.converters
    return converters[0] if converters else None


def every_address(member: Member) -> Iterator[tuple[str, str]]:
    """Each page of this member's clinic as (name, address); about them, and the clinic's first business."""
    clinic = member.account
    ids = {"member_id": member.pk, "business_id": clinic.businesses.order_by("pk")[0].pk}
    for name in sorted(_inside()):
        yield name, clinic_page(name, clinic.slug, *([ids[str(takes(name))]] if takes(name) else []))
