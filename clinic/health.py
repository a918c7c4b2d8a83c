"""Is the site alive, and does mail go out? Answers plainly, without a session and without secrets."""

from typing import Any

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts.outbox.standing import standing
from clinic.celery import app
from clinic.leaked_passwords import is_answered

logger = structlog.get_logger(__name__)

Check = dict[str, Any]


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200 where the database answers a query, 503 where it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Return 200 where all that mail and new passwords need is well, 503 where something is not; each check says how it
    is (R14).

    Seconds are whole, and None where there is nothing to count from. For a monitor, not for a load balancer: pages
    are served, and people added, while the broker is away or nothing is sent.
    """
    checks = {**_mail(), "broker": _broker(), **_leaked_passwords()}
    is_well = all(check["ok"] for check in checks.values())
    return JsonResponse({"status": "ok" if is_well else "red", **checks}, status=200 if is_well else 503)


def _mail() -> dict[str, Check]:
    """The database, the sweep, and the mail that waits: what the database knows of them, in a few queries."""
    try:
        now = standing()
    except DatabaseError as error:
        logger.warning("not_ready", check="database", reason=type(error).__name__)
        unknown = {"ok": False, "problem": "the database does not answer"}
        return {"database": unknown, "sweep": {"ok": False}, "mail": {"ok": False}}
    return {
        "database": {"ok": True},
        "sweep": {"ok": now.is_swept, "last_seconds_ago": _whole(now.sweep)},
        "mail": {
            "ok": now.is_flowing,
            "waiting": now.waiting,
            "refused_so_far": now.refused,
            "oldest_seconds": _whole(now.oldest),
            "overdue_seconds": _whole(now.overdue),
        },
    }


def _broker() -> Check:
    """Whether the broker answers; its own timeouts end this within about a second (R2)."""
    try:
        with app.connection_for_write() as broker:
            broker.channel()
    except Exception as error:  # noqa: BLE001  (each broker has exceptions of its own)
        logger.warning("not_ready", check="broker", reason=type(error).__name__)
        return {"ok": False, "problem": "the broker does not answer"}
    return {"ok": True}


def _leaked_passwords() -> dict[str, Check]:
    """Whether leaked passwords can be looked up; nothing if they aren't. Takes a second at most."""
    answered = is_answered()
    if answered is None:
        return {}
    # Not named after passwords: what is, is taken out of whatever goes into the log.
    return {"leak_check": {"ok": True} if answered else {"ok": False, "problem": "leaked passwords can't be looked up"}}


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds)
