"""What every action does: lock the account, look at who acts as they are now, record what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotPermitted
from accounts.models import Account, Activity, Member, OutboundEmail, User
from accounts.models.invitation import Invitation
from accounts.tasks import publish
from clinic.clock import database_now


def lock_account(account_id: int) -> Account:
    """Lock the account's row until the transaction ends, and return it as it is now (K1).

    On SQLite the lock is the IMMEDIATE transaction itself.
    """
    return Account.objects.select_for_update().get(pk=account_id)


def lock_login(email: str) -> User:
    """Return the login with this address, locked until the transaction ends; lock the account, where one is, before it.

    A new one has no password, so that nobody can sign in as it yet. The lock keeps a row that nobody used so far from
    being dropped by a correction elsewhere; one that was dropped while this waited is made again.
    """
    while True:
        User.objects.get_or_create(email=email, defaults={"password": "!"})
        user: User | None = User.objects.select_for_update().filter(email=email).first()
        if user is not None:
            return user


@contextmanager
def acting(actor: Member) -> Iterator[Member]:
    """Open a transaction with the actor's account locked; gives the actor as on file now (A42).

    Raises NotPermitted where the actor was made inactive, or the account locked, since the page was opened.
    """
    with transaction.atomic():
        account = lock_account(actor.account_id)
        fresh = Member.objects.select_related("user").get(pk=actor.pk)
        fresh.account = account
        permit(fresh.is_present and account.locked_at is None)
        yield fresh


def permit(allowed: bool) -> None:
    """Raise NotPermitted unless `allowed`; the policy was asked before, so that this is a change since then."""
    if not allowed:
        raise NotPermitted(_("You may not do this, or may no longer. Nothing was changed."))


def on_file(actor: Member, target: Member) -> Member:
    """Read `target` again inside the lock, from the actor's own account. Raises Member.DoesNotExist."""
    fresh: Member = Member.objects.select_related("user", "invitation").get(pk=target.pk, account_id=actor.account_id)
    fresh.account = actor.account
    return fresh


def record(
    verb: Activity.Verb,
    *,
    account: Account,
    actor: Member | None,
    subject: Member | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write what was done, in the action's own transaction."""
    Activity.objects.create(account=account, actor=actor, subject=subject, verb=verb, details=details or {})


def queue_email(kind: OutboundEmail.Kind, *, user: User, invitation: Invitation | None = None) -> OutboundEmail:
    """Write the outbox row and, once it is committed, ask Celery to send it. Call it inside a transaction."""
    now = database_now()
    row = OutboundEmail.objects.create(
        kind=kind,
        user=user,
        invitation=invitation,
        version=invitation.version if invitation else None,
        next_attempt_at=now,
        created_at=now,
    )
    transaction.on_commit(lambda: publish(row.pk))
    return row
