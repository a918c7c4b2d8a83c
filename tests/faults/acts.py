"""What tests do inside an installation, in a process of its own: `python -m tests.faults.acts NAME ARGUMENTS`.

Each act prints one line of JSON.
"""

import json
import os
import signal
import sys
import time
from multiprocessing import get_context
from uuid import uuid4

import django


def _inviter():
    """The owner of the one clinic; made where there is none yet."""
    from accounts.clinic_settings.opening.actions import NewAccount, sign_up
    from accounts.core.origin import Origin
    from accounts.models import Member, User

    owner = Member.objects.filter(is_owner=True).select_related("account").first()
    if owner is None:
        new = NewAccount("Harbour Physio", "Olive", "Owens", "UTC", uuid4())
        owner = sign_up(new=new, email="olive@harbour.example", password="correct horse battery", origin=Origin())
        User.objects.filter(pk=owner.user_id).update(email_confirmed_at=owner.joined_at)
    return owner


def invite(email: str) -> dict[str, object]:
    """Add somebody, as the web server does: commit, then ask Celery. Gives the outbox row and when it was committed."""
    from accounts.core.details import MemberDetails
    from accounts.models import OutboundEmail
    from accounts.people.actions import add_member

    details = MemberDetails("Nina", "Novak", email, "", "receptionist", False)
    member = add_member(actor=_inviter(), details=details, submission=uuid4())
    row = OutboundEmail.objects.get(invitation__member=member)
    return {"outbox_id": row.pk, "at": time.time()}


def join(email: str) -> dict[str, object]:
    """Somebody who has joined the clinic, with the owner's own password; their ids and where they are."""
    from accounts.core.origin import Origin
    from accounts.core.tokens import InvitationLink
    from accounts.invitations.accepting import accept_by_password
    from accounts.models import Member

    invite(email)
    added = Member.objects.select_related("invitation", "account").get(user__email=email)
    link = InvitationLink.of(added.invitation)
    member = accept_by_password(link=link, password="correct horse battery", origin=Origin())
    return {"member": member.pk, "clinic": added.account.slug}


def invite_many(prefix: str, count: str, pause: str) -> dict[str, object]:
    """Add people one after the other, as a busy clinic does; the addresses begin with `prefix`."""
    emails = [f"{prefix}{number}@harbour.example" for number in range(int(count))]
    rows = []
    for email in emails:
        rows.append(invite(email))
        time.sleep(float(pause))
    return {"emails": emails, "rows": rows}


def die_between_commit_and_asking(prefix: str, count: str) -> dict[str, object]:
    """Add people, each in a process that is killed after the commit, in the moment it would ask Celery (R6)."""
    from django.db import connection

    _inviter()
    connection.close()
    fork = get_context("fork")
    emails = [f"{prefix}{number}@harbour.example" for number in range(int(count))]
    exits, at = [], []
    for email in emails:
        child = fork.Process(target=_invite_and_be_killed, args=(email,))
        child.start()
        child.join(timeout=40)
        exits.append(child.exitcode)
        at.append(time.time())
    return {"emails": emails, "exits": exits, "at": at}


def _invite_and_be_killed(email: str) -> None:
    from accounts.outbox import queue

    queue.publish = lambda _outbox_id: os.kill(os.getpid(), signal.SIGKILL)
    invite(email)


def invite_and_roll_back(email: str) -> dict[str, object]:
    """Add somebody in a transaction that fails at its very end (R5)."""
    from django.db import transaction

    from accounts.models import Activity, Invitation, Member, OutboundEmail, User

    _inviter()
    tables = (User, Member, Invitation, OutboundEmail, Activity)
    before = [table.objects.count() for table in tables]
    try:
        with transaction.atomic():
            invite(email)
            raise RuntimeError("a fault between the last statement and the commit")
    except RuntimeError:
        return {"rows_left": sum(table.objects.count() for table in tables) - sum(before)}


def ask_many_times(outbox_id: str, times: str) -> dict[str, object]:
    """Ask Celery for one row again and again."""
    from accounts.tasks import send_email

    for _ in range(int(times)):
        send_email.delay(int(outbox_id))
    return {}


def _added(email: str):
    from accounts.models import Member

    return Member.objects.select_related("invitation", "account", "user").get(user__email=email)


def cancel(email: str) -> dict[str, object]:
    """Cancel an invitation."""
    from accounts.invitations.actions import cancel_invitation

    cancel_invitation(actor=_inviter(), target=_added(email))
    return {}


