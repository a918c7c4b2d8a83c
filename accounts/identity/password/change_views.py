"""**Change password**, by somebody who knows it (A6)."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.responses import status_of
from accounts.identity.password.actions import change_password
from accounts.identity.password.forms import ChangePasswordForm
from accounts.identity.password.rules import is_short
from accounts.identity.personal import PersonalView
from accounts.identity.sessions.known_browsers import remember_browser
from accounts.identity.sessions.store import SIGN_IN_ID
from accounts.identity.signing_in.entry import note_length
from accounts.models import User


class PasswordChangeView(PersonalView):
    """`/me/security/password/`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(ChangePasswordForm(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it; this browser stays signed in, under a new key (A14, A17)."""
        form = ChangePasswordForm(request, request.POST)
        if not form.is_valid():
            return self._page(form, status=status_of(form))
        try:
            user = self._change(form)
        except ActionRefused as refusal:
            form.add_error(refusal.field, str(refusal))
            return self._page(form, status=422)
        update_session_auth_hash(request, user)
        # What a browser is known by is bound to the password.
        remember_browser(request, user)
        user.showed_short_password = is_short(form.cleaned_data["password"])
        note_length(request, user)
        messages.success(request, _("Your password was changed. You are signed out everywhere else."))
        return redirect("accounts:security")

    def _change(self, form: ChangePasswordForm) -> User:
        assert form.shown_by is not None
        return change_password(
            user=form.shown_by,
            password=form.cleaned_data["password"],
            origin=Origin.of(self.request),
            keep=self.request.session.get(SIGN_IN_ID),
        )

    def _page(self, form: ChangePasswordForm, *, status: int = 200) -> HttpResponse:
        return self.page("accounts/identity/password/change.html", {"form": form}, status=status)
