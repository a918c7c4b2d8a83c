"""Who may sign in, and how often one may try."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from accounts.models import Member, User
from accounts.security_log import door_of, login_with, note
from accounts.text import canonical_email
from accounts.throttle import forgive_here, locked_until


class MemberBackend(ModelBackend):
    """Lets in those who can use at least one clinic, and our own support staff.

    Somebody made inactive everywhere is out at the next request, too (C3, C4, A16). With `joining`, a login without a
    clinic passes: to accept an invitation, or to open a clinic of one's own.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        joining: bool = False,
        **kwargs: Any,
    ) -> User | None:
        """Return the user with this address and password, or None.

        Whatever the reason for a no, it takes one query and one hash (A9).
        """
        is_present = Exists(Member.objects.filter(user=OuterRef("pk")).present())
        found = User.objects.filter(email=canonical_email(username or "")).annotate(is_present=is_present).first()
        if found is None:
            User().set_password(password)
            return None
        if not found.check_password(password or "") or not found.is_active:
            return None
        return found if joining or found.is_staff or found.is_present else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether this login opens any door: a clinic where they are present, or the support site."""
        return bool(user.is_active and (user.is_staff or Member.objects.filter(user=user).present().exists()))


@dataclass(frozen=True)
class Attempt:
    """How a try with a password went: the user, or None and, where the door is shut for a while, until when."""

    user: User | None
    locked_until: datetime | None = None


def try_password(request: HttpRequest, email: str, password: str, *, joining: bool = False) -> Attempt:
    """Check a password at any door; all doors share one throttle (A11, A20).

    A right password forgives the wrong ones from the same place. Wrong codes it leaves counted, since it may be no more
    than the first step of two.
    """
    email = canonical_email(email)
    if (until := locked_until(request, email)) is not None:
        note("password_locked", request, door=door_of(request), target_user=login_with(email))
        return Attempt(None, until)
    user = authenticate(request, username=email, password=password, joining=joining)
    if not isinstance(user, User):
        return Attempt(None, locked_until(request, email))
    forgive_here(request, email)
    return Attempt(user)
