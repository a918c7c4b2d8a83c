"""The second step of signing in: a passkey or a code after the password (A29, C8)."""

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from accounts.core.errors import SignInAgain
from accounts.core.origin import Origin
from accounts.core.responses import status_of
from accounts.core.security_log import note
from accounts.identity.authentication import CodeAttempt, try_code
from accounts.identity.password.fields import wait_words
from accounts.identity.reverify import passkey_words
from accounts.identity.signing_in.entry import HalfWay, complete, forget_half_way, half_way, way_back
from accounts.identity.two_factor.actions import unreadable_words, use_backup_code, use_code, wrong_code_words
from accounts.identity.two_factor.forms import BackupCodeSignInForm, TwoFactorSignInForm
from accounts.identity.two_factor.passkeys.actions import use_passkey
from accounts.identity.two_factor.queries import codes_left, passkey_question
from accounts.identity.two_factor.trusted.actions import trust_browser
from accounts.identity.two_factor.trusted.cookie import keep_token
from accounts.models import User


def _start_again(request: HttpRequest) -> HttpResponse:
    """Go back to the page that one came from, and say why; a stranger goes to the sign-in page."""
    back = way_back(request)
    if back is None:
        return redirect("accounts:login")
    forget_half_way(request)
    words = _("Enter your password again: more than ten minutes went by, or your login was changed meanwhile.")
    messages.info(request, words)
    return redirect(back)


def _left_words(user: User) -> str:
    left = codes_left(user)
    words = ngettext(
        "You used one of your backup codes. %(left)s is left. On Sign-in and security you make new ones.",
        "You used one of your backup codes. %(left)s are left. On Sign-in and security you make new ones.",
        left,
    )
    return words % {"left": left}


@method_decorator(login_not_required, name="dispatch")
class TwoFactorSignInView(View):
    """**Authentication code**, a passkey, or a backup code with `?with=backup`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        half = half_way(request)
        if half is None:
            return _start_again(request)
        return self._page(half, self._form_class()())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Go on with a right one; count a wrong one at the same throttle as a wrong password (A11)."""
        half = half_way(request)
        if half is None:
            return _start_again(request)
        form = self._form_class()(request.POST)
        try:
            if not form.is_valid() or not self._is_right(half, form):
                return self._page(half, form, status=status_of(form))
            return self._go_on(half, form)
        except SignInAgain:
            return _start_again(request)

    def _go_on(self, half: HalfWay, form: TwoFactorSignInForm) -> HttpResponse:
        note("two_factor_passed", self.request, user=half.user, kind=self._kind(form))
        answer = complete(self.request, half)
        if self._by_backup_code:
            messages.warning(self.request, _left_words(half.user))
        if form.cleaned_data["trust"]:
            # Who is gone, or was signed out again by now, finds out at the next page.
            with suppress(SignInAgain):
                keep_token(answer, half.user, trust_browser(user=half.user, origin=Origin.of(self.request)))
        return answer

    def _form_class(self) -> type[TwoFactorSignInForm]:
        return BackupCodeSignInForm if self._by_backup_code else TwoFactorSignInForm

    @property
    def _by_backup_code(self) -> bool:
        return self.request.GET.get("with") == "backup"

    def _is_right(self, half: HalfWay, form: TwoFactorSignInForm) -> bool:
        """Use it up; where that fails, say why on the form."""
        attempt = try_code(self.request, half.user, lambda: self._use(half.user, form))
        if not attempt.is_right:
            self._say_why(form, attempt)
        return attempt.is_right

    def _kind(self, form: TwoFactorSignInForm) -> str:
        if form.cleaned_data["passkey"]:
            return "passkey"
        return "backup code" if self._by_backup_code else "code"

    def _use(self, user: User, form: TwoFactorSignInForm) -> bool:
        if answer := form.cleaned_data["passkey"]:
            return use_passkey(user=user, answer=answer)
        if self._by_backup_code:
            return use_backup_code(user=user, code=form.cleaned_data["code"], origin=Origin.of(self.request))
        return use_code(user=user, code=form.cleaned_data["code"])

    def _say_why(self, form: TwoFactorSignInForm, attempt: CodeAttempt) -> None:
        if attempt.locked_until is not None:
            form.is_locked = True
            form.add_error(None, wait_words(attempt.locked_until, for_code=True))
        elif attempt.is_unreadable:
            form.add_error(None, unreadable_words())
        elif form.cleaned_data["passkey"]:
            form.add_error(None, passkey_words(was_old=attempt.is_old))
        elif self._by_backup_code:
            form.add_error("code", _("That is none of your backup codes, or it was used. Check it and try again."))
        else:
            form.add_error("code", wrong_code_words())

    def _page(self, half: HalfWay, form: TwoFactorSignInForm, *, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "by_backup_code": self._by_backup_code,
            "has_app": half.user.has_authenticator,
            "question": "" if self._by_backup_code else passkey_question(half.user),
            "way_back": way_back(self.request),
        }
        return render(self.request, "accounts/identity/two_factor/sign_in.html", context, status=status)
