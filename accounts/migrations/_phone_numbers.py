"""Phone numbers become E.164 while people work, and what was typed on the way back.

A row is changed only if it still holds what was read: what someone changes at that moment stays theirs. Rows are changed
by the batch, without those that someone is at work on; each of these is waited for alone, so that no one waits for us
who keeps us waiting. Stopped half-way, it goes on where it was when it is run again.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction

from accounts.text.countries import country_of_zone
from accounts.text.phone_numbers import validly_read_number, was_typed_as

BATCH = 500

# By id: the number that was read, what it becomes, and what is kept beside it.
Changes = dict[int, tuple[str, str, str]]


def to_e164(app: str, model: str, name: str) -> Callable[[Any, Any], None]:
    """Keep each number as E.164, and beside it what was typed; what isn't surely a number stays as it is."""

    def change(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, model).objects.using(schema_editor.connection.alias)
        for batch in _batches(rows.exclude(**{name: ""}), name, "account__country", "account__time_zone"):
            read = {
                pk: (typed, validly_read_number(typed, own or country_of_zone(zone))) for pk, typed, own, zone in batch
            }
            changes = {
                pk: (typed, number, typed) for pk, (typed, number) in read.items() if number not in {None, typed}
            }
            _write(rows, name, changes)

    return change


def as_typed(app: str, model: str, name: str) -> Callable[[Any, Any], None]:
    """Give each number back the spelling that it had, if it is the same number still."""

    def change(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, model).objects.using(schema_editor.connection.alias)
        for batch in _batches(rows.exclude(**{f"{name}_as_typed": ""}), name, f"{name}_as_typed"):
            changes = {pk: (number, typed, "") for pk, number, typed in batch if was_typed_as(number, typed)}
            _write(rows, name, changes)

    return change


def _batches(rows: Any, *names: str) -> Iterator[list[tuple[Any, ...]]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", *names)[:BATCH]):
        yield batch
        last = batch[-1][0]


def _write(rows: Any, name: str, changes: Changes) -> None:
    with transaction.atomic(using=rows.db):
        free = rows.select_for_update(skip_locked=True, no_key=True).filter(pk__in=changes).only("pk", name)
        found = list(free.order_by("pk"))
        same = [row for row in found if getattr(row, name) == changes[row.pk][0]]
        for row in same:
            _read, number, beside = changes[row.pk]
            setattr(row, name, number)
            setattr(row, f"{name}_as_typed", beside)
        rows.bulk_update(same, [name, f"{name}_as_typed"])
    for pk in changes.keys() - {row.pk for row in found}:
        read, number, beside = changes[pk]
        rows.filter(pk=pk, **{name: read}).update(**{name: number, f"{name}_as_typed": beside})
