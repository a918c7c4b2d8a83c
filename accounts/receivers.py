"""What follows from other parts' signals."""

from typing import Any

from axes.models import AccessAttempt
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import triggers
from accounts.sessions import SIGNED_IN_AT
from clinic.clock import database_now


@receiver(pre_save, sender=AccessAttempt)
def _keep_typed_text_out_of_the_throttle(instance: AccessAttempt, **_: Any) -> None:
    """The throttle counts who failed and from where; what they typed is nobody's business (A52)."""
    instance.get_data = instance.post_data = ""


@receiver(user_logged_in)
def _note_when(request: HttpRequest, **_: Any) -> None:
    """A session older than a deactivation is of no use after it, even once the person is active again (C4)."""
    request.session[SIGNED_IN_AT] = database_now().timestamp()


@receiver(pre_migrate)
def _stand_aside_for_migrations(sender: AppConfig, using: str, **_: Any) -> None:
    """SQLite cannot make a table anew while a trigger names it; nobody else writes there during a migration."""
    if sender.name == "accounts" and connections[using].vendor == "sqlite":
        triggers.remove(connections[using])


@receiver(post_migrate)
def _guard_ownership(sender: AppConfig, using: str, **_: Any) -> None:
    """The tables are as they should be: put the guard on them (K2)."""
    if sender.name == "accounts":
        triggers.install(connections[using])
