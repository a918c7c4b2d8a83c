"""Whatever is sent to whichever address, by whomever: there is an answer, and it is never that something broke."""

import pytest

from clinic.tests.test_routes import IN_CLINIC, ROUTES, SUPPORT
from tests.fuzz.addresses import PLACES, address, places_in
from tests.fuzz.budget import IS_LONG, chance, rounds
from tests.fuzz.requests import Sent, requests_for
from tests.fuzz.sending import Tries
from tests.fuzz.visitors import VISITORS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("exceptions_are_seen"), pytest.mark.database]

PLACES_EACH = 12
# Who is let far enough in to look at what stands in the places of an address.
LOOKED_AT = {
    "an owner": IN_CLINIC,
    "support": [route for route in ROUTES if route.name in SUPPORT],
    "a practitioner with two-factor authentication": [route for route in ROUTES if not route.is_in_clinic],
}


@pytest.mark.parametrize("kind", VISITORS)
def test_every_address_answers_whatever_is_sent(town, figures, kind):
    tries = Tries(town.visitor(kind))
    for route in ROUTES:
        picks = chance(f"{kind} {route.name}")
        for _ in range(rounds()):
            for sent in requests_for(route, tries.visitor, picks):
                tries.send(sent)

    figures.tried("fuzz: requests", tries.count)
    tries.require_answers()
    # Otherwise nobody got far enough for anything to break.
    assert {200, 302, 400, 405, 413} <= set(tries.statuses)


@pytest.mark.parametrize("kind", LOOKED_AT)
def test_every_address_answers_whatever_stands_in_its_places(town, figures, kind):
    tries = Tries(town.visitor(kind))
    for route in LOOKED_AT[kind]:
        picks = chance(f"places {kind} {route.name}")
        for place in places_in(route):
            for odd in PLACES if IS_LONG else picks.sample(PLACES, PLACES_EACH):
                where = address(route, tries.visitor.ids, picks, **{place: odd})
                tries.send(Sent(picks.choice(("GET", "POST")), where))

    figures.tried("fuzz: requests", tries.count)
    tries.require_answers()