def _update(whom: str, **changes: object) -> dict[str, object]:
    from accounts.core.details import MemberDetails
    from accounts.people.actions import update_member

    member = _added(whom)
    as_is = {
        "first_name": member.first_name,
        "last_name": member.last_name,
        "email": whom,
        "mobile": "",
        "role": member.role,
        "is_practitioner": False,
    }
    details = MemberDetails(**{**as_is, **changes})
    update_member(actor=_inviter(), target=member, details=details, expected_version=member.version)
    return {}


def correct_address(email: str) -> dict[str, object]:
    """Correct the address of somebody who is invited; the new one is never written to here."""
    from accounts.outbox import queue

    queue.publish = lambda _outbox_id: None
    return _update(email, email=f"new-{email}")


def deactivate(email: str) -> dict[str, object]:
    """Make somebody who is invited inactive."""
    return _update(email, is_active=False)


def poison(email: str) -> dict[str, object]:
    """A row that no message can be made of, the oldest of all."""
    from datetime import timedelta

    from accounts.models import OutboundEmail, User
    from clinic.clock import database_now

    past = database_now() - timedelta(hours=1)
    user = User.objects.create(email=email)
    row = OutboundEmail.objects.create(kind="invitation", user=user, created_at=past, next_attempt_at=past)
    return {"outbox_id": row.pk}


def let_outbox_age(seconds: str) -> dict[str, object]:
    """Let so much time have passed for the outbox, as far as its rows know."""
    from datetime import timedelta

    from django.db.models import F

    from accounts.models import OutboundEmail, OutboxClock

    passed = timedelta(seconds=float(seconds))
    OutboxClock.objects.update(swept_at=F("swept_at") - passed)
    OutboundEmail.objects.update(created_at=F("created_at") - passed, next_attempt_at=F("next_attempt_at") - passed)
    return {}


def times_of(email: str) -> dict[str, object]:
    """By the clock of the database: how long an invitation still works, and how soon its mail was accepted."""
    from accounts.models import OutboundEmail
    from clinic.clock import database_now

    invitation = _added(email).invitation
    row = OutboundEmail.objects.get(invitation=invitation)
    return {
        "expires_in": (invitation.expires_at - database_now()).total_seconds(),
        "accepted_after": (row.accepted_at - row.created_at).total_seconds(),
    }


def let_invitation_expire(email: str, seconds_ago: str) -> dict[str, object]:
    """Let an invitation have expired so long ago by the clock of the database; its link."""
    from datetime import timedelta

    from accounts.core.tokens import invitation_url
    from accounts.models import Invitation
    from clinic.clock import database_now

    invitation = _added(email).invitation
    at = database_now() - timedelta(seconds=float(seconds_ago))
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=at)
    return {"link": invitation_url(invitation)}


def reset_link(email: str) -> dict[str, object]:
    """The token of a reset link as a mail would have it."""
    from accounts.core.tokens import reset_tokens
    from accounts.models import User

    user = User.objects.get(email=email)
    return {"email": email, "token": reset_tokens.make_token(user)}


def is_good(email: str, token: str, seconds: str) -> dict[str, object]:
    """Whether a reset link works when the database's clock is so many seconds further on."""
    from datetime import timedelta

    from accounts.core import tokens
    from accounts.models import User
    from clinic.clock import database_now

    tokens.database_now = lambda: database_now() + timedelta(seconds=float(seconds))
    return {"is_good": tokens.reset_tokens.check_token(User.objects.get(email=email), token)}


def claim_as_another(outbox_id: str) -> dict[str, object]:
    """Have a sender elsewhere hold this row."""
    from datetime import timedelta

    from accounts.models import OutboundEmail
    from clinic.clock import database_now

    # It is over when a test says so.
    lease = database_now() + timedelta(hours=1)
    OutboundEmail.objects.filter(pk=outbox_id).update(state="sending", lease_until=lease, attempts=1)
    return {}


def let_claim_run_out(outbox_id: str) -> dict[str, object]:
    """Let the claim of that sender be over by now."""
    from accounts.models import OutboundEmail
    from clinic.clock import database_now

    OutboundEmail.objects.filter(pk=outbox_id).update(lease_until=database_now())
    return {}


