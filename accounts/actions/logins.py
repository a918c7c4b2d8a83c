"""What every change of a login does: lock it, look at it as it is now, record what was done, tell the person."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypedDict

from django.db import transaction
from django.db.models import F

from accounts.actions.base import lock_account, permit
from accounts.actions.telling import queue_notices
from accounts.models import (
    Authenticator,
    BackupCode,
    EmailChange,
    Member,
    OutboundEmail,
    Passkey,
    SecurityEvent,
    SignIn,
    TrustedBrowser,
    User,
)
from accounts.origin import Origin
from accounts.security_log import note_change
from clinic.clock import database_now


class Whose(TypedDict):
    """Who changes their own login, from where, and the sign-in that goes on; every other ends."""

    user: User
    origin: Origin
    keep: int | None


@contextmanager
def changing_login(user: User) -> Iterator[User]:
    """Open a transaction with the login locked; gives it as on file now. An account is locked before it, never after.

    For use inside an action. Raises NotPermitted where it was switched off since the page was opened.
    """
    with transaction.atomic():
        fresh = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        permit(fresh.is_active)
        yield fresh


@contextmanager
def locking_login_and_clinics(user: User) -> Iterator[User]:
    """Open a transaction with every clinic that the login has a place in locked, in one order for everybody, then the
    login; gives it as on file now, be it switched off. For use inside an action.
    """
    while True:
        with transaction.atomic():
            clinics = _clinics_of(user)
            for account_id in clinics:
                lock_account(account_id)
            fresh = User.objects.select_for_update(no_key=True).get(pk=user.pk)
            # Another may have invited them before the login was locked: it would have to be locked first, too.
            if _clinics_of(user) == clinics:
                yield fresh
                return


def _clinics_of(user: User) -> list[int]:
    places = Member.objects.filter(user=user).order_by("account_id")
    return list(places.values_list("account_id", flat=True).distinct())


def record_event(
    kind: SecurityEvent.Kind,
    *,
    user: User,
    origin: Origin,
    by: Member | None = None,
    details: dict[str, Any] | None = None,
    mail_to: str | None = None,
) -> SecurityEvent:
    """Write what happened to a login, in the action's own transaction, and tell the person by mail (A13).

    For use inside another action. `by` is the administrator who did it. `mail_to` is the address, where it is not the
    one on file; with "" nobody is told.
    """
    event = SecurityEvent.objects.create(
        user=user,
        kind=kind,
        by=by,
        details=details or {},
        created_at=database_now(),
        ip_address=origin.ip_address,
        user_agent=origin.user_agent,
    )
    if kind != SecurityEvent.Kind.SIGNED_IN and by is None:
        # Signing in has a line of its own, which says at which door; so has what an administrator does, with its entry.
        transaction.on_commit(lambda: note_change(event))
    if kind not in NOT_MAILED and mail_to != "":
        queue_notices([mail_to or user], of=event)
    return event


# What people do every day, and what a mail of its own tells of already.
NOT_MAILED = frozenset({SecurityEvent.Kind.SIGNED_IN, SecurityEvent.Kind.BROWSER_TRUSTED})


def end_sign_ins(user: User, *, apart_from: int | None = None) -> int:
    """End every sign-in of `user` but one, and know and trust no browser any more. For use inside another action.

    Returns how many ended; each is out at its next request (A16, A17). Raises NotPermitted if that one was ended after
    this request began: what it showed to prove who sends it may no longer count (A59).
    """
    permit(apart_from is None or SignIn.objects.filter(pk=apart_from, user=user).exists())
    ended, _by_model = SignIn.objects.filter(user=user).exclude(pk=apart_from or 0).delete()
    TrustedBrowser.objects.filter(user=user).delete()
    forget_known_browsers(user)
    return ended


def forget_known_browsers(user: User) -> None:
    """Let no browser count as one in which `user` has signed in, until they do again (A65).

    For use inside another action. Whoever copied what such a browser holds is a stranger from now on.
    """
    User.objects.filter(pk=user.pk).update(browsers_forgotten=F("browsers_forgotten") + 1)
    # Whoever signs in with this object next is known by it.
    user.refresh_from_db(fields=["browsers_forgotten"])


def forget_if_unused(user: User) -> None:
    """Drop the row of an address that nobody uses: nothing of this product is theirs. For use inside another action.

    A row that another transaction has locked is being put to use and stays. Waiting for it could be a deadlock: two
    clinics may correct addresses crosswise.
    """
    free = User.objects.select_for_update(skip_locked=True).filter(pk=user.pk, email_confirmed_at=None).first()
    if free is not None and not free.has_usable_password() and not free.members.exists():
        # Or the mail that went there would no longer count, and could be sent there again and again (A51).
        sent = OutboundEmail.objects.filter(user=free, kind=OutboundEmail.Kind.INVITATION)
        sent.update(user=None, recipient=free.email)
        free.delete()


def forget_second_factor(user: User) -> None:
    """Take away the authenticator app, the passkeys and the backup codes. For use inside another action."""
    Authenticator.objects.filter(user=user).delete()
    Passkey.objects.filter(user=user).delete()
    BackupCode.objects.filter(user=user).delete()


def forget_open_changes(user: User) -> None:
    """End a wish for another address that is not confirmed; its links are dead. For use inside another action."""
    EmailChange.objects.filter(user=user, confirmed_at=None, ended_at=None).update(ended_at=database_now())


def forget_what_was_set(user: User) -> None:
    """Drop what was set before the mailbox was proved, but for the password, which is replaced (A57).

    For use inside another action.
    """
    forget_second_factor(user)
    forget_open_changes(user)
    end_sign_ins(user)
