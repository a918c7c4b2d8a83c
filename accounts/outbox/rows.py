"""A row of the outbox, as everything that queues mail makes it."""

from datetime import datetime
from typing import Any

from accounts.models import OutboundEmail, User
from accounts.text.mailboxes import mailbox_of

# A user, told at the address that is theirs when the mail is sent, or an address.
Addressee = User | str


def new_row(kind: OutboundEmail.Kind, to: Addressee, *, now: datetime, **columns: Any) -> OutboundEmail:
    """A message to `to`, not saved yet, that is due `now` unless the `columns` say otherwise."""
    user = to if isinstance(to, User) else None
    facts = {
        "user": user,
        "recipient": "" if isinstance(to, User) else to,
        "mailbox": mailbox_of(address_of(to)),
        "next_attempt_at": now,
        "created_at": now,
    }
    return OutboundEmail(kind=kind, **{**facts, **columns})


def may_be_told(kind: OutboundEmail.Kind, to: Addressee) -> bool:
    """Whether mail of this kind may go there (A62)."""
    return OutboundEmail.may_go_to(kind, to if isinstance(to, User) else None)


def address_of(to: Addressee) -> str:
    """The address as it is now."""
    return to.email if isinstance(to, User) else to
