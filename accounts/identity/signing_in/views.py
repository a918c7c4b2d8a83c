"""The pages for people with a login: sign up, sign in, sign out, choose a clinic."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from accounts.core.carried import Carried, carried, drop
from accounts.core.errors import SignInAgain
from accounts.core.pages import path_here
from accounts.core.responses import forget_pages, status_of
from accounts.identity.sessions.limits import IDLE, LEFT, TOO_OLD
from accounts.identity.signing_in.entry import (
    enter,
    first_page,
)
from accounts.identity.signing_in.forms import SignInForm
from accounts.models.account import SessionTimeout


def signed_out_words(why: str, minutes: int) -> str:
    """Why somebody was signed out without having asked for it (C9, A17)."""
    if why == IDLE:
        words = _("You were signed out because nothing was done for %(time)s. Sign in to go on.")
        return words % {"time": dict(SessionTimeout.choices).get(minutes, _("%(n)s minutes") % {"n": minutes})}
    if why == TOO_OLD:
        words = _("Everybody signs in again after %(days)s days. Sign in to go on.")
        return words % {"days": settings.SESSION_ABSOLUTE_DAYS}
    if why == LEFT:
        return _(
            "You left the clinic. It was your only one, so you were signed out. You keep your login: use it when a "
            "clinic invites you, or to create a new one."
        )
    return _("You were signed out: from another browser, by an administrator, or by a change of how you sign in.")


class SignInView(auth_views.LoginView):
    """**Sign in**."""

    template_name = "accounts/identity/signing_in/login.html"
    # Django asks no more of it than SignInForm has; its types ask for a subclass.
    authentication_form = SignInForm  # type: ignore[assignment]
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Where to go without a `next`."""
        user = self.request.user
        return first_page(user) if user.is_authenticated else reverse("accounts:login")

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """The `next` of the form or the address; nothing where it leads to another site, or back here."""
        url = path_here(self.request.POST.get("next", self.request.GET.get("next", "")))
        return "" if url.partition("?")[0] == self.request.path else url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add why somebody was signed out, once."""
        because = carried(self.request, Carried.SIGNED_OUT)
        drop(self.request, Carried.SIGNED_OUT)
        return super().get_context_data(**kwargs, signed_out_because=signed_out_words(*because) if because else "")

    def form_valid(self, form: Any) -> HttpResponse:
        """Go in. A login that was erased or changed at this very moment is refused like any other."""
        try:
            return enter(self.request, form.get_user(), to=self.get_redirect_url())
        except SignInAgain:
            form.add_error(None, form.refusal())
            return self.form_invalid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again with a status that says that it was refused."""
        return self.render_to_response(self.get_context_data(form=form), status=status_of(form))


@method_decorator(login_not_required, name="dispatch")
class SignOutView(View):
    """**Sign out**, by POST only (A18)."""

    http_method_names = ("get", "head", "post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign out and go to the page that signs in, whatever `next` says."""
        logout(request)
        return forget_pages(redirect("accounts:login"))

    def get(self, request: HttpRequest) -> HttpResponse:
        """Somebody who comes by address, or after the session ended: signs nobody out, shows where the button is."""
        return redirect("accounts:clinics")
