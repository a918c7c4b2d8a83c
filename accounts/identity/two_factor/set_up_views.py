"""**Set up two-factor authentication**, add an app, or replace it (C8, A30 to A33)."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.pages import path_here
from accounts.core.responses import status_of
from accounts.identity.personal import PersonalView
from accounts.identity.two_factor.actions import change_app, turn_on, wrong_code_words
from accounts.identity.two_factor.backup_codes.views import GO_ON_TO, show_once
from accounts.identity.two_factor.forms import ReplaceForm, SetUpForm
from accounts.identity.two_factor.passkeys.ceremony import are_possible
from accounts.identity.two_factor.proof import take_present_code
from accounts.identity.two_factor.proof_views import whose
from accounts.identity.two_factor.secrets import Unreadable, decrypt, encrypt
from accounts.identity.two_factor.totp import codes as totp
from clinic.clock import database_now

# What is being set up: the new secret, encrypted, since sessions are in the database (A33), and until when it is shown.
_SEED = "two_factor_seed"
TIME_TO_SET_UP = timedelta(hours=1)


def _kept_seed(request: HttpRequest) -> str | None:
    """The secret of the app that is being set up in this session; None where there is none, or not any more."""
    encrypted, until = request.session.get(_SEED, ["", 0])
    if database_now().timestamp() >= until:
        return None
    try:
        return decrypt(encrypted)
    except Unreadable:
        return None


def _seed(request: HttpRequest) -> str:
    """The same when the page is loaded again; a new one where there is none."""
    if (kept := _kept_seed(request)) is not None:
        return kept
    seed = totp.new_seed()
    request.session[_SEED] = [encrypt(seed), (database_now() + TIME_TO_SET_UP).timestamp()]
    return seed


def _too_old_words() -> str:
    return _(
        "This page was open for too long, so its key no longer counts. Remove it from your app, scan the new picture, "
        "and enter the code that the app shows then."
    )


def _done_words(form: SetUpForm, *, had_app: bool) -> str:
    if had_app:
        return _("Your new app is in use; the old one no longer is.")
    if isinstance(form, ReplaceForm):
        return _("Your authenticator app is in use.")
    return _("Two-factor authentication is on.")


class TwoFactorView(PersonalView):
    """Set up an authenticator app: a first, one beside passkeys, or another in the place of the one there is."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if "next" in request.GET:
            request.session[GO_ON_TO] = path_here(request.GET["next"])
        return self._page(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form, had_app = self._form(request.POST), self.request.user.has_authenticator
        if not form.is_valid() or not self._is_right(form):
            return self._page(form, status=status_of(form))
        try:
            codes = self._take_into_use(form)
        except ActionRefused as refusal:
            form.add_error(refusal.field, str(refusal))
            return self._page(form, status=422)
        del request.session[_SEED]
        request.session.cycle_key()
        messages.success(request, _done_words(form, had_app=had_app))
        return show_once(request, codes) if codes else redirect("accounts:security")

    def _take_into_use(self, form: SetUpForm) -> list[str]:
        """The backup codes that come with a first app."""
        given = {**whose(self.request), "seed": _seed(self.request), "code": form.cleaned_data["code"]}
        if not isinstance(form, ReplaceForm):
            return turn_on(**given)
        change_app(**given)
        return []

    def _is_right(self, form: SetUpForm) -> bool:
        """The new app's code first: a code of the present one is used up only where that is right."""
        seed = _kept_seed(self.request)
        if seed is None:
            form.add_error(None, _too_old_words())
        elif totp.matching_step(seed, form.cleaned_data["code"], database_now()) is None:
            form.add_error("code", wrong_code_words())
        else:
            return not isinstance(form, ReplaceForm) or take_present_code(self.request, form)
        return False

    def _form(self, data: Any = None) -> SetUpForm:
        form_class = ReplaceForm if self.request.user.has_two_factor else SetUpForm
        return form_class(self.request, data)

    def _page(self, form: SetUpForm, *, status: int = 200) -> HttpResponse:
        seed = _seed(self.request)
        path, width = totp.qr_path(totp.app_address(seed, self.request.user.email))
        context = {
            "form": form,
            "key": totp.in_groups(seed),
            "qr_path": path,
            "qr_width": width,
            "is_first": not isinstance(form, ReplaceForm),
            "has_app": self.request.user.has_authenticator,
            "may_use_passkey": are_possible(),
        }
        return self.page("accounts/identity/two_factor/set_up.html", context, status=status)
