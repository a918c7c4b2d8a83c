"""Notices. Of one kind a person gets three within an hour from one clinic; the rest waits, to be told in one (A62).

Each notice is a row, sent by itself or listed by the summary that it points to, so that none is lost. The summary waits
until a mail may go again, and takes in what happens until it is sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Activity, OutboundEmail, SecurityEvent, User
from accounts.outbox.limits import HOUR
from accounts.outbox.publish import publish
from accounts.outbox.rows import Addressee, address_of, may_be_told, new_row
from accounts.text.mailboxes import mailbox_of
from clinic.clock import database_now

Kind, State = OutboundEmail.Kind, OutboundEmail.State

MOST_IN_AN_HOUR = 3


@dataclass(frozen=True)
class _About:
    """What a notice is of, as it is written in its row; mail with one topic is counted together."""

    kind: OutboundEmail.Kind
    topic: str
    columns: dict[str, Activity | SecurityEvent]


def queue_notices(to: Iterable[Addressee], *, of: Activity | SecurityEvent, at_once: bool = True) -> None:
    """Queue a notice to each of `to`, or leave it to the summary of those that have had enough of this kind.

    For use inside another action; `at_once` as in `queue_email`. Five queries at most, however many are told. Two
    transactions that tell the same person of the same kind at the same moment may come out above by one mail each.
    """
    about = _about(of)
    reached = [each for each in dict.fromkeys(to) if may_be_told(about.kind, each)]
    if not reached:
        return
    now = database_now()
    summaries = _summaries(reached, about, now)
    rows = [_row(each, about, now, summaries.get(each)) for each in reached]
    for row in OutboundEmail.objects.bulk_create(rows):
        if at_once and row.state == State.QUEUED:
            _publish_on_commit(row.pk)


def _publish_on_commit(outbox_id: int) -> None:
    transaction.on_commit(lambda: publish(outbox_id))


def _about(of: Activity | SecurityEvent) -> _About:
    if isinstance(of, Activity):
        # A clinic that does something again and again pushes no other clinic's notice off the end of a summary.
        return _About(Kind.NOTICE, f"{Kind.NOTICE}:{of.account_id}:{of.verb}", {"activity": of})
    return _About(Kind.SECURITY_NOTICE, f"{Kind.SECURITY_NOTICE}:{of.kind}", {"security_event": of})


def _row(addressee: Addressee, about: _About, now: datetime, summary: OutboundEmail | None) -> OutboundEmail:
    state = State.SUMMED if summary else State.QUEUED
    return new_row(about.kind, addressee, now=now, topic=about.topic, state=state, summary=summary, **about.columns)


def _summaries(to: list[Addressee], about: _About, now: datetime) -> dict[Addressee, OutboundEmail]:
    """The summary for each who has had enough: the one that waits for them already, or a new one."""
    earlier = _earlier(to, about, now)
    joined = _still_waiting([row for rows in earlier.values() for row in rows if _is_waiting(row)])
    found: dict[Addressee, OutboundEmail] = {}
    new: dict[Addressee, OutboundEmail] = {}
    for each, rows in earlier.items():
        waiting = next((row for row in rows if row.pk in joined), None)
        if waiting is not None:
            found[each] = waiting
        elif (free_at := _free_at(rows)) > now:
            new[each] = new_row(Kind.SUMMARY, each, now=now, topic=about.topic, next_attempt_at=free_at)
    OutboundEmail.objects.bulk_create(new.values())
    return {**found, **new}


def _earlier(to: list[Addressee], about: _About, now: datetime) -> dict[Addressee, list[OutboundEmail]]:
    """The mail of this topic that may still count, to each who has had some. One query."""
    by_key = {_key(each): each for each in to}
    mailboxes = {mailbox_of(address_of(each)) for each in to}
    # A summary is sent up to an hour after it is made.
    lately = OutboundEmail.objects.filter(topic=about.topic, mailbox__in=mailboxes, created_at__gt=now - 2 * HOUR)
    found: dict[Addressee, list[OutboundEmail]] = {}
    for row in lately.exclude(state=State.SUMMED):
        addressee = by_key.get(row.user_id or row.recipient)
        if addressee is not None:
            found.setdefault(addressee, []).append(row)
    return found


def _key(addressee: Addressee) -> int | str:
    return addressee.pk if isinstance(addressee, User) else addressee


def _is_waiting(row: OutboundEmail) -> bool:
    return row.kind == Kind.SUMMARY and row.state == State.QUEUED and not row.attempts


def _still_waiting(rows: list[OutboundEmail]) -> set[int]:
    """The ids of those that no sender has begun with, locked: whoever claims one later finds all that it has to list.

    One that is locked is left alone, since waiting for it could be a deadlock.
    """
    if not rows:
        return set()
    free = OutboundEmail.objects.select_for_update(no_key=True, skip_locked=True)
    waiting = free.filter(pk__in=[row.pk for row in rows], state=State.QUEUED, attempts=0)
    return set(waiting.values_list("pk", flat=True))


def _free_at(rows: list[OutboundEmail]) -> datetime:
    """When another mail may go: an hour after the last but two; in the past where there were fewer."""
    sent = sorted(_sent_at(row) for row in rows)
    return sent[-MOST_IN_AN_HOUR] + HOUR if len(sent) >= MOST_IN_AN_HOUR else min(sent)


def _sent_at(row: OutboundEmail) -> datetime:
    """When it went, or goes; however long a mail server refuses it, as it was meant to."""
    if row.kind != Kind.SUMMARY:
        return row.created_at
    return min(row.next_attempt_at, row.created_at + HOUR)
