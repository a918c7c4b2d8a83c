"""Which country a time zone is in. Migrations name this module."""

from functools import cache
from importlib.resources import files


def country_of_zone(zone: str) -> str:
    """Return the country of a time zone, as ISO 3166-1 has it in two letters; "" if the zone isn't of one country.

    Browsers still report some zones under a former name, such as Asia/Calcutta. Behind some of those is a zone that
    several countries share by now, and then nothing is guessed.
    """
    return _countries().get(zone) or _countries_of_former_names().get(zone, "")


@cache
def _countries() -> dict[str, str]:
    return {zone: country for country, _where, zone in _rows("zone.tab")}


@cache
def _countries_of_former_names() -> dict[str, str]:
    of_one = {zone: countries for countries, _where, zone in _rows("zone1970.tab") if "," not in countries}
    links = (line.split(" ") for line in _lines("tzdata.zi") if line.startswith("L "))
    # EST and the like are no place, whatever they lead to.
    return {former: of_one[zone] for _l, zone, former in links if "/" in former and zone in of_one}


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t")[:3] for line in _lines(name) if not line.startswith("#")]


def _lines(name: str) -> list[str]:
    return files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()
