"""All that a request could change, so that a test can say that it changed nothing."""

from typing import Any

from django.apps import apps

from accounts.models import User

APPS = ("accounts", "practitioners")


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of the product, but for sessions, the throttle, and when somebody last signed in."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models(include_auto_created=True)]
    rows = {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}
    for login in rows[User._meta.label]:
        del login["last_login"]
    return rows
