"""What every action does: lock the account, look at who acts as they are now, record what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.security_log import note_done
from accounts.models import Account, Activity, EmailChange, Member, User
from clinic.clock import database_now


def lock_account(account_id: int) -> Account | None:
    """Lock the account's row until the transaction ends, and return it as it is now (K1); None where it was erased.

    On SQLite the lock is the IMMEDIATE transaction itself. On PostgreSQL it lets checks of foreign keys pass, as
    somebody whose row an action waits for may need one to commit.
    """
    return Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()


def lock_user_at(email: str) -> User:
    """Return the login with this address, locked until the transaction ends; lock the account, where one is, before it.

    A new one has no password, so that nobody can sign in as it yet. The lock keeps a row that nobody used so far from
    being dropped by a correction elsewhere; one that was dropped while this waited is made again. Raises ActionRefused
    where the address may have to be put back to the login that it was of.
    """
    while True:
        made, is_new = User.objects.get_or_create(email=email, defaults={"password": "!"})
        if is_new:
            # Nobody else sees it before this transaction ends.
            require_no_way_back(email)
            return made
        user = User.objects.select_for_update().filter(email=email).first()
        if user is not None:
            return user


def require_no_way_back(email: str) -> None:
    """Whoever took over a login and its address must not shut out its person by taking the old address, too (C2).

    For use inside another action. Raises ActionRefused with the field "email".
    """
    if EmailChange.objects.can_be_put_back(database_now()).filter(old_email=email).exists():
        words = _("This address can’t be used at the moment. Try again later, or use another.")
        raise ActionRefused(words, field="email")


@contextmanager
def acting(actor: Member) -> Iterator[Member]:
    """Open a transaction with the actor's account locked; gives the actor as on file now (A42).

    Raises NotPermitted where the actor was made inactive, or the account locked, closed or erased, since the page was
    opened.
    """
    with transaction.atomic():
        fresh = _as_now(actor)
        permit(fresh.account.is_open)
        yield fresh


@contextmanager
def acting_while_closed(actor: Member) -> Iterator[Member]:
    """The same in an account that an owner has closed. Raises NotPermitted in one that is open or locked."""
    with transaction.atomic():
        fresh = _as_now(actor)
        permit(fresh.account.closed_at is not None and fresh.account.locked_at is None)
        yield fresh


@contextmanager
def acting_unless_locked(actor: Member) -> Iterator[Member]:
    """The same in an account that is open or closed. Raises NotPermitted in one that is locked."""
    with transaction.atomic():
        fresh = _as_now(actor)
        permit(fresh.account.locked_at is None)
        yield fresh


def _as_now(actor: Member) -> Member:
    account = lock_account(actor.account_id)
    fresh = Member.objects.select_related("user").filter(pk=actor.pk).first()
    permit(account is not None and fresh is not None and fresh.is_present)
    assert account and fresh
    fresh.account = account
    return fresh


@contextmanager
def supporting(staff: User, account: Account) -> Iterator[tuple[User, Account]]:
    """Open a transaction with `account` locked, be it locked or closed; gives both as on file now (S37).

    Raises NotPermitted for someone who is not, or no longer, of our support, or who has joined the account themselves,
    and if the account was erased. An invitation is the other side's doing, and keeps no one from acting (A61).
    """
    with transaction.atomic():
        fresh_account = lock_account(account.pk)
        fresh = User.objects.get(pk=staff.pk)
        permit(fresh_account is not None and policies.is_support(fresh))
        assert fresh_account
        if fresh_account.members.filter(user=fresh, joined_at__isnull=False).exists():
            raise NotPermitted(_("You belong to this clinic yourself. Somebody else of support has to do this."))
        yield fresh, fresh_account


def permit(allowed: bool) -> None:
    """Raise NotPermitted unless `allowed`; the policy was asked before, so that this is a change since then."""
    if not allowed:
        raise NotPermitted(_("You may not do this, or may no longer. Nothing was changed."))


def on_file(account: Account, target: Member) -> Member:
    """Read `target` again inside the lock, from this account only. Raises NotPermitted where they are not in it."""
    people = Member.objects.select_related("user", "invitation")
    fresh = people.filter(pk=target.pk, account_id=account.pk).first()
    if fresh is None:
        raise NotPermitted(_("This person is no longer in the clinic. Nothing was changed."))
    fresh.account = account
    return fresh


def record(
    verb: Activity.Verb,
    *,
    account: Account,
    actor: Member | None,
    staff: User | None = None,
    subject: Member | None = None,
    details: dict[str, Any] | None = None,
) -> Activity:
    """Write what was done, by a member or by somebody of support, in the action's own transaction."""
    entry = Activity.objects.create(
        account=account, actor=actor, staff=staff, subject=subject, verb=verb, details=details or {}
    )
    if actor or staff:
        transaction.on_commit(lambda: note_done(entry))
    return entry
