"""The doors for people with a login: sign up, sign in, sign out, choose a clinic."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View

from accounts import policies, queries
from accounts.actions.accounts import NewAccount, open_account, sign_up
from accounts.context_processors import THEMES
from accounts.errors import ActionRefused
from accounts.forms.signing_in import OpenClinicForm, SignInForm, SignUpForm
from accounts.models import Member, User

BACKEND = "accounts.authentication.MemberBackend"
THEME_COOKIE_SECONDS = 365 * 24 * 60 * 60


def status_of(form: Any) -> int:
    """429 where the throttle has shut the door, 422 for any other form that was refused."""
    return 429 if getattr(form, "is_locked", False) else 422


def first_page(user: User) -> str:
    """Where somebody goes after signing in: the home of their only clinic, or the choice of clinics.

    Support without a clinic goes to its own pages.
    """
    mine = list(queries.clinics_of(user)[:2])
    if not mine and policies.is_support(user):
        return reverse("support:index")
    return reverse("accounts:home", args=[mine[0].account.slug]) if len(mine) == 1 else reverse("accounts:clinics")


class SignInView(auth_views.LoginView):
    """**Sign in**."""

    template_name = "accounts/signing_in/login.html"
    authentication_form = SignInForm  # type: ignore[assignment]
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Where to go without a `next`."""
        user = self.request.user
        return first_page(user) if user.is_authenticated else reverse("accounts:login")

    def get_redirect_url(self) -> str:  # type: ignore[override]
        """The `next` of the address; nothing where it leads back here."""
        url: str = super().get_redirect_url()
        return "" if url.partition("?")[0] == self.request.path else url

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again with a status that says that it was refused."""
        return self.render_to_response(self.get_context_data(form=form), status=status_of(form))


@method_decorator(login_not_required, name="dispatch")
class SignOutView(auth_views.LogoutView):
    """**Sign out**, by POST only (A18)."""

    http_method_names = ("get", "head", "post", "options")
    next_page = "accounts:login"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Somebody who comes by address, or after the session ended: signs nobody out, shows where the button is."""
        return redirect("accounts:clinics")


class ClinicsView(View):
    """Choose a clinic, or switch to another (C10)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the clinics of whoever is signed in."""
        assert isinstance(request.user, User)
        return render(request, "accounts/signing_in/clinics.html", {"clinics": queries.clinics_of(request.user)})


@method_decorator(login_not_required, name="dispatch")
class SignUpView(View):
    """Open a clinic: with a new login, an existing one and its password, or the one signed in with (S23)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the clinic, sign its owner in, and go to its home."""
        form = self._form(request.POST)
        if not form.is_valid():
            return self._page(form, status=status_of(form))
        try:
            member = self._open(form)
        except ActionRefused as refusal:
            form.add_error(refusal.field, str(refusal))
            return self._page(form, status=422)
        if member.user != request.user:
            login(request, member.user, backend=BACKEND)
        messages.success(request, _("%(clinic)s is open, and you are its owner.") % {"clinic": member.account.name})
        return redirect("accounts:home", member.account.slug)

    def _form(self, data: Any = None) -> Form:
        if not self.request.user.is_authenticated:
            return SignUpForm(self.request, data)
        known = Member.objects.filter(user=self.request.user).order_by("-pk").first()
        names = {"first_name": known.first_name, "last_name": known.last_name} if known else {}
        return OpenClinicForm(data, initial=names)

    def _open(self, form: Form) -> Member:
        given = form.cleaned_data
        new = NewAccount(
            name=given["clinic_name"],
            first_name=given["first_name"],
            last_name=given["last_name"],
            time_zone=given["time_zone"],
            submission=given["submission"],
        )
        if isinstance(form, SignUpForm) and form.existing_user is None:
            return sign_up(new=new, email=given["email"], password=given["password"])
        user = form.existing_user if isinstance(form, SignUpForm) else self.request.user
        assert isinstance(user, User)
        return open_account(user=user, new=new)

    def _page(self, form: Form, *, status: int = 200) -> HttpResponse:
        return render(self.request, "accounts/signing_in/signup.html", {"form": form}, status=status)


@method_decorator(login_not_required, name="dispatch")
class ThemeView(View):
    """Light, dark, or as the system says; kept in this browser."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember the choice and go back to the page it was made on."""
        back = request.POST.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
        answer = HttpResponseRedirect(back if is_ours and back.startswith("/") else "/")
        theme = request.POST.get("theme")
        if theme in THEMES:
            secure = bool(settings.SESSION_COOKIE_SECURE)
            answer.set_cookie(
                "theme", theme, max_age=THEME_COOKIE_SECONDS, samesite="Lax", secure=secure, httponly=True
            )
        return answer
