"""Forgotten password: ask for a link, follow it, choose a new password."""

from typing import Any

from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters

from accounts.core.carried import Carried, carried, carry, drop
from accounts.core.errors import LimitReached
from accounts.core.origin import Origin
from accounts.core.responses import never_leak
from accounts.core.security_log import note, user_with
from accounts.core.tokens import reset_tokens
from accounts.core.views import source_of_request
from accounts.identity.password.actions import ask_for_password_reset, reset_password
from accounts.identity.password.fields import NewPasswordForm
from accounts.identity.password.forms import PasswordResetForm
from accounts.identity.security_page.queries import found_by_reset, last_reset_of
from accounts.identity.sessions.known_browsers import remember_browser
from accounts.identity.throttle import forgive
from accounts.models import User


@method_decorator(login_not_required, name="dispatch")
class PasswordResetView(View):
    """**Forgotten your password?** The answer is the same whether the address has a login or not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(PasswordResetForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Queue the question whether the address has a login to reset: that takes as long for each (A67)."""
        form = PasswordResetForm(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        email = form.cleaned_data["email"]
        note("password_reset_asked", request, target_user=user_with(email))
        try:
            ask_for_password_reset(email=email, source=source_of_request(request))
        except LimitReached as refusal:
            form.add_error(None, str(refusal))
            return self._page(form, status=429)
        return redirect("accounts:password_reset_sent")

    def _page(self, form: PasswordResetForm, *, status: int = 200) -> HttpResponse:
        return render(self.request, "accounts/identity/password/reset.html", {"form": form}, status=status)


@method_decorator(login_not_required, name="dispatch")
class PasswordResetSentView(View):
    """What to expect now."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/identity/password/sent.html")


@method_decorator([login_not_required, never_leak, sensitive_post_parameters("password")], name="dispatch")
class PasswordResetLinkView(auth_views.PasswordResetConfirmView):
    """The link in the mail. Its token moves into the browser, and the page to an address without it (A27)."""

    template_name = "accounts/identity/password/choose.html"
    # As with signing in: a form of its own, where the types ask for a subclass.
    form_class = NewPasswordForm  # type: ignore[assignment]
    success_url = reverse_lazy("accounts:password_reset_done")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As Django does it, which would keep the token in a session, and so in the database (A23, A67)."""
        uid, token = kwargs["uidb64"], kwargs["token"]
        self.user = self.get_user(uid)
        self.token = self._kept_token(uid) if token == self.reset_url_token else token
        self.validlink = self.user is not None and reset_tokens.check_token(self.user, self.token)
        if not self.validlink:
            return self.render_to_response(self.get_context_data(form=None))
        if token == self.reset_url_token:
            return View.dispatch(self, request, *args, **kwargs)
        carry(request, Carried.RESET, [uid, token])
        return redirect("accounts:password_reset_link", uid, self.reset_url_token)

    def _kept_token(self, uid: str) -> str | None:
        kept = carried(self.request, Carried.RESET)
        return kept[1] if kept and kept[0] == uid else None

    def get_form_kwargs(self) -> dict[str, Any]:
        """Whoever came by the link reads mail at the address."""
        return {**super().get_form_kwargs(), "reads_mail": True}

    def form_valid(self, form: Any) -> HttpResponse:
        """Set the password; the token is used up by it."""
        assert isinstance(self.user, User) and self.token is not None
        drop(self.request, Carried.RESET)
        chosen, origin = form.cleaned_data["password"], Origin.of(self.request)
        user = reset_password(user=self.user, token=self.token, password=chosen, origin=origin)
        if user is None:
            self.validlink = False
            return self.render_to_response(self.get_context_data(form=None), status=410)
        forgive(user.email)
        # As it is now: what a browser is known by is bound to the password.
        remember_browser(self.request, user)
        carry(self.request, Carried.RESET_DONE, last_reset_of(user))
        return redirect(str(self.success_url))

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again with a status that says that it was refused."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(login_not_required, name="dispatch")
class PasswordResetDoneView(View):
    """The password is changed: sign in with it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it; once, in the browser that did it, with what was found on a login nobody had proved (A57, A73)."""
        event_id = carried(request, Carried.RESET_DONE)
        drop(request, Carried.RESET_DONE)
        return render(
            request, "accounts/identity/password/done.html", {"found": found_by_reset(event_id) if event_id else []}
        )
