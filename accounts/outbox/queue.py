"""Put mail into the outbox: for use inside an action, in its own transaction."""

from collections.abc import Iterable
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import transaction

from accounts.models import Activity, EmailChange, Member, OutboundEmail, SecurityEvent, User
from accounts.models.invitation import Invitation
from accounts.outbox.notices import queue_notices
from accounts.outbox.publish import publish
from accounts.outbox.rows import new_row
from clinic.clock import database_now


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
    invitation = about.get("invitation")
    version = invitation.version if invitation else None
    row = new_row(kind, user or recipient, now=database_now(), version=version, **about)
    row.save()
    if at_once:
        transaction.on_commit(lambda: publish(row.pk))
    return row


def tell(people: Iterable[Member], *, of: Activity, at_once: bool = True) -> None:
    """Queue a notice of what was done to each of `people`, once to each; `at_once` as in `queue_email`."""
    queue_notices([person.user for person in people], of=of, at_once=at_once)


def tell_support(*, of: Activity) -> None:
    """The same to our support, if there's an address to write to."""
    queue_notices([settings.SUPPORT_EMAIL] if settings.SUPPORT_EMAIL else [], of=of)
