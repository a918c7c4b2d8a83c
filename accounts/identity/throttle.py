"""How often one may try to get in: one count for all pages (A8, A10, A11, A20, A65).

The count is django-axes' own, a row for each name, IP address and browser, which it drops once the wait is over.
Of IPv6 a network counts as one address. Every limit is for failures that are not yet `AXES_COOLOFF_TIME` old. Which
limits hold depends on whether this very person has signed in in this browser before
(`accounts.identity.sessions.known_browsers`):

- An unknown browser has three: an email address from one IP address (a person who guesses), an email address from
  everywhere, and an IP address over all email addresses (a machine that guesses, or many).
- A known browser has one of its own and none of those three: what it holds of the person, its mark, is counted wherever
  it is used from, so that a copied mark shares the count of the first.

Each side counts its own failures only, so that neither can be used against the other. Strangers' guesses, even from the
next room, shut no known browser. Guesses with a copied mark shut no other browser, and are no way round a limit: a mark
is good for one person, and for as few guesses as an unknown browser has.

Wrong codes count on both sides, since only people who know the password, or read the mail, get as far as a code: five
in one browser, ten for one address from everywhere.

The library writes by the clock of the machine, so that the same clock tells how old a failure is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest

from accounts.identity.sessions.known_browsers import known_as
from accounts.text import canonical_email
from clinic.client_ip import client_ip, network_of
from clinic.clock import machine_now

# What the names of marks start with; no address has such a sign in it.
_MARK = "mark:"


@dataclass(frozen=True)
class _Tries:
    """Failures under one name in one browser from one IP address: how many, and when the last was."""

    name: str
    ip_address: str | None
    last: datetime
    count: int


def ip_address(request: HttpRequest) -> str | None:
    """Where a request comes from, as it is counted: an IPv4 address, or the network of an IPv6 address."""
    return network_of(client_ip(request))


def locked_until(request: HttpRequest, email: str) -> datetime | None:
    """When the next try with this address in this browser is taken; None if it is taken now.

    Asks nothing about whether the address has a login, but for who holds a mark of its person (A9).
    """
    email = canonical_email(email)
    mark = known_as(request, email)
    waits = _waits_of_mark(_of_mark(mark), email) if mark else _waits_of_stranger(request, email)
    return max((each for each in waits if each is not None), default=None)


def _waits_of_mark(mark: str, email: str) -> list[datetime | None]:
    limits = settings.SIGN_IN_LIMITS
    tries = _tries(Q(username__in=[mark, _code(mark), _code(email)]))
    return [
        _free_from((each for each in tries if each.name != _code(email)), limits["known_browser"]),
        _free_from((each for each in tries if each.name == _code(email)), limits["address"]),
    ]


def _waits_of_stranger(request: HttpRequest, email: str) -> list[datetime | None]:
    limits, here = settings.SIGN_IN_LIMITS, ip_address(request)
    names = counted_names(email)
    tries = _tries((Q(username__in=names) | Q(ip_address=here)) & ~Q(username__startswith=_MARK))
    return [
        _free_from(
            (each for each in tries if each.ip_address == here and each.name in names), limits["address_and_place"]
        ),
        _free_from((each for each in tries if each.name == _code(email)), limits["address"]),
        _free_from((each for each in tries if each.name == email), limits["address"]),
        _free_from((each for each in tries if each.ip_address == here), limits["place"]),
    ]


def _tries(which: Q) -> list[_Tries]:
    """The failures that still count, the oldest first. One query."""
    since = machine_now() - settings.AXES_COOLOFF_TIME
    found = AccessAttempt.objects.filter(which, attempt_time__gte=since).order_by("attempt_time")
    rows = found.values_list("username", "ip_address", "attempt_time", "failures_since_start")
    return [_Tries(*row) for row in rows]


def _free_from(tries: Iterable[_Tries], limit: int) -> datetime | None:
    """When there are fewer failures than `limit` again, the oldest having run out; None if there are now."""
    tries = list(tries)
    left = sum(each.count for each in tries)
    until = None
    for each in tries:
        if left < limit:
            break
        until = each.last + settings.AXES_COOLOFF_TIME
        left -= each.count
    return until


def counted_as(request: HttpRequest, credentials: dict[str, Any] | None) -> str | None:
    """The name that django-axes counts a failure under: the mark of a known browser, or what it was given."""
    name: str | None = (credentials or {}).get("username")
    # Asked by `locked_until` before any password was tried.
    mark = getattr(request, "known_as", {}).get(name)
    return _of_mark(mark) if mark else name


def count_failure(request: HttpRequest, email: str) -> None:
    """Count a wrong code of two-factor authentication like a wrong password. `authenticate()` counts those by itself.

    Neither the right password nor a new one forgives it: with the one, or the mailbox, one would go on guessing (A29).
    """
    email = canonical_email(email)
    mark = known_as(request, email)
    for name in [_code(email), *([_code(_of_mark(mark))] if mark else [])]:
        AxesProxyHandler.user_login_failed(sender=count_failure, credentials={"username": name}, request=request)


def forgive_here(request: HttpRequest, email: str) -> None:
    """Forget the wrong passwords of an address in this browser, for someone who has just shown the right one.

    In an unknown one those of the address from this place, in a known one those of its mark: the other side's stay.
    """
    email = canonical_email(email)
    if mark := known_as(request, email):
        AxesProxyHandler.reset_attempts(username=_of_mark(mark))
        return
    AxesProxyHandler.update_request(request)
    AxesProxyHandler.get_implementation().reset_user_attempts(request, {"username": email})


def forgive(email: str) -> None:
    """Forget all wrong passwords of an address, for someone who has just proved that the mailbox is theirs."""
    AxesProxyHandler.reset_attempts(username=canonical_email(email))


def counted_names(email: str) -> list[str]:
    """The names that have an address in them, under which failures are counted."""
    return [email, _code(email)]


def _of_mark(mark: str) -> str:
    """The name under which the failures of a known browser are counted."""
    return f"{_MARK}{mark}"


def _code(name: str) -> str:
    """The name under which wrong codes are counted; no address ends with such a sign, and no mark."""
    return f"{name}#"
