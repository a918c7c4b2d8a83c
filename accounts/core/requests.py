"""A request as the middleware of this product leaves it: one place for all that is added to Django's own."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.http import HttpRequest

from accounts.models import Account, Member, SignIn, User


@dataclass
class Reverification:
    """What became of the password or passkey in this request, if one was sent."""

    passed: bool = False
    was_wrong: bool = False
    was_empty: bool = False
    by_passkey: bool = False
    # A passkey that was shown too late, or for a page that another has replaced.
    was_old: bool = False
    # A passkey of someone who has none any more.
    is_gone: bool = False
    locked_until: datetime | None = None


class Request(HttpRequest):
    """What may be asked of any request."""

    # The clinic that the address names, and who asks as one of its people; None outside of a clinic.
    account: Account | None
    member: Member | None
    # The sign-in of whoever is signed in, with its limits; None if nobody is.
    sign_in: SignIn | None
    # What became of the password or passkey that came with it.
    reverification: Reverification
    # Why it was refused, for the security log.
    refused_because: str
    # Whether signing out was not asked for.
    ended_by_limit: bool
    # Whom its browser is known to be of from the answer on, and the id of their mark.
    known_from_now_on: tuple[User, str]
    # The layout of what is shown around a page, if it isn't the usual one.
    layout: str


class PersonalRequest(Request):
    """A request by someone who is signed in."""

    user: User
    sign_in: SignIn


class ClinicRequest(PersonalRequest):
    """A request inside a clinic, as `AccountMiddleware` leaves it."""

    account: Account
    member: Member


def ours(request: HttpRequest) -> Request:
    """The same request, with the types of what is added to it."""
    return cast("Request", request)
