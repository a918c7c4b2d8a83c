"""One line in the log for every event about who may come in and who may do what, and one only (A53).

What an action writes into the activity log, or into a login's own record, has its line from there; `note` is for the
rest: what was tried, shown or refused.

`docs/deploying.md` lists the events. The activity log is the clinic's to read and tells of what was done; this one is
the operator's, and tells of what was tried as well.
"""

from typing import Any

import structlog
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import Activity, Member, SecurityEvent, User
from clinic.client_ip import client_ip

logger = structlog.get_logger("security")


def note(
    event: str, request: HttpRequest, *, user: User | None = None, member: Member | None = None, **facts: Any
) -> None:
    """Write one line: `event`, who (by id), in which account, from where, when in UTC, and `facts`.

    Without `user` and `member` it is whoever is signed in. A fact that is a row is written as its id. Never pass what
    somebody typed: an address could be a password in the wrong field.
    """
    who = user or _signed_in(request)
    as_member = member or getattr(request, "member", None)
    account = as_member.account_id if as_member else None
    known = {
        "user_id": who.pk if who else None,
        "member_id": as_member.pk if as_member else None,
        "account_id": account,
        "ip": client_ip(request),
        **{name: value.pk if isinstance(value, Model) else value for name, value in facts.items()},
    }
    logger.info(event, **{name: value for name, value in known.items() if value is not None})


def note_done(entry: Activity) -> None:
    """Write a line for an entry of the activity log, once it is committed: ids, and of its details only the role.

    From where is known to every line of a request (`clinic.middleware`).
    """
    by = {"user_id": entry.actor.user_id, "member_id": entry.actor_id} if entry.actor else {"user_id": entry.staff_id}
    whom = {"target_member": entry.subject_id, "target_user": entry.subject.user_id} if entry.subject else {}
    about = {**whom, "changed": sorted(entry.details), "role": entry.details.get("role")}
    logger.info(str(entry.verb), account_id=entry.account_id, **by, **{name: it for name, it in about.items() if it})


def note_change(event: SecurityEvent) -> None:
    """Write a line for an entry of a login's own record, once it is committed: what, of whom, by whom, from where.

    Whoever objects by the link in a mail need not be signed in, so that it says of nobody that they did. What our
    support did says who of them.
    """
    by = {"objected": True} if event.details.get("objected") else {"user_id": event.details.get("staff", event.user_id)}
    facts = {"kind": str(event.kind), "target_user": event.user_id, "ip": event.ip_address, **by}
    if event.details.get("two_factor"):
        facts["two_factor_removed"] = True
    logger.info("login_changed", **{name: it for name, it in facts.items() if it is not None})


def user_with(email: str) -> User | None:
    """The login with this address, to name it by its id in a line; one query, whether there is one or not (A9)."""
    return User.objects.filter(email=email).first()


def page_of(request: HttpRequest) -> str:
    """The name of the page at which something was tried: "accounts:login"."""
    match = request.resolver_match
    return match.view_name if match else ""


def _signed_in(request: HttpRequest) -> User | None:
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None
