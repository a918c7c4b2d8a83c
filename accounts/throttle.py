"""How often one may try to get in: one count for every door (A8, A10, A11, A20).

The count is django-axes' own, a row for each address, place and browser, which it drops once the wait is over. A place
is a network address. Three limits are kept, each for failures that are not yet `AXES_COOLOFF_TIME` old:

- of an address from one place: a person who guesses.
- of a place over all addresses, and of an address from everywhere: a machine that does, or many. Both are within a
  stranger's reach, so neither holds in a browser where this very person has signed in before: nobody is locked out from
  afar (`accounts.known_browsers`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.known_browsers import is_known_browser
from accounts.text import canonical_email
from clinic.client_ip import client_ip, network_of


@dataclass(frozen=True)
class _Tries:
    """Failures of one address in one browser at one place: how many, and when the last was."""

    name: str
    place: str | None
    last: datetime
    count: int


def place(request: HttpRequest) -> str | None:
    """Where a request comes from, as it is counted: an IPv4 address, or the network of an IPv6 address."""
    return network_of(client_ip(request))


def locked_until(request: HttpRequest, email: str) -> datetime | None:
    """When the next try with this address from this place is taken; None where it is taken now.

    Asks nothing about whether the address has a login (A9).
    """
    email = canonical_email(email)
    limits = settings.SIGN_IN_LIMITS
    tries = _tries(request, email)
    of_address = [each for each in tries if each.name != _code(email)]
    wrong_codes = [each for each in tries if each.name == _code(email)]
    here = place(request)
    names = {email, _code(email)}
    waits = [
        _free_from((each for each in tries if each.place == here and each.name in names), limits["address_and_place"]),
        # Only who knows the password, or reads the mail, gets as far as a code, so that no stranger can use this up.
        _free_from(wrong_codes, limits["address"]),
    ]
    strangers = [
        _free_from((each for each in of_address if each.name == email), limits["address"]),
        _free_from((each for each in tries if each.place == here), limits["place"]),
    ]
    if any(strangers) and not is_known_browser(request, email):
        waits += strangers
    return max((each for each in waits if each is not None), default=None)


def _tries(request: HttpRequest, email: str) -> list[_Tries]:
    """What counts against a try with this address from here, the oldest first. One query."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    found = AccessAttempt.objects.filter(
        Q(username__in=[email, _code(email)]) | Q(ip_address=place(request)), attempt_time__gte=since
    ).order_by("attempt_time")
    rows = found.values_list("username", "ip_address", "attempt_time", "failures_since_start")
    return [_Tries(*row) for row in rows]


def _free_from(tries: Iterable[_Tries], limit: int) -> datetime | None:
    """When there are fewer failures than `limit` again, the oldest having run out; None where there are now."""
    tries = list(tries)
    left = sum(each.count for each in tries)
    until = None
    for each in tries:
        if left < limit:
            break
        until = each.last + settings.AXES_COOLOFF_TIME
        left -= each.count
    return until


def count_failure(request: HttpRequest, email: str) -> None:
    """Count a wrong code of a second factor like a wrong password. `authenticate()` counts those by itself.

    Neither the right password nor a new one forgives it: with the one, or the mailbox, one would go on guessing (A29).
    """
    name = _code(canonical_email(email))
    AxesProxyHandler.user_login_failed(sender=count_failure, credentials={"username": name}, request=request)


def forgive_here(request: HttpRequest, email: str) -> None:
    """Forget the wrong passwords of an address from here, for somebody who has just shown the right one."""
    AxesProxyHandler.update_request(request)
    AxesProxyHandler.get_implementation().reset_user_attempts(request, {"username": canonical_email(email)})


def forgive(email: str) -> None:
    """Forget all wrong passwords of an address, for somebody who has just proved that the mailbox is theirs."""
    AxesProxyHandler.reset_attempts(username=canonical_email(email))


def _code(email: str) -> str:
    """The name under which wrong codes of an address are counted; no address ends with such a sign."""
    return f"{email}#"
