"""What every action does: lock the account, look at who acts as they are now, record what was done."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.telling import queue_notices
from accounts.errors import ActionRefused, NotPermitted
from accounts.mailbox import mailbox_of
from accounts.models import Account, Activity, Dispute, EmailChange, Member, OutboundEmail, SecurityEvent, User
from accounts.models.invitation import Invitation
from accounts.security_log import note_done
from accounts.tasks import publish
from clinic.clock import database_now


def lock_account(account_id: int) -> Account | None:
    """Lock the account's row until the transaction ends, and return it as it is now (K1); None where it was erased.

    On SQLite the lock is the IMMEDIATE transaction itself. On PostgreSQL it lets checks of foreign keys pass, as
    somebody whose row an action waits for may need one to commit.
    """
    return Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()


def lock_login(email: str) -> User:
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
        user: User | None = User.objects.select_for_update().filter(email=email).first()
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
    fresh: Member | None = Member.objects.select_related("user").filter(pk=actor.pk).first()
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
    fresh: Member | None = people.filter(pk=target.pk, account_id=account.pk).first()
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


class About(TypedDict, total=False):
    """What a mail can be about; a kind of mail reads what it needs."""

    invitation: Invitation
    activity: Activity
    security_event: SecurityEvent
    email_change: EmailChange


def queue_email(
    kind: OutboundEmail.Kind,
    *,
    user: User | None,
    recipient: str = "",
    at_once: bool = True,
    **about: Unpack[About],
) -> OutboundEmail | None:
    """Write the outbox row and, once it is committed, ask Celery to send it. Call it inside a transaction.

    Does nothing for a user whose address is unproved, unless the mail is one that helps to prove it (A62).

    `recipient` is the address where there is no `user` to be asked for theirs. Without `at_once` the row waits for the
    sweep: thousands of messages must not stand before somebody's reset link in the broker's queue.
    """
    if not OutboundEmail.may_go_to(kind, user):
        return None
    now = database_now()
    invitation = about.get("invitation")
    row = OutboundEmail.objects.create(
        kind=kind,
        user=user,
        version=invitation.version if invitation else None,
        recipient=recipient,
        mailbox=mailbox_of(user.email if user else recipient),
        next_attempt_at=now,
        created_at=now,
        **about,
    )
    if at_once:
        transaction.on_commit(lambda: publish(row.pk))
    return row


def tell(people: Iterable[Member], *, of: Activity, at_once: bool = True) -> None:
    """Queue a notice of what was done to each of `people`, once to each; `at_once` as in `queue_email`."""
    queue_notices([person.user for person in people], of=of, at_once=at_once)


def inviter_or_administrators(invitation: Invitation) -> list[Member]:
    """Whoever is told about an invitation: the inviter if they still can invite, otherwise every administrator."""
    administrators = Member.objects.filter(account_id=invitation.member.account_id).administrators()
    everyone = list(administrators.select_related("user"))
    return [each for each in everyone if each.pk == invitation.invited_by_id] or everyone


def tell_support(*, of: Activity) -> None:
    """The same to our support, if there's an address to write to."""
    queue_notices([settings.SUPPORT_EMAIL] if settings.SUPPORT_EMAIL else [], of=of)


def owners_of(account: Account) -> list[Member]:
    """The owners as they are now, with their logins."""
    return list(account.members.filter(is_owner=True).select_related("user").order_by("pk"))


def owners_or_administrators_of(account: Account) -> list[Member]:
    """Those who answer for the account: its owners as they are now; its administrators, if it has no owners."""
    return owners_of(account) or list(account.members.administrators().select_related("user"))


def owners_and_administrators_of(account: Account) -> list[Member]:
    """Everyone who can act for the account, as they are now, with their logins."""
    administrators = account.members.administrators().values("pk")
    found = account.members.filter(Q(is_owner=True) | Q(pk__in=administrators))
    return list(found.select_related("user").order_by("pk"))


def who_disputed(account: Account) -> list[Member]:
    """Those whose requests about who owns the account are open, whatever they are in it now; with their logins."""
    filed = Dispute.objects.open().filter(account=account).values("filed_by")
    return list(Member.objects.filter(pk__in=filed).select_related("user").order_by("pk"))
