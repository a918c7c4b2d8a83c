"""What of support's reading is written down where a clinic's owners see it (A66).

Every page about one account counts as opening it, whatever is done there: it names people, or tells their story. A
search counts for those accounts that its page of results lists, in either list. A list without words to search for
singles no one out, and counts for none.
"""

from collections.abc import Collection

import structlog
from django.db import DatabaseError

from accounts.core.errors import NotPermitted
from accounts.models import Activity, User
from accounts.support.actions import note_read

logger = structlog.get_logger(__name__)


def opened(staff: User, account_id: int) -> None:
    """A page about this account was shown to `staff`."""
    _note(staff, [account_id], Activity.Verb.ACCOUNT_VIEWED)


def found(staff: User, account_ids: Collection[int]) -> None:
    """A search listed these accounts to `staff`."""
    _note(staff, account_ids, Activity.Verb.ACCOUNT_FOUND)


def _note(staff: User, account_ids: Collection[int], verb: Activity.Verb) -> None:
    """A page that can be read does not fail for want of a note that it was; the operator's log then says so."""
    if not account_ids:
        return
    try:
        note_read(staff=staff, account_ids=account_ids, verb=verb)
    except (DatabaseError, NotPermitted):
        logger.exception("support_reading_not_noted", user_id=staff.pk, account_ids=sorted(account_ids), verb=str(verb))
