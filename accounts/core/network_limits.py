"""What strangers can ask for, and how often from one IP address (A63).

Everyone else on the same network is held up with them, so people whose address is confirmed are counted by themselves
once they have signed in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.core.errors import LimitReached
from accounts.core.origin import Origin
from accounts.core.unconfirmed import is_unconfirmed
from accounts.models import Account, LimitedUse, User
from clinic.clock import database_now

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LONGEST_PERIOD = DAY
USERS = "user "


@dataclass(frozen=True)
class Limit:
    """So many within `period` from one source; `words` are what the page says of the next one.

    `name` is that of the limit in the setting `NETWORK_LIMITS`, which says how many.
    """

    name: str
    period: timedelta
    words: str | Promise

    def counting(self, times: Iterable[float], now: datetime) -> list[float]:
        """Those of `times` that count at `now`. One in the future is from before the clock was put back."""
        return [each for each in times if now - self.period < datetime.fromtimestamp(each, UTC) <= now]

    def require_room(self, times: Iterable[float], now: datetime, source: str) -> None:
        """Raise LimitReached where as many count at `now` as there may be."""
        most = settings.NETWORK_LIMITS[self.name]
        counting = self.counting(times, now)
        if len(counting) >= most:
            until = datetime.fromtimestamp(counting[-most], UTC) + self.period
            raise LimitReached(_refusal(self, source, until), until=until)


SIGN_UP = Limit("sign_up", HOUR, gettext_lazy("Too many clinics were created in the last hour."))
INVITATIONS = Limit(
    "invitations",
    DAY,
    gettext_lazy(
        "Clinics whose owners haven’t confirmed their email address have invited too many people in the last 24 hours."
    ),
)
NEW_INVITATION = Limit(
    "new_invitation", HOUR, gettext_lazy("Too many new invitations were requested in the last hour.")
)
PASSWORD_RESET = Limit(
    "password_reset", HOUR, gettext_lazy("Too many password resets were requested in the last hour.")
)
CONFIRMATION = Limit(
    "confirmation", HOUR, gettext_lazy("Too many confirmation emails were requested in the last hour.")
)
SUPPORT_REQUEST = Limit(
    "support_request", DAY, gettext_lazy("Too many requests were sent to support in the last 24 hours.")
)


def person(user: User) -> str:
    """The source of what counts against `user`, wherever they are."""
    return f"{USERS}{user.pk}"


def source_of(origin: Origin, user: User | None = None) -> str | None:
    """What a request counts against: its network, or `user`, who has signed in, if their address is confirmed.

    None where the network is not known: one count for everyone would let one stranger shut the rest out.
    """
    if user is not None and user.email_confirmed_at is not None:
        return person(user)
    return origin.network


def require_room(limit: Limit, source: str | None) -> None:
    """Raise LimitReached where the next one would be refused. Counts nothing: the action does, under its lock."""
    if source is None:
        return
    times = LimitedUse.objects.filter(limit=limit.name, source=source).values_list("times", flat=True).first()
    limit.require_room(times or [], database_now(), source)


def again_words(until: datetime) -> str:
    """From when on it is done again, as a sentence; to the minute, and never too early."""
    moment = formats.date_format(timezone.localtime(until + timedelta(minutes=1)), "l j F, H:i")
    words = _("Try again after %(moment)s (%(zone)s).")
    return words % {"moment": moment, "zone": timezone.get_current_timezone_name()}


def _refusal(limit: Limit, source: str, until: datetime) -> str:
    shared = [] if source.startswith(USERS) else [_("Everyone at your IP address shares this limit.")]
    return " ".join([str(limit.words), *shared, again_words(until)])


def count_use(limit: Limit, source: str | None) -> None:
    """Count one more from `source`, or raise LimitReached. For use inside another action, before it tells anyone.

    Others from there wait until the action ends, so that however many come at once, no more than the limit pass. What
    is refused, or rolled back, is not counted; nor is anything where the source is None.
    """
    if source is None:
        return
    row = _locked(limit, source)
    now = database_now()
    limit.require_room(row.times, now, source)
    row.times = [*limit.counting(row.times, now), now.timestamp()]
    row.last_at = now
    row.save(update_fields=["times", "last_at"])


def count_unconfirmed(limit: Limit, user: User, origin: Origin) -> None:
    """The same for somebody signed in, unless their address is confirmed: caps of their own hold them.

    For use inside another action.
    """
    if user.email_confirmed_at is None:
        count_use(limit, origin.network)


def count_invitation(account: Account, origin: Origin) -> None:
    """The same for an invitation of a clinic for which no one has confirmed their address. For use inside an action."""
    if is_unconfirmed(account):
        count_use(INVITATIONS, origin.network)


def _locked(limit: Limit, source: str) -> LimitedUse:
    """The row, made if need be; one that was tidied away while this waited for it is made again."""
    while True:
        names = {"limit": limit.name, "source": source}
        LimitedUse.objects.get_or_create(**names, defaults={"last_at": database_now()})
        row = LimitedUse.objects.select_for_update(no_key=True).filter(**names).first()
        if row is not None:
            return row
