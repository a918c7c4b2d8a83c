"""Nobody else changes an owner, by any address of the product and however it is sent (S22, A39, A40).

The addresses are read off the URL patterns and the fields off the forms, so that what is added later is tried, too.
"""

from zlib import crc32

import pytest
from django.test import Client

from accounts.models import Dispute
from accounts.outbox.sweep import begin_sweep
from accounts.tests.belongings import Belongings
from accounts.tests.harm import (
    EVIL_ADDRESS,
    WAYS,
    address_of,
    copy_of,
    fields_of_every_form,
    harmful_fields,
    open_links,
    undone,
)
from accounts.tests.routes import all_routes, clinic_routes
from accounts.tests.support_desk import support_staff
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.policy]

# Whom an address names that takes a member's id; the fields name the owner in any case.
NAMED = ("the owner", "a colleague", "somebody invited")


def _arguments(name: str) -> list[str]:
    """What an address takes; the clinic, where it is inside one."""
    [(pattern, is_inside)] = [(each, is_inside) for full, each, is_inside in all_routes() if full == name]
    return [*(["account_slug"] if is_inside else []), *pattern.pattern.converters]


def _takes_post(name: str) -> bool:
    return (name.rpartition(":")[2], "post") in clinic_routes()


def _routes(*, inside: bool) -> list[tuple[str, str]]:
    """Every address, once for each person that it can name."""
    names = [name for name, _pattern, is_inside in all_routes() if is_inside == inside]
    return [(name, who) for name in names for who in (NAMED if "member_id" in _arguments(name) else ["nobody"])]


@pytest.fixture
def named(cast, tess):
    """Find whom an address names; an address that names nobody is about the owner by its fields alone."""
    people = {"a colleague": tess, "somebody invited": cast.invited}
    return lambda who: people.get(who, cast.owner)


def _some_ways(route: tuple[str, str]) -> list[str]:
    """As a form, and in two other ways; others for each route, so that all are tried every day."""
    form, *others = WAYS
    first = crc32(" ".join(route).encode()) % len(others)
    return [form, *(others[(first + more) % len(others)] for more in (0, 5))]


@pytest.fixture(params=["in some ways", pytest.param("in every way", marks=pytest.mark.nightly)])
def walk(request, cast, hers, named):
    """Send a route every field from the actor's browser, and look after each way of it at what is Olive's."""

    begin_sweep()

    def _walk(route, *, actor, browser):
        name, who = route
        owner, target = cast.owner, named(who)
        # Towards the owner it is a new address; towards anybody else, hers.
        email = EVIL_ADDRESS if who == "the owner" else owner.user.email
        fields = harmful_fields(target=target, owner=owner, actor=actor, email=email)
        address = address_of(name, _arguments(name), target=target, owner=owner)
        before = hers.look()
        open_links(browser, owner=owner, actor=actor)
        for way in WAYS if request.param == "in every way" else _some_ways(route):
            with undone():
                answer = WAYS[way](copy_of(browser), address, fields)
                assert hers.look() == before, f"{actor} changed something of hers {way}"
                assert answer.status_code < 500

    return _walk


# What of it is tried every day: each address, and each person that one can name.


def _address(route: tuple[str, str]) -> str:
    return route[0]


def _whom_it_names(route: tuple[str, str], somebody_else: str) -> tuple[str, str]:
    return route[1], somebody_else


@pytest.mark.parametrize("route", _routes(inside=True), ids=" of ".join)
@pytest.mark.everyday(_address, _whom_it_names, "somebody_else")
def test_no_request_in_the_clinic_changes_anything_of_an_owner_who_is_somebody_else(
    somebody_else, sign_in, walk, route
):
    walk(route, actor=somebody_else, browser=sign_in(somebody_else))


@pytest.mark.parametrize("route", _routes(inside=False), ids=" of ".join)
@pytest.mark.everyday("route", "somebody_else")
def test_no_request_outside_the_clinic_does_the_support_sites_included(cast, somebody_else, sign_in, walk, route):
    """S37: they are no support, so that its addresses are nothing to them."""
    Dispute.objects.create(account=cast.clinic, filed_by=somebody_else, story="Mine.", created_at=database_now())

    walk(route, actor=somebody_else, browser=sign_in(somebody_else))


@pytest.mark.parametrize("route", _routes(inside=False), ids=" of ".join)
def test_no_request_from_a_browser_in_which_nobody_is_signed_in_does(cast, walk, route):
    walk(route, actor=cast.administrator, browser=Client())


# The walk reaches everything, and what it sends would work on somebody else


def test_the_walk_goes_to_every_address_inside_a_clinic():
    walked = {name.rpartition(":")[2] for name, _who in _routes(inside=True)}

    assert {name for name, _method in clinic_routes()} <= walked


def test_every_field_of_every_form_is_sent(cast):
    fields = harmful_fields(target=cast.owner, owner=cast.owner, actor=cast.administrator, email=EVIL_ADDRESS)

    missing = fields_of_every_form() - fields.keys()
    assert missing == set(), "Say in harmful_fields() what would do harm there."


ABOUT_SOMEBODY = sorted(
    name for name, _pattern, inside in all_routes() if inside and "member_id" in _arguments(name) and _takes_post(name)
)


@pytest.mark.parametrize("name", ABOUT_SOMEBODY)
def test_the_same_request_does_change_somebody_who_is_no_owner(cast, otto, tess, sign_in, name):
    """Otherwise the walk would show nothing: a form that is refused for some other reason harms nobody."""

    def changes(target):
        theirs = Belongings.of(target, sign_in(target))
        before = theirs.look()
        fields = harmful_fields(target=target, owner=target, actor=otto, email=EVIL_ADDRESS)
        WAYS["as a form"](sign_in(otto), address_of(name, _arguments(name), target=target, owner=target), fields)
        return theirs.look() != before

    assert changes(tess) or changes(cast.invited), "Give harmful_fields() what this form needs to be accepted."


def test_the_same_request_by_support_does_change_an_owner(cast, hers, sign_in):
    """S37: it is being of support that makes the difference, and nothing in what is sent."""
    name, staff = "support:owner_remove", support_staff()
    before = hers.look()
    fields = harmful_fields(target=cast.owner, owner=cast.owner, actor=cast.administrator, email=EVIL_ADDRESS)

    WAYS["as a form"](sign_in(staff), address_of(name, _arguments(name), target=cast.owner, owner=cast.owner), fields)

    assert hers.look() != before
