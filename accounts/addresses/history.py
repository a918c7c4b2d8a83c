"""Which addresses a login has had, and which of two has the say over the other (A69)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import EmailChange, User

# From when on an address is a login's own, though another was proved before it: a mailbox that someone left behind,
# such as a former employer's, must not take the login over years later without the person having a say.
LONG = timedelta(days=30)
LONG_IN_ANY_CASE = timedelta(days=365)


@dataclass(frozen=True)
class Stay:
    """A time for which a login had an address. `is_proved`: its mailbox had been proved by the end of it."""

    email: str
    since: datetime
    until: datetime
    is_proved: bool = True


def has_say_over(email: str, other: str, stays: Sequence[Stay]) -> bool:
    """Whether a login that goes from `other` to `email` goes back to whom it was taken from.

    That is so if `email` was proved before `other` was, however often either was used since, and if `other` hasn't
    been in use for long: for over a year, or for over thirty days and longer than `email`.
    """
    proved = list(dict.fromkeys(each.email for each in stays if each.is_proved))
    if email not in proved or email == other:
        return False
    if other in proved[: proved.index(email)]:
        return False
    used = _time_at(other, stays)
    return used <= LONG_IN_ANY_CASE and (used <= LONG or used <= _time_at(email, stays))


def _time_at(email: str, stays: Iterable[Stay]) -> timedelta:
    return sum((each.until - each.since for each in stays if each.email == email), timedelta())


def stays_of(user: User, now: datetime) -> list[Stay]:
    """The addresses of `user` in the order of time, as far as the rows tell. One query."""
    changes = list(EmailChange.objects.filter(user=user, confirmed_at__isnull=False).order_by("pk"))
    moves = sorted([*_confirmed(changes), *_put_back(changes)])
    first, is_proved = user.email, user.email_confirmed_at is not None
    if changes:
        first, is_proved = changes[0].old_email, changes[0].old_was_confirmed
    starts = [(min([user.created_at, *(moment for moment, _email in moves)]), first), *moves]
    ends = [*(moment for moment, _email in moves), now]
    return [
        Stay(email, since, until, is_proved or number > 0)
        for number, ((since, email), until) in enumerate(zip(starts, ends, strict=True))
    ]


def _confirmed(changes: Iterable[EmailChange]) -> list[tuple[datetime, str]]:
    """When which new address was confirmed."""
    return [(each.confirmed_at, each.new_email) for each in changes if each.confirmed_at is not None]


def _put_back(changes: Iterable[EmailChange]) -> list[tuple[datetime, str]]:
    """When which address was put back. An objection ends one change and all after it at the same moment."""
    found: dict[datetime, str] = {}
    for each in changes:
        if each.ended_at is not None:
            found.setdefault(each.ended_at, each.old_email)
    return list(found.items())
