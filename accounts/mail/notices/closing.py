"""What people are told by mail when an account is closed or opened again, and when erasing it waits (A72): the words.

`facts` are what every notice says of its entry: who, clinic, when, and how to write to support.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.mail.notice import moment_in_words
from accounts.models import Activity, User
from accounts.models.account import TIME_TO_REOPEN

Facts = dict[str, str]


def closed(entry: Activity, recipient: User | None, facts: Facts) -> list[str]:
    """To owners, administrators, and those whose requests about who owns it are open."""
    first = _("%(who)s closed the account of %(clinic)s on %(when)s. No one can use it any more.") % facts
    if _has_filed(entry, recipient):
        words = _(
            "Support still has your request about who owns it. The account won’t be erased before that is settled, and "
            "you’ll get an email when it is. If you have something to add, write to %(support)s."
        )
        return [first, words % facts]
    if _is_held_up(entry):
        last = _("If you did not expect this, write to %(support)s at once.") % facts
        return [first, _("Any owner can open it again, with everything in it."), _not_erased_yet(), last]
    words = _(
        "Until %(erase_at)s any owner can open it again, with everything in it. After that it’s permanently erased."
    )
    return [first, words % _with_day(entry, facts), _how_to_object(facts)]


def closed_for_support(facts: Facts) -> tuple[str, list[str]]:
    """Subject and words of what support is told if a request about who owns the account is open."""
    words = _(
        "It has an open request about who owns it, so it won’t be erased. Settling the last request starts its "
        "%(days)s days; until they are over any owner can open it again."
    )
    first = _("%(who)s closed the account of %(clinic)s on %(when)s. No one can use it any more.")
    subject = _("%(clinic)s was closed while a request about it is open")
    return subject % facts, [first % facts, words % {"days": TIME_TO_REOPEN.days}]


def reopened(entry: Activity, recipient: User | None, facts: Facts) -> list[str]:
    """To those who were told that it was closed."""
    words = [
        _("%(who)s opened the account of %(clinic)s again on %(when)s, with everything in it.") % facts,
        _("It will not be erased."),
    ]
    return [*words, _("Support still has your request about who owns it.")] if _has_filed(entry, recipient) else words


def still_closed(entry: Activity, facts: Facts) -> list[str]:
    """What becomes of a closed account that support gave its time again; nothing for any other."""
    if "erase_at" not in entry.details:
        return []
    if _is_held_up(entry):
        return [_("It’s still closed, and any owner can open it again."), _not_erased_yet()]
    words = _("It’s still closed. Until %(erase_at)s any owner can open it again; then it’s permanently erased.")
    return [words % _with_day(entry, facts), _how_to_object(facts)]


def _with_day(entry: Activity, facts: Facts) -> Facts:
    return {**facts, "erase_at": moment_in_words(datetime.fromisoformat(entry.details["erase_at"]), entry.account)}


def _is_held_up(entry: Activity) -> bool:
    """Whether a request was open then. Entries of older code don't say."""
    return bool(entry.details.get("disputed_by"))


def _has_filed(entry: Activity, recipient: User | None) -> bool:
    return recipient is not None and recipient.pk in entry.details.get("disputed_by", [])


def _not_erased_yet() -> str:
    words = _(
        "It won’t be erased while support has an open request about who owns it. Once the last one is settled, the "
        "owners have %(days)s days."
    )
    return words % {"days": TIME_TO_REOPEN.days}


def _how_to_object(facts: Facts) -> str:
    """To those who can, owners included."""
    words = _(
        "If it should not be erased, sign in and choose “contact support about ownership” on the page that opens, or "
        "write to %(support)s. It isn’t erased while a request about who owns it is open."
    )
    return words % facts
