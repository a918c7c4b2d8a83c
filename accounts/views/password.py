"""Forgotten password: ask for a link, follow it, choose a new password."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views import View

from accounts.actions.users import ask_for_password_reset, reset_password
from accounts.forms.signing_in import NewPasswordForm, PasswordResetForm
from accounts.known_browsers import remember_browser
from accounts.models import User
from accounts.origin import Origin
from accounts.second_factor.secrets import Unreadable, decrypt, encrypt
from accounts.security_log import login_with, note
from accounts.throttle import forgive
from accounts.tokens import reset_tokens
from accounts.views.links import never_leak


@method_decorator(login_not_required, name="dispatch")
class PasswordResetView(View):
    """**Forgotten your password?** The answer is the same whether the address has a login or not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the address."""
        return self._page(PasswordResetForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Queue the mail."""
        form = PasswordResetForm(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        email = form.cleaned_data["email"]
        note("password_reset_asked", request, target_user=login_with(email))
        ask_for_password_reset(email=email)
        return redirect("accounts:password_reset_sent")

    def _page(self, form: PasswordResetForm, *, status: int = 200) -> HttpResponse:
        return render(self.request, "accounts/password/reset.html", {"form": form}, status=status)


@method_decorator(login_not_required, name="dispatch")
class PasswordResetSentView(View):
    """What to expect now."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return render(request, "accounts/password/sent.html")


def _change_kept_token(request: HttpRequest, change: Callable[[str], str]) -> None:
    """Put what `change` makes of the token in its place. One that cannot be read any more is forgotten."""
    kept = request.session.pop(auth_views.INTERNAL_RESET_SESSION_TOKEN, None)
    if kept is not None:
        with suppress(Unreadable):
            request.session[auth_views.INTERNAL_RESET_SESSION_TOKEN] = change(kept)


@method_decorator([login_not_required, never_leak], name="dispatch")
class PasswordResetLinkView(auth_views.PasswordResetConfirmView):
    """The link in the mail. Django moves its token into the session and redirects to an address without it (A27)."""

    template_name = "accounts/password/choose.html"
    form_class = NewPasswordForm  # type: ignore[assignment]
    token_generator = reset_tokens
    success_url = reverse_lazy("accounts:password_reset_done")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As Django does it, but the session is stored with the token encrypted: sessions are in the database (A23)."""
        _change_kept_token(request, decrypt)
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            _change_kept_token(request, encrypt)

    def form_valid(self, form: Any) -> HttpResponse:
        """Set the password; the token is used up by it."""
        assert isinstance(self.user, User)
        token = self.request.session.pop(auth_views.INTERNAL_RESET_SESSION_TOKEN)
        chosen, origin = form.cleaned_data["password"], Origin.of(self.request)
        if not reset_password(user=self.user, token=token, password=chosen, origin=origin):
            self.validlink = False
            return self.render_to_response(self.get_context_data(form=None), status=410)
        forgive(self.user.email)
        # As it is now: what a browser is known by is bound to the password.
        self.user.refresh_from_db()
        remember_browser(self.request, self.user)
        return redirect(str(self.success_url))

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again with a status that says that it was refused."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(login_not_required, name="dispatch")
class PasswordResetDoneView(View):
    """The password is changed: sign in with it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return render(request, "accounts/password/done.html")
