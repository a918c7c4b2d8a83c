"""Who may sign in, and how often one may try."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from accounts.core.security_log import note, page_of, user_with
from accounts.identity.password.rules import is_short
from accounts.identity.throttle import count_failure, forgive_here, locked_until
from accounts.identity.two_factor.passkeys.ceremony import NotTaken
from accounts.identity.two_factor.secrets import Unreadable
from accounts.models import Member, User
from accounts.text import canonical_email

logger = structlog.get_logger(__name__)


class MemberBackend(ModelBackend):
    """Lets in those who can use at least one clinic, our own support staff, and those with an invitation to answer.

    Somebody made inactive everywhere is out at the next request, too (C3, C4, A16). An invitation is answered by
    whoever has proved its address, and opens no clinic until it is accepted (A70). With `joining`, a login without a
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
        people = Member.objects.filter(user=OuterRef("pk"))
        logins = User.objects.annotate(is_present=Exists(people.present()), is_invited=Exists(people.invited()))
        found = logins.filter(email=canonical_email(username or "")).first()
        if found is None:
            User().set_password(password)
            return None
        if not found.check_password(password or "") or not found.is_active:
            return None
        can_answer = found.is_invited and found.email_confirmed_at is not None
        return found if joining or found.is_staff or found.is_present or can_answer else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether this login gets in anywhere: a clinic where they are present, the support site, or an invitation."""
        people = Member.objects.filter(user=user)
        if not user.is_active or user.is_staff or people.present().exists():
            return bool(user.is_active)
        return user.email_confirmed_at is not None and bool(people.invited().exists())


@dataclass(frozen=True)
class Attempt:
    """How a try with a password went: the user, or None and, where it is locked for a while, until when."""

    user: User | None
    locked_until: datetime | None = None


def try_password(request: HttpRequest, email: str, password: str, *, joining: bool = False) -> Attempt:
    """Check a password, on whichever page; all share one throttle (A11, A20).

    A right password forgives the wrong ones from the same place. Wrong codes it leaves counted, since it may be no more
    than the first step of two.
    """
    email = canonical_email(email)
    if (until := locked_until(request, email)) is not None:
        note("password_locked", request, page=page_of(request), target_user=user_with(email))
        return Attempt(None, until)
    user = authenticate(request, username=email, password=password, joining=joining)
    if not isinstance(user, User):
        return Attempt(None, locked_until(request, email))
    forgive_here(request, email)
    user.showed_short_password = is_short(password)
    return Attempt(user)


@dataclass(frozen=True)
class CodeAttempt:
    """How a try with two-factor authentication went: right, or why not.

    `locked_until` says until when to wait, `is_unreadable` that it was our key's fault, `is_old` that a passkey was
    shown too late, or for a page that another has replaced.
    """

    is_right: bool = False
    locked_until: datetime | None = None
    is_unreadable: bool = False
    is_old: bool = False


def try_code(request: HttpRequest, user: User, use: Callable[[], bool]) -> CodeAttempt:
    """Have `use` use a code or a passkey of `user` up; a wrong one counts like a wrong password (A11)."""
    if (until := locked_until(request, user.email)) is not None:
        note("two_factor_locked", request, page=page_of(request), target_user=user)
        return CodeAttempt(locked_until=until)
    try:
        if use():
            return CodeAttempt(is_right=True)
    except Unreadable:
        logger.exception("authenticator_unreadable", user_id=user.pk)
        return CodeAttempt(is_unreadable=True)
    except NotTaken as error:
        if error.is_old:
            return CodeAttempt(is_old=True)
    note("two_factor_refused", request, page=page_of(request), target_user=user)
    count_failure(request, user.email)
    return CodeAttempt(locked_until=locked_until(request, user.email))