def set_up_app(email: str) -> dict[str, object]:
    """Somebody who has joined, with an authenticator app; what the app was told."""
    from accounts.models import Member
    from accounts.tests.authenticators import give_app

    member = Member.objects.select_related("user").get(pk=join(email)["member"])
    return {"seed": give_app(member.user)}


def outcomes() -> dict[str, object]:
    """Every message: its address, state, tries, and when it was asked for."""
    from accounts.models import OutboundEmail

    found = OutboundEmail.objects.select_related("user").order_by("pk")
    return {
        "rows": [
            {
                "id": row.pk,
                "to": row.user.email if row.user else row.recipient,
                "state": row.state,
                "attempts": row.attempts,
                "message_id": row.message_id,
                "at": row.created_at.timestamp(),
            }
            for row in found
        ]
    }


def invite_and_die(email: str) -> dict[str, object]:
    """Commit an invitation and be gone before Celery is asked (R6)."""
    from accounts.outbox import queue

    queue.publish = lambda _outbox_id: None
    return invite(email)


def invite_for_later(email: str) -> dict[str, object]:
    """Commit an invitation whose mail isn't due for an hour: no worker that is at the outbox sends it before then."""
    from datetime import timedelta

    from django.db import transaction
    from django.db.models import F

    from accounts.models import OutboundEmail

    with transaction.atomic():
        done = invite_and_die(email)
        rows = OutboundEmail.objects.filter(pk=done["outbox_id"])
        rows.update(next_attempt_at=F("next_attempt_at") + timedelta(hours=1))
    return done


def confirm_addresses() -> dict[str, object]:
    """Confirm every address, so that a clinic can invite more than five people."""
    from accounts.models import User
    from clinic.clock import database_now

    return {"confirmed": User.objects.update(email_confirmed_at=database_now())}


def row(outbox_id: str) -> dict[str, object]:
    """How far a message has come, and how many seconds it waits now."""
    from accounts.models import OutboundEmail
    from clinic.clock import database_now

    found = OutboundEmail.objects.select_related("invitation").get(pk=outbox_id)
    facts = {name: getattr(found, name) for name in ("state", "attempts", "last_error", "message_id")}
    waits = (found.next_attempt_at - database_now()).total_seconds()
    return {**facts, "waits": waits, "member": found.invitation and found.invitation.member_id}


def pass_time(outbox_id: str, hours: str) -> dict[str, object]:
    """Let so much time have passed for a message, as far as its row knows; it is due then."""
    from datetime import timedelta

    from django.db.models import F

    from accounts.models import OutboundEmail
    from clinic.clock import database_now

    passed = timedelta(hours=float(hours))
    OutboundEmail.objects.filter(pk=outbox_id).update(
        first_refused_at=F("first_refused_at") - passed,
        created_at=F("created_at") - passed,
        next_attempt_at=database_now(),
    )
    return {}


def send_due() -> dict[str, object]:
    """One go at the outbox, as a task makes it."""
    from accounts.outbox.run import send_due as run

    run(0)
    return {}


def deliver(outbox_id: str) -> dict[str, object]:
    """Send one row here and now, as the worker does; then say how far it has come and how long that took."""
    from accounts.outbox.delivery import deliver as deliver_row

    began = time.monotonic()
    deliver_row(int(outbox_id))
    return {**row(outbox_id), "seconds": time.monotonic() - began}


def _deliver_at(start: float, outbox_id: int) -> None:
    from accounts.outbox.delivery import deliver as deliver_row

    time.sleep(max(0.0, start - time.time()))
    deliver_row(outbox_id)


def deliver_many(outbox_id: str, copies: str) -> dict[str, object]:
    """Send one row from many processes at the same moment (R11)."""
    from django.db import connection

    connection.close()
    fork = get_context("fork")
    start = time.time() + 1
    children = [fork.Process(target=_deliver_at, args=(start, int(outbox_id))) for _ in range(int(copies))]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=40)
    return {**row(outbox_id), "exits": [child.exitcode for child in children]}


def publish_seconds(times: str) -> dict[str, object]:
    """How long asking Celery takes, again and again in one process."""
    from accounts.outbox import publish

    taken = []
    for _ in range(int(times)):
        # Otherwise only the first would ask: after a failure the product leaves a broker alone for a while.
        publish._broker.silent_until = 0.0
        began = time.monotonic()
        publish.publish(1)
        taken.append(time.monotonic() - began)
    return {"seconds": taken}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    django.setup()
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))  # noqa: T201
