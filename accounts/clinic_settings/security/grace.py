"""How long people are given to set up two-factor authentication: whole days, in the clinic's time zone (A34)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.models import Account
from clinic.clock import database_now

MOST_DAYS = 90
SHORTEST = timedelta(microseconds=1)


def end_of(day: date, account: Account) -> datetime:
    """The first moment after `day`: from then on everybody needs two-factor authentication. `day` can be given."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(account.time_zone))


def last_day_before(moment: datetime, account: Account) -> date:
    """The day that ends with `moment`: the last on which somebody comes in without two-factor authentication."""
    return (moment - SHORTEST).astimezone(ZoneInfo(account.time_zone)).date()


def require_can_be_given(day: date, account: Account) -> None:
    """Raise ActionRefused for a day that is over, or too far away."""
    today = database_now().astimezone(ZoneInfo(account.time_zone)).date()
    if day < today:
        raise ActionRefused(_("This day is over. Choose today or a later day, or leave it empty."), field="until")
    if day > today + timedelta(days=MOST_DAYS):
        words = _("This is too far away. Choose a day at most %(most)s days from today, or leave it empty.")
        raise ActionRefused(words % {"most": MOST_DAYS}, field="until")
