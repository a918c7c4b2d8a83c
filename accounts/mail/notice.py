"""What a notice is made of: its parts, and how people of a clinic read a moment."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats

from accounts.models import Account


@dataclass(frozen=True)
class Notice:
    """A mail about one entry of the activity log. `path` is the page that its button opens.

    `whole` are the addresses of people in it that can be copied.
    """

    subject: str
    paragraphs: list[str]
    path: str
    label: str
    whole: tuple[str, ...] = ()


def moment_in_words(moment: datetime, account: Account) -> str:
    """A moment as people of the clinic read it, with the name of their time zone."""
    local = moment.astimezone(ZoneInfo(account.time_zone))
    return f"{formats.date_format(local, 'l j F Y')} at {formats.date_format(local, 'H:i')} ({account.time_zone})"
