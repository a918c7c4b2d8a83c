"""What stands in the places of an address, and behind it."""

import random
import re
from urllib.parse import quote, urlencode

from clinic.tests.test_routes import Route
from tests.fuzz.inputs import ODD
from tests.fuzz.visitors import Ids

NAMES = (
    "page",
    "q",
    "role",
    "status",
    "next",
    "with",
    "first",
    "inactive",
    "practitioners",
    "without_two_factor",
    "state",
    "p",
)
MORE_NAMES = (
    "o",
    "all",
    "e",
    "_popup",
    "_to_field",
    "_facets",
    "state__exact",
    "members__user__password",
    "business",
    "day",
)
RAW = (
    *("?", "=", "&&&", "%", "%zz", "%ff=%fe", "%00=%00", "page=%ED%A0%80", "page", "page=last"),
    *("page=1&page=2&page=", "&".join(["a"] * 3000)),
    *("x" * 9000, "a=" + "%cc%81" * 3000, "a;b", "state=open&state=locked", "\x7f"),
    *("next=%0d%0aSet-Cookie:a=b", "p=-1&o=-1.9.x", "q=" + "a+" * 900),
    *("q=%22%00", "q='%22", "q=%5C", "q=%25_%25", "page=" + "9" * 400, "with=backup", "first=1"),
    *("o=99999999999999999999", "o=1.-2.3"),
)


def question(chance: random.Random) -> str:
    """What may stand behind an address."""
    if chance.random() < 0.4:
        return chance.choice(RAW)
    names = chance.sample([*NAMES, *MORE_NAMES], chance.randint(1, 4))
    return urlencode([(name, chance.choice(ODD)[:4000]) for name in names])


PLACES = (
    *("0", "-1", "1", "01", "007", str(2**31), str(2**63 - 1), str(2**63), str(2**64), str(10**40), "9" * 4000),
    *("9" * 5000, "٣", "1e3", "0x1", "1.5"),
    *("%00", "1%00", "%ED%A0%80", "%FF", "..", "%2e%2e", "..%2f..", "a%2fb", "x" * 5000, "é", "\u202e"),
    *("%E2%80%AE", "none", "a-b", "Zg", "MQ", "=" * 9),
    *("LTE", "MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA", "wqA", "AA", "set-password", "%20", "%25", "%", "a.b.c"),
    *("1-1-mail.x", "-", "admin", "new", ":", "%0a"),
)
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def places_in(route: Route) -> list[str]:
    """The parts of an address that can be this or that."""
    return _PLACE.findall(route.pattern)


def address(route: Route, ids: Ids, chance: random.Random, **odd: str) -> str:
    """The address of a route with what is right in its places, but for the `odd` ones, which stand as they are."""

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        right = ids.get(f"{route.name} {name}") or ids.get(name, [1])
        return odd[name] if name in odd else quote(str(chance.choice(right)))

    return "/" + _PLACE.sub(fill, route.pattern)
