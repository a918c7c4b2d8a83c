"""Opening a clinic: with a new login, or with one that there is (S23)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from accounts.clinic_settings.opening.actions import NewAccount, open_account, opened_before, sign_up
from accounts.clinic_settings.opening.forms import OpenClinicForm, SignUpForm
from accounts.core.errors import ActionRefused, SignInAgain, TooSoon
from accounts.core.origin import Origin
from accounts.core.responses import status_of
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.identity.signing_in.entry import (
    ask_for_two_factor,
    enter,
    forget_half_way,
    let_in,
    proven_user,
    typed_before,
)
from accounts.models import Member, User


@method_decorator(login_not_required, name="dispatch")
class SignUpView(View):
    """Open a clinic: with a new login, an existing one and its password, or the one signed in with (S23).

    Whoever is signed in shows the password: another clinic has a say in how they can be helped to sign in, so that an
    open session alone must not get one (A60, A70).
    """

    checks_password = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._page(form, status=status_of(form))
        if was_cancelled(request):
            return self._page(form)
        self._require_password(form)
        if (step := self._two_factor_step(form)) is not None:
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

    def _two_factor_step(self, form: Form) -> HttpResponse | None:
        """Ask for the code of an existing login that has one (A29); what was typed is there again afterwards."""
        if not isinstance(form, SignUpForm) or form.existing_user is None:
            return None
        typed = {name: form.data[name] for name in form.fields if name in form.data and name != "password"}
        here = reverse("accounts:signup")
        return ask_for_two_factor(self.request, form.existing_user, to=here, joins=True, typed=typed)

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
        return render(self.request, "accounts/clinic_settings/opening/signup.html", context, status=status)


def _new_account(form: Form) -> NewAccount:
    given = form.cleaned_data
    return NewAccount(
        name=given["clinic_name"],
        first_name=given["first_name"],
        last_name=given["last_name"],
        time_zone=given["time_zone"],
        submission=given["submission"],
    )
