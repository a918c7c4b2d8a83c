"""What tests do inside an installation, in a process of its own: `python -m tests.faults.acts NAME ARGUMENTS`.

Each act prints one line of JSON.
"""

import json
import os
import sys
import time
from multiprocessing import get_context
from uuid import uuid4

import django


def _inviter():
    """The owner of the one clinic; made where there is none yet."""
    from accounts.actions.accounts import NewAccount, sign_up
    from accounts.models import Member, User

    owner = Member.objects.filter(is_owner=True).select_related("account").first()
    if owner is None:
        new = NewAccount("Harbour Physio", "Olive", "Owens", "UTC", uuid4())
        owner = sign_up(new=new, email="olive@harbour.example", password="correct horse battery")
        User.objects.filter(pk=owner.user_id).update(email_confirmed_at=owner.joined_at)
    return owner


def invite(email: str) -> dict[str, object]:
    """Add somebody, as the web server does: commit, then ask Celery. Gives the outbox row and when it was committed."""
    from accounts.actions.members import add_member
    from accounts.details import MemberDetails
    from accounts.models import OutboundEmail

    details = MemberDetails("Nina", "Novak", email, "", "receptionist", False)
    member = add_member(actor=_inviter(), details=details, submission=uuid4())
    row = OutboundEmail.objects.get(invitation__member=member)
    return {"outbox_id": row.pk, "at": time.time()}


def join(email: str) -> dict[str, object]:
    """Somebody who has joined the clinic, with the owner's own password; their ids and where they are."""
    from accounts.actions.invitations import accept_by_password
    from accounts.models import Member
    from accounts.tokens import InvitationLink

    invite(email)
    added = Member.objects.select_related("invitation", "account").get(user__email=email)
    member = accept_by_password(link=InvitationLink.of(added.invitation), password="correct horse battery")
    return {"member": member.pk, "clinic": added.account.slug}


def invite_and_die(email: str) -> dict[str, object]:
    """Commit an invitation and be gone before Celery is asked (R6)."""
    from accounts.actions import base

    base.publish = lambda _outbox_id: None
    return invite(email)


def confirm_addresses() -> dict[str, object]:
    """Confirm every address, so that a clinic can invite more than five people."""
    from accounts.models import User
    from clinic.clock import database_now

    return {"confirmed": User.objects.update(email_confirmed_at=database_now())}


def row(outbox_id: str) -> dict[str, object]:
    """How far a message has come."""
    from accounts.models import OutboundEmail

    found = OutboundEmail.objects.get(pk=outbox_id)
    return {name: getattr(found, name) for name in ("state", "attempts", "last_error", "message_id")}


def deliver(outbox_id: str) -> dict[str, object]:
    """Send one row here and now, as the worker does; then say how far it has come and how long that took."""
    from accounts.delivery import deliver as deliver_row

    began = time.monotonic()
    deliver_row(int(outbox_id))
    return {**row(outbox_id), "seconds": time.monotonic() - began}


def _deliver_at(start: float, outbox_id: int) -> None:
    from accounts.delivery import deliver as deliver_row

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
    from accounts import tasks

    taken = []
    for _ in range(int(times)):
        # Otherwise only the first would ask: after a failure the product leaves a broker alone for a while.
        tasks._broker.silent_until = 0.0
        began = time.monotonic()
        tasks.publish(1)
        taken.append(time.monotonic() - began)
    return {"seconds": taken}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    django.setup()
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))  # noqa: T201
