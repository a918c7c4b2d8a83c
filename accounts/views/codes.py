"""Trying a code, wherever one is asked for: one throttle for all doors, and one way to say no (A11, A30, A32)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.actions.second_factor import unreadable_words, use_backup_code, use_code
from accounts.forms.second_factor import SIX_DIGITS, PresentCodeForm
from accounts.models import User
from accounts.origin import Origin
from accounts.second_factor.secrets import Unreadable
from accounts.security_log import door_of, note
from accounts.throttle import count_failure, locked_until
from accounts.views.personal import PersonalRequest

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CodeAttempt:
    """How a try went: right; or wrong, until when to wait if one has to, and whether it was the fault of our key."""

    is_right: bool = False
    locked_until: datetime | None = None
    is_unreadable: bool = False


def try_code(request: HttpRequest, user: User, use: Callable[[], bool]) -> CodeAttempt:
    """Have `use` use a code of `user` up; a wrong one counts like a wrong password."""
    if (until := locked_until(request, user.email)) is not None:
        return CodeAttempt(locked_until=until)
    try:
        if use():
            return CodeAttempt(is_right=True)
    except Unreadable:
        logger.exception("authenticator_unreadable", user_id=user.pk)
        return CodeAttempt(is_unreadable=True)
    note("second_factor_refused", request, door=door_of(request), target_user=user)
    count_failure(request, user.email)
    return CodeAttempt(locked_until=locked_until(request, user.email))


def take_present_code(request: PersonalRequest, form: PresentCodeForm) -> bool:
    """Use up a code of the app that is in use, or a backup code; where that fails, say why on the form."""
    user, typed = request.user, form.cleaned_data["present_code"]
    digits = typed.replace(" ", "")

    def use() -> bool:
        if SIX_DIGITS.fullmatch(digits):
            return use_code(user=user, code=digits)
        return use_backup_code(user=user, code=typed, origin=Origin.of(request))

    attempt = try_code(request, user, use)
    if attempt.locked_until is not None:
        form.show_wait(attempt.locked_until)
    elif attempt.is_unreadable:
        form.add_error("present_code", unreadable_words())
    elif not attempt.is_right:
        form.add_error("present_code", _("That is neither a code of your app nor an unused backup code. Try again."))
    return attempt.is_right
