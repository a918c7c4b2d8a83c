"""A sign-in with how long it lasts, and where somebody is signed in; each in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, OuterRef, Subquery
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.core.browsers import in_words
from accounts.models import Member, SignIn, User
from accounts.models.account import SessionTimeout
from clinic.clock import DatabaseNow

SIGN_INS_SHOWN = 50
AS_GOOD_AS_NOW = timedelta(seconds=90)


def sign_in_with_limits(user: User, sign_in_id: int) -> SignIn | None:
    """One sign-in of `user`, with the time now and the shortest timeout of the open clinics that they can use.

    The shortest: otherwise a visit to another clinic would be a way round it (docs/decisions/0015).
    """
    mine = Member.objects.present().filter(user=OuterRef("user_id"), account__locked_at=None, account__closed_at=None)
    shortest = mine.order_by().values("user_id").annotate(shortest=Min("account__session_timeout")).values("shortest")
    columns: dict[str, Any] = {"timeout_minutes": Subquery(shortest), "now": DatabaseNow()}
    found = SignIn.objects.annotate(**columns)
    return found.filter(pk=sign_in_id, user=user).first()


def timeout_of(sign_in: SignIn) -> timedelta:
    """After how long of doing nothing a sign-in, fetched with its limits, ends."""
    return timedelta(minutes=sign_in.timeout_minutes or SessionTimeout.HALF_A_DAY)


def now_of(sign_in: SignIn) -> datetime:
    """The database's time when a sign-in was fetched with its limits (R15)."""
    return sign_in.now


def idle_since_too_long(sign_in: SignIn) -> bool:
    """Whether nothing was done for longer than the timeout."""
    return sign_in.last_seen_at + timeout_of(sign_in) <= now_of(sign_in)


def seconds_left(sign_in: SignIn) -> tuple[int, bool]:
    """How many seconds a sign-in lasts if nothing is done from now on, and whether doing something keeps it up."""
    idle_at = sign_in.last_seen_at + timeout_of(sign_in)
    end = min(idle_at, sign_in.expires_at)
    return max(0, int((end - now_of(sign_in)).total_seconds())), idle_at < sign_in.expires_at


@dataclass(frozen=True)
class WhereSignedIn:
    """A browser that somebody is signed in with. `current` is the one that asks."""

    row: SignIn
    current: SignIn

    @property
    def is_this_one(self) -> bool:
        """Whether it is the browser that asks."""
        return self.row.pk == self.current.pk

    @property
    def browser(self) -> str:
        """Browser and system, in words."""
        return in_words(self.row.user_agent)

    @property
    def network(self) -> str:
        """From which network. Where on a map that is would be a guess, so no town is named."""
        if self.row.ip_address is None:
            return _("An unknown network")
        if self.row.ip_address == self.current.ip_address:
            return _("The network you are on now (%(address)s)") % {"address": self.row.ip_address}
        return _("Another network (%(address)s)") % {"address": self.row.ip_address}

    @property
    def last_seen(self) -> str:
        """When somebody last did something there."""
        ago = now_of(self.current) - self.row.last_seen_at
        minutes, hours = ago // timedelta(minutes=1), ago // timedelta(hours=1)
        if ago < AS_GOOD_AS_NOW:
            return _("Now")
        if not hours:
            return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes) % {"n": minutes}
        if not ago.days:
            return ngettext("%(n)s hour ago", "%(n)s hours ago", hours) % {"n": hours}
        return formats.date_format(self.row.last_seen_at, "j F Y")


def where_signed_in(user: User, *, current: SignIn) -> list[WhereSignedIn]:
    """Where `user` is signed in, this browser first, then the last seen; `current` was fetched with its limits."""
    lasting = SignIn.objects.filter(
        user=user, expires_at__gt=now_of(current), last_seen_at__gt=now_of(current) - timeout_of(current)
    )
    others = lasting.exclude(pk=current.pk).order_by("-last_seen_at", "-pk")
    return [WhereSignedIn(row, current) for row in [current, *others[: SIGN_INS_SHOWN - 1]]]
