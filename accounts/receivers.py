"""What follows from other parts' signals."""

from typing import Any

from axes.models import AccessAttempt
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.core.carried import Carried, drop
from accounts.core.earlier_use import EarlierUse
from accounts.core.origin import Origin
from accounts.core.requests import ours
from accounts.core.security_log import note, page_of, user_with
from accounts.core.signals import mailbox_proved
from accounts.identity.sessions.actions import begin_sign_in, forget_sign_in
from accounts.identity.sessions.known_browsers import remember_browser
from accounts.identity.sessions.store import SIGN_IN_ID, SIGNED_IN_AT
from accounts.invitations.proved_mailbox import undo_joining
from accounts.models import Account, User
from accounts.ownership import triggers
from clinic.clock import database_now


@receiver(pre_save, sender=AccessAttempt)
def _keep_typed_text_out_of_the_throttle(instance: AccessAttempt, **_: Any) -> None:
    """The throttle counts who failed and from where; what they typed is nobody's business (A52)."""
    instance.get_data = instance.post_data = ""


@receiver(user_logged_in)
def _note_when(request: HttpRequest, **_: Any) -> None:
    """A session older than a deactivation is of no use after it, even once the person is active again (C4)."""
    request.session[SIGNED_IN_AT] = database_now().timestamp()


@receiver(user_logged_in)
def _write_it_down(request: HttpRequest, user: User, **_: Any) -> None:
    """The person sees where they are signed in, and can end it (A17). What this browser was before ends with it."""
    former = getattr(request, "sign_in", None)
    if former is not None:
        forget_sign_in(sign_in_id=former.pk)
        # The library keeps the key where the same person signs in again (A14).
        request.session.cycle_key()
        ours(request).sign_in = None
    request.session[SIGN_IN_ID] = begin_sign_in(user=user, origin=Origin.of(request)).pk


@receiver(user_logged_in)
def _note_signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    note("signed_in", request, user=user, page=page_of(request))


@receiver(user_logged_in)
def _forget_what_needs_no_sign_in(request: HttpRequest, **_: Any) -> None:
    """Whoever signs in next at a shared computer may be somebody else than who opened a link to go without."""
    drop(request, Carried.OBJECTION, Carried.RECOVERY, Carried.RESET, Carried.RESET_DONE, Carried.SIGNED_OUT)


@receiver(user_logged_out)
def _forget_open_links(request: HttpRequest, **_: Any) -> None:
    """The session is gone, and with it goes all else that this browser carried."""
    drop(request)


@receiver(user_logged_out)
def _note_signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None and not getattr(request, "ended_by_limit", False):
        note("signed_out", request, user=user)
    if SIGN_IN_ID in request.session:
        forget_sign_in(sign_in_id=request.session[SIGN_IN_ID])


@receiver(user_login_failed)
def _note_password_refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """On any page. Says whose it was not by id; what was typed as the address could be anything, a password too."""
    if request is not None:
        whose = user_with(str(credentials.get("username")))
        note("password_refused", request, page=page_of(request), target_user=whose)


@receiver(user_logged_in)
def _know_the_browser(request: HttpRequest, user: User, **_: Any) -> None:
    """Whoever completes a sign-in is not locked out of this browser by what strangers try elsewhere (A8)."""
    remember_browser(request, user)


@receiver(mailbox_proved)
def _let_memberships_fall_back(user: User, joining: Account | None, **_: Any) -> EarlierUse:
    """Whoever joined a clinic before may not have been who reads the mail (A73)."""
    return undo_joining(user, joining=joining)


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
