"""Which change of address the link **This wasn’t me** is about, and whether it still stops or undoes it (C2, A69)."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.models import EmailChange
from clinic.clock import database_now


def standing_for(change: EmailChange) -> EmailChange:
    """The change that a link mailed about `change` is about by now: that one, or what took its place.

    Its recipient objects to what stands. That is the first that can be objected to, of the changes from the same
    address that were asked for while the link worked; where there is none, the newest, which says why.
    """
    now = database_now()
    if not _why_not(change, now):
        return change
    later = EmailChange.objects.filter(user=change.user_id, old_email=change.old_email, pk__gt=change.pk)
    meant = later.filter(asked_at__lt=change.objection_ends_at).select_related("user", "asked_by__account")
    candidates: list[EmailChange] = [change, *meant.order_by("pk")]
    return next((each for each in candidates if not _why_not(each, now)), candidates[-1])


def require_can_object(change: EmailChange) -> None:
    """Raise ActionRefused where the old address has nothing to object to any more, or no say."""
    if reason := _why_not(change, database_now()):
        raise ActionRefused(reason)


def _why_not(change: EmailChange, now: datetime) -> str:
    """Why the old address can’t object; an empty text where it can."""
    is_over = change.objection_ends_at <= now
    if is_over and change.told_at + change.TIME_TO_OBJECT <= now:
        words = _(
            "This link no longer works: it is more than 72 hours old. If a newer email tells you of a change, use the "
            "link in that one."
        )
    elif change.ended_at is not None:
        words = _("This change was stopped already. There is nothing left to do here.")
    elif change.is_return:
        words = _(
            "%(new)s was the address of this login before %(old)s, so %(old)s can’t stop or undo going back to it."
        )
    elif is_over or not change.old_was_confirmed:
        words = _(
            "This link no longer works: the login is back at an address from before this change, or it is too long "
            "since the first of several changes."
        )
    else:
        return ""
    return words % {"new": change.new_email, "old": change.old_email}
