"""What every change of a login does: lock it, look at it as it is now, record what was done, tell the person."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypedDict

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import F, Q

from accounts.core.acting import lock_account, permit
from accounts.core.errors import SignInAgain
from accounts.core.origin import Origin
from accounts.core.security_log import note_change
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
    TwoFactorRecovery,
    User,
)
from accounts.outbox.notices import queue_notices
from clinic.clock import database_now


class Whose(TypedDict):
    """Who changes their own login, from where, and the sign-in that goes on; every other ends."""

    user: User
    origin: Origin
    keep: int | None


@contextmanager
def changing_user(user: User) -> Iterator[User]:
    """Open a transaction with the login locked; gives it as on file now. An account is locked before it, never after.

    For use inside an action. Raises NotPermitted where it was switched off since the page was opened, SignInAgain where
    it was erased.
    """
    with transaction.atomic():
        fresh = lock_own_user(user)
        permit(fresh.is_active)
        yield fresh


@contextmanager
def locking_user_and_clinics(whose: Callable[[], int], wanted: str | None = None) -> Iterator[User]:
    """Open a transaction with a login locked, and before it every clinic that it has a place in, in one order for all.

    `whose` finds the id of the login, as what is about to be done names it: it is asked again under the lock. Where an
    address is `wanted`, the row that invitations to it made is locked, too, and the clinics that sent them. Gives the
    login as on file now, be it switched off. For use inside an action. Raises SignInAgain
    where it was erased.
    """
    while True:
        with transaction.atomic():
            user_id = whose()
            clinics = _clinics_of(user_id, wanted)
            for account_id in clinics:
                lock_account(account_id)
            fresh = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
            if wanted is not None:
                _lock_unclaimed(wanted)
            is_still_theirs = whose() == user_id
            if fresh is None and is_still_theirs:
                raise SignInAgain
            # Another may have invited them before the login was locked: it would have to be locked first, too.
            if fresh is not None and is_still_theirs and _clinics_of(user_id, wanted) == clinics:
                yield fresh
                return


def _lock_unclaimed(email: str) -> None:
    """Somebody's own login is left alone: two people who want each other's address would wait for each other."""
    nobodys = User.objects.filter(email_confirmed_at=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    nobodys.select_for_update().filter(email=email).first()


@contextmanager
def changing_user_and_clinics(user: User, wanted: str | None = None) -> Iterator[User]:
    """The same for a login that is in use. For use inside an action.

    Raises NotPermitted if it was switched off since the page was opened.
    """
    with locking_user_and_clinics(lambda: user.pk, wanted) as fresh:
        permit(fresh.is_active)
        yield fresh


def _clinics_of(user_id: int, wanted: str | None) -> list[int]:
    places = Member.objects.filter(Q(user=user_id) | Q(user__email=wanted) if wanted else Q(user=user_id))
    return sorted(set(places.values_list("account_id", flat=True)))


def lock_own_user(user: User) -> User:
    """Lock the login of whoever sends a request until the transaction ends, and return it as it is now.

    For use inside an action, before it writes anything about the login: its clinic may be erased at this moment, and
    the login with it. Raises SignInAgain where it is gone.
    """
    fresh = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
    if fresh is None:
        raise SignInAgain
    return fresh


def lock_user_as_shown(user: User) -> User:
    """The same, for whoever has shown the password, or all that signing in takes, of `user` as it was read then.

    For use inside an action. Raises SignInAgain also where it was switched off since, or what was shown may no longer
    be enough: the password or two-factor authentication was changed, set up or taken away, or all browsers were signed
    out (A11, A29).
    """
    fresh = lock_own_user(user)
    if not fresh.is_active or fresh.proof != user.proof:
        raise SignInAgain
    fresh.showed_short_password = user.showed_short_password
    return fresh


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
    is_by_others = by is not None or event.details.get("by_others")
    if kind != SecurityEvent.Kind.SIGNED_IN and not is_by_others:
        # Signing in has a line of its own, which says on which page; so has what others do, with its entry.
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


def forget_two_factor(user: User) -> None:
    """Take away the authenticator app, the passkeys and the backup codes. For use inside another action.

    Support's reset of them, if one waits, has nothing left to do.
    """
    Authenticator.objects.filter(user=user).delete()
    Passkey.objects.filter(user=user).delete()
    BackupCode.objects.filter(user=user).delete()
    waiting = TwoFactorRecovery.objects.filter(user=user, ended_at=None)
    waiting.update(ended_at=database_now(), outcome=TwoFactorRecovery.Outcome.OVERTAKEN)


def forget_open_changes(user: User) -> None:
    """End a change of address that is not confirmed; its links stop working. For use inside another action."""
    EmailChange.objects.unfinished().filter(user=user).update(ended_at=database_now())
