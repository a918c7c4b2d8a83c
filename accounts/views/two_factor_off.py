"""**Turn off two-factor authentication** (A34, C8)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.actions.second_factor import turn_off
from accounts.errors import ActionRefused
from accounts.forms.second_factor import PresentCodeForm
from accounts.origin import Origin
from accounts.rules import why_two_factor_stays_on
from accounts.sessions import SIGN_IN_ID
from accounts.views.codes import take_present_code
from accounts.views.personal import PersonalView
from accounts.views.signing_in import status_of


class TwoFactorOffView(PersonalView):
    """If a clinic of theirs or our support requires it, the page says so in place of the form."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Say what follows."""
        if not self.request.user.has_two_factor:
            return redirect("accounts:security")
        return self._page(PresentCodeForm(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Turn it off with a code and the password."""
        if not self.request.user.has_two_factor:
            return redirect("accounts:security")
        if why_two_factor_stays_on(self.request.user):
            return self._page(PresentCodeForm(request), status=422)
        form = PresentCodeForm(request, request.POST)
        if not form.is_valid() or not take_present_code(self.request, form):
            return self._page(form, status=status_of(form))
        try:
            turn_off(user=self.request.user, origin=Origin.of(request), keep=request.session.get(SIGN_IN_ID))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            return self._page(form, status=422)
        request.session.cycle_key()
        messages.success(request, _("Two-factor authentication is off. You sign in with your password alone."))
        return redirect("accounts:security")

    def _page(self, form: PresentCodeForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "stays_on": why_two_factor_stays_on(self.request.user)}
        return self.page("accounts/second_factor/turn_off.html", context, status=status)
