"""Steps of the races about limits by IP address, and about notices that are combined."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

from django.conf import settings

from accounts.access import roles
from accounts.core.acting import acting, on_file, record
from accounts.core.origin import Origin
from accounts.models import Account, Activity, Member, OutboundEmail, User
from accounts.outbox.delivery import deliver
from accounts.outbox.queue import tell
from accounts.people.actions import add_member
from clinic.clock import database_now
from tests.races.steps import Race, details_of, open_clinic

# Setting a race up


def unprove_creator(clinic: int) -> None:
    """Let the clinic's creator have yet to confirm their address."""
    User.objects.filter(pk=Account.objects.get(pk=clinic).creator_id).update(email_confirmed_at=None)


# Steps that race


def open_clinic_within(limits: dict[str, int], **given: Any) -> list[int]:
    """Sign up where so much is allowed from one IP address."""
    settings.NETWORK_LIMITS = {**settings.NETWORK_LIMITS, **limits}
    return open_clinic(**given)


def add_from(limits: dict[str, int], ip_address: str, actor: int, email: str, submission: str) -> Race:
    """Add somebody from an IP address, where so much is allowed from one."""
    settings.NETWORK_LIMITS = {**settings.NETWORK_LIMITS, **limits}
    administrator = Member.objects.get(pk=actor)
    yield
    given = {"details": details_of(email), "submission": submission, "origin": Origin(ip_address)}
    return add_member(actor=administrator, **given).pk


def tell_of_role(actor: int, target: int) -> Race:
    """Tell somebody of another role, as changing it does."""
    administrator, person = Member.objects.get(pk=actor), Member.objects.get(pk=target)
    yield
    with acting(administrator) as now:
        subject = on_file(now.account, person)
        facts = {"role": [roles.PRACTITIONER, roles.RECEPTIONIST]}
        verb = Activity.Verb.MEMBER_UPDATED
        tell([subject], of=record(verb, account=now.account, actor=now, subject=subject, details=facts))


def send_summaries(target: int) -> Race:
    """Send what waits for somebody, as if its hour were over."""
    user = Member.objects.get(pk=target).user_id
    yield
    for row in _summaries(user).filter(state=OutboundEmail.State.QUEUED):
        _summaries(user).filter(pk=row.pk).update(next_attempt_at=database_now())
        deliver(row.pk)


def _summaries(user: int) -> Any:
    return OutboundEmail.objects.filter(user=user, kind=OutboundEmail.Kind.SUMMARY)


# Looking at what became of it


def notices_to(member: int) -> dict[str, int]:
    """Of somebody's notices: how many there are, go by themselves, and stand in the summaries as they were sent."""
    user = Member.objects.select_related("user").get(pk=member).user
    _summaries(user.pk).update(next_attempt_at=database_now())
    for row in _summaries(user.pk).filter(state=OutboundEmail.State.QUEUED):
        deliver(row.pk)
    rows = OutboundEmail.objects.filter(user=user, kind=OutboundEmail.Kind.NOTICE)
    single = rows.exclude(state=OutboundEmail.State.SUMMED)
    return {"notices": rows.count(), "single": single.count(), "listed": sum(_lines_to(user.email))}


def _lines_to(email: str) -> Iterator[int]:
    for path in settings.MAIL_DIR.glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if message["To"] == email:
            body = message.get_body(("plain",))
            assert body is not None
            yield body.get_content().count("\n- ")
