"""A form about one's own two-factor authentication: it takes what signing in takes, each time (A59)."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.requests import PersonalRequest
from accounts.core.responses import status_of
from accounts.identity.personal import PersonalView
from accounts.identity.sessions.store import SIGN_IN_ID
from accounts.identity.two_factor.forms import PresentCodeForm
from accounts.identity.two_factor.proof import take_present_code
from accounts.identity.users import Whose


def whose(request: PersonalRequest) -> Whose:
    """Whose login an action is to change, and which sign-in goes on."""
    return {"user": request.user, "origin": Origin.of(request), "keep": request.session.get(SIGN_IN_ID)}


class PresentFactorView(PersonalView):
    """Asks for the password and a code or backup code, or for a passkey, and then calls one action.

    No grace counts, and neither does a code that was shown when signing in.
    """

    template: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **ids: int) -> HttpResponseBase:
        """Go back if there is nothing to change."""
        if not self.is_there():
            return redirect("accounts:security")
        return super().dispatch(request, *args, **ids)

    def is_there(self) -> bool:
        """Whether they have what the page is about."""
        return self.request.user.has_two_factor

    def get(self, request: HttpRequest, **_ids: int) -> HttpResponse:
        return self.form_page(PresentCodeForm(request))

    def post(self, request: HttpRequest, **_ids: int) -> HttpResponse:
        if self.why_not():
            return self.form_page(PresentCodeForm(request), status=422)
        form = PresentCodeForm(request, request.POST)
        if not form.is_valid() or not take_present_code(self.request, form):
            return self.form_page(form, status=status_of(form))
        try:
            return self.carry_out()
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_page(form, status=422)

    def why_not(self) -> str:
        """What is in the way, said instead of the form; an empty text if nothing is."""
        return ""

    def carry_out(self) -> HttpResponse:
        """Call the action and go on. Raises ActionRefused."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """What the page names beyond the form."""
        return {}

    def form_page(self, form: PresentCodeForm, *, status: int = 200) -> HttpResponse:
        """Show the page with this form."""
        context = {"form": form, "why_not": self.why_not(), **self.context()}
        return self.page(self.template, context, status=status)
