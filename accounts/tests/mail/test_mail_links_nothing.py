"""Every kind of mail with names that want to be links: nothing links but ours, and all shows as typed (A64)."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.core.acting import record
from accounts.identity.users import record_event
from accounts.mail import contents
from accounts.mail.message import Message
from accounts.mail.notices.activity import _WORDS
from accounts.mail.notices.address_moves import MOVES
from accounts.models import Account, Activity, Member, OutboundEmail, SecurityEvent, TwoFactorRecovery, User
from accounts.outbox.queue import queue_email
from accounts.ownership.disputes import file_dispute
from accounts.tests.factories import UserFactory
from accounts.tests.hostile import LINKS, as_typed, links_of, subject_of
from accounts.tests.mail.test_emails import Kind, row_of
from accounts.tests.mail.test_security_notices import ABOUT_ADDRESSES, HERE, MAILED, pending_change
from accounts.tests.support_desk import recovery_of
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.once]

Verb = Activity.Verb
PLAIN = "Plain"
LATER = "2026-12-31T10:00:00+00:00"
MOVED = {
    "because": "address_put_back",
    "email": ["before@login.example", "after@login.example"],
    "is_active": True,
    "was_owner": True,
    "granted": {"is_owner": [True, False], "role": ["administrator", "scheduler"]},
}
DETAILS = {
    Verb.ACCOUNT_CLOSED: {"erase_at": LATER},
    Verb.ACCOUNT_UNLOCKED: {"erase_at": LATER},
    Verb.MEMBER_UPDATED: {"role": ["scheduler", "receptionist"]},
    Verb.MEMBER_REACTIVATED: {"role": ["scheduler", "receptionist"]},
    Verb.SECURITY_CHANGED: {"two_factor_from": [None, LATER]},
    Verb.EMAIL_CHANGE_DECLINED: {"email": ["before@login.example", "after@login.example"], "because": "declined"},
    **dict.fromkeys(MOVES, MOVED),
}


def _notice(verb, cast, typed, recipient):
    if verb == Verb.OWNERSHIP_DISPUTED:
        file_dispute(actor=cast.administrator, story=f"{typed}\n{typed}", rightful_owner=typed, phone="")
        support = OutboundEmail.objects.filter(kind=Kind.NOTICE, user=None)
        return (support if recipient is None else OutboundEmail.objects.filter(user=recipient.user)).latest("pk")
    details = {"reason": typed, **DETAILS.get(verb, {})}
    entry = record(verb, account=cast.clinic, actor=cast.administrator, subject=cast.receptionist, details=details)
    return queue_email(Kind.NOTICE, user=recipient.user, activity=entry)


def _security_notice(kind, cast, typed):
    details = {"name": typed, "left": 1}
    if kind in ABOUT_ADDRESSES:
        details = {"change": pending_change(cast.receptionist).pk}
    if kind in SecurityEvent.RECOVERY:
        ended = {"ended_at": database_now(), "outcome": TwoFactorRecovery.Outcome.WITHDRAWN, "end_reason": typed}
        support = UserFactory(is_staff=True)
        details = {"recovery": recovery_of(cast.receptionist.user, support, reason=typed, **ended).pk}
    event = record_event(kind, user=cast.receptionist.user, origin=HERE, by=cast.administrator, details=details)
    return OutboundEmail.objects.filter(security_event=event).latest("pk")


def _other(kind, cast, typed):
    row = row_of(kind, cast)
    if kind == Kind.ERASURE_RECEIPT:
        row.facts = {**row.facts, "clinic": typed}
    if kind == Kind.INVITATION_FAILED:
        row.facts = {**row.facts, "reason": typed}
    row.save()
    return row


def _asked_by_another(cast, _typed):
    change = pending_change(cast.receptionist, asked_by=cast.administrator)
    return queue_email(Kind.EMAIL_CHANGE, user=None, recipient=change.new_email, email_change=change)


def _taken(cast, _typed):
    change = pending_change(cast.receptionist)
    User.objects.create_user(change.new_email, "a password of theirs")
    return queue_email(Kind.EMAIL_CHANGE, user=None, recipient=change.new_email, email_change=change)


OTHERS = [kind for kind in Kind if kind not in {Kind.NOTICE, Kind.SECURITY_NOTICE}]
WAYS: dict[str, Callable] = {
    **{f"{kind}": lambda cast, typed, kind=kind: _other(kind, cast, typed) for kind in OTHERS},
    "email_change by another": _asked_by_another,
    "email_change to an address that is taken": _taken,
    **{
        f"notice {verb} to {recipient}": lambda cast, typed, verb=verb, recipient=recipient: _notice(
            verb, cast, typed, getattr(cast, recipient)
        )
        for verb in _WORDS
        for recipient in ("receptionist", "administrator")
        if (verb, recipient) != (Verb.OWNERSHIP_DISPUTED, "receptionist")
    },
    "notice to support": lambda cast, typed: _notice(Verb.OWNERSHIP_DISPUTED, cast, typed, None),
    **{
        f"security notice {kind}": lambda cast, typed, kind=kind: _security_notice(kind, cast, typed) for kind in MAILED
    },
}


def mail(way: str, cast, typed: str) -> EmailMessage:
    """A mail in which every name, and every word that somebody typed, is `typed`."""
    row = WAYS[way](cast, typed)
    Account.objects.update(name=typed)
    Member.objects.update(first_name=typed, last_name=typed)
    return contents.build(OutboundEmail.objects.get(pk=row.pk))


def test_every_notice_and_every_kind_is_walked():
    assert {*OTHERS, Kind.NOTICE, Kind.SECURITY_NOTICE} == set(Kind)
    assert {verb for verb in _WORDS if not any(f"{verb} " in way for way in WAYS)} == set()


@pytest.fixture
def each(cast):
    """Build a mail and undo what it took to."""

    def _each(way: str, typed: str) -> EmailMessage:
        savepoint = transaction.savepoint()
        try:
            return mail(way, cast, typed)
        finally:
            transaction.savepoint_rollback(savepoint)
            for member in (cast.owner, cast.administrator, cast.receptionist, cast.invited):
                member.refresh_from_db()
            cast.clinic.refresh_from_db()

    return _each


def _two_of_them(way: str) -> list[str]:
    """Others for each mail, so that all are tried every day."""
    first = [*WAYS].index(way)
    return [LINKS[(first + more) % len(LINKS)] for more in (0, len(LINKS) // 2)]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_was_typed_becomes_a_link_what_is_ours_stays_one_and_the_subject_reads_as_typed(each, way):
    _require_no_link(each, way, _two_of_them(way))


@pytest.mark.nightly
@pytest.mark.parametrize("way", WAYS)
def test_nothing_does_in_any_mail_whatever_is_typed(each, way):
    _require_no_link(each, way, LINKS)


def _require_no_link(each, way: str, all_typed: list[str]) -> None:
    plain = each(way, PLAIN)
    ours = _without_tokens(links_of(plain))

    for typed in all_typed:
        message = each(way, typed)
        assert _without_tokens(links_of(message)) == ours, typed
        _require_subject(message, plain.subject.replace(PLAIN, typed).strip())


def _require_subject(message: EmailMessage, expected: str) -> None:
    """That readers old and new show it so, and that the other headers are whole."""
    raw = message.message().as_bytes()
    new, old = message_from_bytes(raw, policy=policy.default), message_from_bytes(raw)
    assert as_typed(subject_of(new)) == expected
    assert subject_of(new) == message.subject == str(make_header(decode_header(old["Subject"])))
    assert new["From"] and len(new["To"].addresses) == 1 and not new.defects and not new["Subject"].defects


def _without_tokens(links: dict[str, set[str]]) -> dict[str, set[str]]:
    """Each mail has a link of its own; what differs is the longest part of it."""
    return {
        place: {"/".join(part if len(part) < 30 else "token" for part in link.split("/")) for link in found}
        for place, found in links.items()
    }


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=300))
def test_any_subject_arrives_as_it_is(subject):
    subject = subject.strip() or "x"
    raw = Message(subject, "Hello", to=["sue@x.example"]).message().as_bytes()

    assert str(make_header(decode_header(message_from_bytes(raw)["Subject"]))) == subject
    assert b"\n\n" in raw and len(raw.split(b"\n\n")[0].splitlines()) < 60


@pytest.mark.parametrize("sender", ["Zoë’s Clinic <zoe@x.example>", '"Clinic, People" <no-reply@x.example>'])
def test_the_name_of_the_sender_arrives_as_it_is_set(each, settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender

    sent = message_from_bytes(each(Kind.INVITATION, PLAIN).message().as_bytes(), policy=policy.default)

    [address] = sent["From"].addresses
    assert address.display_name == sender.split("<")[0].strip(' "')
    assert {name.lower() for name in sent} == {
        *("subject", "from", "to", "date", "message-id", "auto-submitted", "content-type", "mime-version"),
    }
