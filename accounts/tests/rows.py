"""Rows as the database has them, so that a test can say that a request changed none.

Some tests look at every table after every request: having the ORM write the same statements anew took longer than the
requests did, so each is written once.
"""

from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Field, Model

from accounts.models import SecurityEvent, SignIn, User

APPS = ("accounts", "practitioners")

Row = dict[str, Any]


def rows_of(model: type[Model], field: Field | None = None, value: int | None = None) -> list[Row]:
    """The rows of a table by key; with `field`, those that have `value` in it."""
    with connection.cursor() as cursor:
        cursor.execute(_select(model, field), [value] if field else [])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@cache
def _select(model: type[Model], field: Field | None) -> str:
    """The statement with a place for the value; any number does to have it written."""
    rows = model._base_manager.filter(**{field.name: 0} if field else {}).order_by("pk").values()
    statement, _values = rows.query.sql_with_params()
    return statement


def everything() -> dict[str, list[Row]]:
    """All rows of the product, but for sessions, the throttle, and when and where somebody signed in."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models(include_auto_created=True)]
    rows = {model._meta.label: rows_of(model) for model in models if model is not SignIn}
    events = rows[SecurityEvent._meta.label]
    rows[SecurityEvent._meta.label] = [each for each in events if each["kind"] != SecurityEvent.Kind.SIGNED_IN]
    for login in rows[User._meta.label]:
        del login["last_login"]
    return rows
