"""Prove that it is you before a sensitive act (S9, A19 to A21): with the password, or a passkey in its place.

A view authorises, validates, then calls `require_reverification`. Where neither was given it raises, and
`ReverifyMiddleware` answers with the prompt, which carries what was typed back to the same address.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.core.requests import Reverification, ours
from accounts.core.security_log import note, page_of
from accounts.identity.authentication import try_code, try_password
from accounts.identity.sessions.known_browsers import remember_browser
from accounts.identity.two_factor.passkeys.actions import use_passkey
from accounts.models import User
from accounts.text import LONGEST_PASSWORD_TYPED, canonical_password
from clinic.clock import database_now

PASSWORD_FIELD = "reverify_password"  # noqa: S105  (the name of a field)
PASSKEY_FIELD = "reverify_passkey"
CANCEL_FIELD = "reverify_cancel"
_MARK = "reverified"


class ReverificationRequired(Exception):
    """Raised inside a view: the password, or a passkey, is needed first.

    `act` says in words for what, `consequences` what follows from it, a sentence each; `button` completes it.
    """

    def __init__(self, *, act: str, button: str, consequences: Sequence[str] = ()) -> None:
        super().__init__(act)
        self.act = act
        self.button = button
        self.consequences = list(consequences)


@dataclass(frozen=True)
class Prompt:
    """What the prompt shows."""

    act: str
    action: str
    button: str
    error: str
    wait: str
    # What the browser needs to ask for a passkey; "" where there is none.
    passkey_question: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    consequences: list[str] = field(default_factory=list)


def check(request: HttpRequest) -> Reverification:
    """Check the passkey or the password that came with this request; a right one renews the session's key (A14).

    A wrong one has its line in the security log from where it is counted, with this page.
    """
    if was_cancelled(request) or not request.user.is_authenticated:
        return Reverification()
    if answer := request.POST.get(PASSKEY_FIELD):
        state = _check_passkey(request, request.user, answer)
    elif (password := request.POST.get(PASSWORD_FIELD)) is None:
        return Reverification()
    elif password:
        state = _check_password(request, request.user, password)
    else:
        return Reverification(was_empty=True)
    if not state.passed:
        return state
    note("reverify_passed", request, page=page_of(request), by_passkey=state.by_passkey)
    request.session.cycle_key()
    remember_browser(request, request.user)
    _set_mark(request)
    return state


def require_reverification(
    request: HttpRequest, *, act: str, button: str, always: bool = False, consequences: Sequence[str] = ()
) -> None:
    """Return where the person has shown the password or a passkey; raise ReverificationRequired where not.

    With `always` the operator's grace window does not count: ownership asks every time, and so does what people are
    told the `consequences` of first, since the prompt is where they read them.
    """
    state = ours(request).reverification
    if state.passed or (not always and _is_within_grace(request)):
        return
    raise ReverificationRequired(act=act, button=button, consequences=consequences)


def was_cancelled(request: HttpRequest) -> bool:
    """Whether the person chose Cancel at the prompt: the view then shows the form as it was typed."""
    return CANCEL_FIELD in request.POST


def forget_elsewhere(request: HttpRequest) -> None:
    """Drop a mark that was made in another clinic: going from one to another ends it (A21)."""
    mark = request.session.get(_MARK)
    if mark and getattr(request, "account", None) is not None and mark[:-1] != _whom_and_where(request):
        del request.session[_MARK]


def _check_password(request: HttpRequest, user: User, password: str) -> Reverification:
    if len(password) > LONGEST_PASSWORD_TYPED:
        note("reverify_failed", request, page=page_of(request), because="too long")
        return Reverification(was_wrong=True)
    attempt = try_password(request, user.email, canonical_password(password))
    if attempt.user is None or attempt.user.pk != user.pk:
        return Reverification(was_wrong=True, locked_until=attempt.locked_until)
    return Reverification(passed=True)


def _check_passkey(request: HttpRequest, user: User, answer: str) -> Reverification:
    if not user.passkeys.exists():
        note("reverify_failed", request, page=page_of(request), because="no passkey")
        return Reverification(was_wrong=True, by_passkey=True, is_gone=True)
    attempt = try_code(request, user, lambda: use_passkey(user=user, answer=answer))
    if attempt.is_old:
        note("reverify_failed", request, page=page_of(request), because="too late")
    return Reverification(
        passed=attempt.is_right,
        was_wrong=not attempt.is_right,
        by_passkey=True,
        was_old=attempt.is_old,
        locked_until=attempt.locked_until,
    )


def _whom_and_where(request: HttpRequest) -> list[int | None]:
    account = getattr(request, "account", None)
    return [request.user.pk, account.pk if account else None]


def _set_mark(request: HttpRequest) -> None:
    """Remember until when; bound to user and account, gone with the session (A21)."""
    if settings.REVERIFY_GRACE_SECONDS:
        until = database_now().timestamp() + settings.REVERIFY_GRACE_SECONDS
        request.session[_MARK] = [*_whom_and_where(request), until]


def _is_within_grace(request: HttpRequest) -> bool:
    mark = request.session.get(_MARK)
    if not settings.REVERIFY_GRACE_SECONDS or not mark:
        return False
    *bound_to, until = mark
    return bool(bound_to == _whom_and_where(request) and database_now().timestamp() < until)


def passkey_words(*, was_old: bool, is_gone: bool = False) -> str:
    """Why a passkey was not taken, and what to do; the same wherever one is shown."""
    if is_gone:
        return _("Your passkey was removed while this page was open. Use what the page asks for now.")
    if was_old:
        return _("That took too long, or the passkey was used on another page meanwhile. Use it once more.")
    return _("That passkey was not taken. Try again, or use another way.")
