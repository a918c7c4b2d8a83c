"""The doors for people with a login: sign up, sign in, sign out, choose a clinic."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from accounts import queries
from accounts.actions.accounts import NewAccount, open_account, opened_before, sign_up
from accounts.carried import Carried, carried, drop
from accounts.entry import (
    ask_for_second_factor,
    enter,
    first_page,
    forget_half_way,
    let_in,
    proven_user,
    typed_before,
)
from accounts.errors import ActionRefused, SignInAgain, TooSoon
from accounts.forms.signing_in import OpenClinicForm, SignInForm, SignUpForm
from accounts.login_queries import waiting_invitations
from accounts.models import Member, User
from accounts.models.account import SessionTimeout
from accounts.origin import Origin
from accounts.pages import path_here
from accounts.reverify import require_reverification, was_cancelled
from accounts.session_limits import IDLE, LEFT, TOO_OLD


def status_of(form: Any) -> int:
    """429 where the throttle has shut the door, 422 for any other form that was refused."""
    return 429 if getattr(form, "is_locked", False) else 422


def forget_pages(answer: HttpResponse) -> HttpResponse:
    """Ask the browser, on the way out, to forget the pages it has seen and what scripts have stored (A50).

    Not "cookies": that would also drop the theme, which is no secret, and the cookie by which a browser is known, which
    is there to outlive a sign-out. The session's own is dropped by signing out. Browsers heed this on https only.
    """
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


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

    template_name = "accounts/signing_in/login.html"
    authentication_form = SignInForm  # type: ignore[assignment]
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Where to go without a `next`."""
        user = self.request.user
        return first_page(user) if user.is_authenticated else reverse("accounts:login")

    def get_redirect_url(self) -> str:  # type: ignore[override]
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


class ClinicsView(View):
    """Choose a clinic, or switch to another (C10)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the clinics of whoever is signed in, and the invitations that they have not answered (A70)."""
        assert isinstance(request.user, User)
        context = {"clinics": queries.clinics_of(request.user), "invitations": waiting_invitations(request.user)}
        return render(request, "accounts/signing_in/clinics.html", context)


@method_decorator(login_not_required, name="dispatch")
class SignUpView(View):
    """Open a clinic: with a new login, an existing one and its password, or the one signed in with (S23).

    Whoever is signed in shows the password: another clinic has a say in how they can be helped to sign in, so that an
    open session alone must not get one (A60, A70).
    """

    checks_password = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the clinic, sign its owner in, and go to its home."""
        form = self._form(request.POST)
        if not form.is_valid():
            return self._page(form, status=status_of(form))
        if was_cancelled(request):
            return self._page(form)
        self._require_password(form)
        if (step := self._second_step(form)) is not None:
            return step
        try:
            member = self._open(form)
        except ActionRefused as refusal:
            form.add_error(refusal.field, str(refusal))
            return self._page(form, status=429 if isinstance(refusal, TooSoon) else 422)
        except SignInAgain:
            return self._again(form)
        home = reverse("accounts:home", args=[member.account.slug])
        answer = self._go_in(member, form, to=home)
        messages.success(request, _("%(clinic)s is open, and you are its owner.") % {"clinic": member.account.name})
        return answer

    def _form(self, data: Any = None) -> Form:
        user = self._signed_in()
        if user is None:
            return SignUpForm(self.request, data)
        known = Member.objects.present().filter(user=user).order_by("-pk").first()
        names = {"first_name": known.first_name, "last_name": known.last_name} if known else {}
        typed = {} if self.request.user.is_authenticated else typed_before(self.request)
        return OpenClinicForm(data, initial={**names, **typed})

    def _signed_in(self) -> User | None:
        """Who is signed in, or has shown all that it takes but may belong to no clinic yet."""
        return self.request.user if self.request.user.is_authenticated else proven_user(self.request)

    def _require_password(self, form: Form) -> None:
        """Ask for it in an open session; who has just shown all that signing in takes has shown it.

        The second click on a form that has signed somebody up, or whose answer got lost, only leads to its clinic.
        """
        user = self.request.user
        if user.is_authenticated and opened_before(user, _new_account(form)) is None:
            act = _("Create %(clinic)s with your login.") % {"clinic": form.cleaned_data["clinic_name"]}
            require_reverification(self.request, act=act, button=_("Create account"), always=True)

    def _second_step(self, form: Form) -> HttpResponse | None:
        """Ask for the code of an existing login that has one (A29); what was typed is there again afterwards."""
        if not isinstance(form, SignUpForm) or form.existing_user is None:
            return None
        typed = {name: form.data[name] for name in form.fields if name in form.data and name != "password"}
        here = reverse("accounts:signup")
        return ask_for_second_factor(self.request, form.existing_user, to=here, joins=True, typed=typed)

    def _again(self, form: Form) -> HttpResponse:
        """The login that was shown is gone by now, or changed: ask again in the words of a wrong password."""
        if isinstance(form, SignUpForm):
            form.refuse_existing()
            return self._page(form, status=422)
        if self.request.user.is_authenticated:
            raise SignInAgain
        forget_half_way(self.request)
        return redirect("accounts:signup")

    def _go_in(self, member: Member, form: Form, *, to: str) -> HttpResponse:
        if member.user == self.request.user:
            return redirect(to)
        shown = self._shown(form)
        return let_in(self.request, shown, to=to) if shown else enter(self.request, member.user, to=to)

    def _shown(self, form: Form) -> User | None:
        """The login that has shown all that it takes; None where the form makes one."""
        return form.existing_user if isinstance(form, SignUpForm) else self._signed_in()

    def _open(self, form: Form) -> Member:
        given, origin, new = form.cleaned_data, Origin.of(self.request), _new_account(form)
        user = self._shown(form)
        if user is None:
            return sign_up(new=new, email=given["email"], password=given["password"], origin=origin)
        return open_account(user=user, new=new, origin=origin)

    def _page(self, form: Form, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "signed_in": self._signed_in()}
        return render(self.request, "accounts/signing_in/signup.html", context, status=status)


def _new_account(form: Form) -> NewAccount:
    given = form.cleaned_data
    return NewAccount(
        name=given["clinic_name"],
        first_name=given["first_name"],
        last_name=given["last_name"],
        time_zone=given["time_zone"],
        submission=given["submission"],
    )
