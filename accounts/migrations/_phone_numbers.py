"""Phone numbers become E.164 while people work, and what was typed on the way back.

Each row is changed by a statement of its own, and only if it still holds what was read: nobody waits for more than that,
no two locks are held at once, and what someone changes at that moment stays theirs. Stopped half-way, it goes on where
it was when it is run again.
"""

from collections.abc import Callable, Iterator
from typing import Any

from accounts.text.countries import country_of_zone
from accounts.text.phone_numbers import validly_read_number, was_typed_as

BATCH = 1000


def to_e164(app: str, model: str, name: str) -> Callable[[Any, Any], None]:
    """Keep each number as E.164, and beside it what was typed; what isn't surely a number stays as it is."""

    def change(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, model).objects.using(schema_editor.connection.alias)
        columns = (name, "account__country", "account__time_zone")
        for pk, typed, country, zone in _in_batches(rows.exclude(**{name: ""}), *columns):
            number = validly_read_number(typed, country or country_of_zone(zone))
            if number not in {None, typed}:
                rows.filter(pk=pk, **{name: typed}).update(**{name: number, f"{name}_as_typed": typed})

    return change


def as_typed(app: str, model: str, name: str) -> Callable[[Any, Any], None]:
    """Give each number back the spelling that it had, if it is the same number still."""

    def change(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, model).objects.using(schema_editor.connection.alias)
        for pk, number, typed in _in_batches(rows.exclude(**{f"{name}_as_typed": ""}), name, f"{name}_as_typed"):
            if was_typed_as(number, typed):
                rows.filter(pk=pk, **{name: number}).update(**{name: typed, f"{name}_as_typed": ""})

    return change


def _in_batches(rows: Any, *names: str) -> Iterator[tuple[Any, ...]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", *names)[:BATCH]):
        yield from batch
        last = batch[-1][0]
