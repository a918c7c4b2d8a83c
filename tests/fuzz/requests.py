"""One request, and a few of each sort for an address."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from clinic.tests.test_routes import Route
from tests.fuzz.addresses import address, question
from tests.fuzz.bodies import BODIES
from tests.fuzz.headers import headers
from tests.fuzz.pages import right_fields
from tests.fuzz.visitors import Visitor

METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 300)
# How many requests with a body, and without, each address gets from each visitor; other methods are picked by chance.
BODIES_EACH, QUESTIONS_EACH, OTHERS_EACH = 3, 1, 1


@dataclass(frozen=True)
class Sent:
    """One request. As text it is short enough for a failure, and says all that can be said of it."""

    method: str
    address: str
    kind: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        short = {name: value[:200] for name, value in self.headers.items()}
        body = f"{len(self.body)}: {self.body[:600]!r}"
        return f"{self.method[:10]} {self.address[:300]} {self.kind[:100]!r} {body} {short}"


def requests_for(route: Route, visitor: Visitor, picks: random.Random) -> Iterator[Sent]:
    """A few requests of each sort for one address."""
    where, own = address(route, visitor.ids, picks), visitor.headers["HTTP_COOKIE"]
    right = right_fields(route, visitor, where)
    for name in picks.sample(sorted(BODIES), BODIES_EACH):
        yield Sent("POST", asked(picks, where), *BODIES[name](right), headers(picks, own))
    for _ in range(QUESTIONS_EACH):
        yield Sent("GET", asked(picks, where), headers=headers(picks, own))
    for method in picks.sample(METHODS, OTHERS_EACH):
        body = BODIES[picks.choice(sorted(BODIES))](right)
        yield Sent(method, asked(picks, where), *body, headers(picks, own))


def asked(picks: random.Random, where: str) -> str:
    """The address, usually with something behind it."""
    return where if picks.random() < 0.4 else f"{where}?{question(picks)}"
