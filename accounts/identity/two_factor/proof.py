"""What stands for two-factor authentication on a page about it: a code of the app, a backup code, or a passkey."""

from django.utils.translation import gettext as _

from accounts.core.origin import Origin
from accounts.core.requests import PersonalRequest
from accounts.identity.authentication import try_code
from accounts.identity.two_factor.actions import unreadable_words, use_backup_code, use_code
from accounts.identity.two_factor.forms import SIX_DIGITS, PresentCodeForm
from accounts.models import User


def take_present_code(request: PersonalRequest, form: PresentCodeForm) -> bool:
    """Use up a code of the app that is in use, or a backup code; where that fails, say why on the form.

    A passkey, which was checked with the password, stands for both.
    """
    if form.state.by_passkey:
        return True
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
        form.add_error("present_code", _wrong_words(user))
    return attempt.is_right


def _wrong_words(user: User) -> str:
    """Why it was not taken: an app may have been removed while the page was open (A71)."""
    if user.has_authenticator:
        return _("That is neither a code of your app nor an unused backup code. Try again.")
    return _("That isn’t an unused backup code. Try again.")
