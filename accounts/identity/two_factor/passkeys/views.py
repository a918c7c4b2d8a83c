"""**Add a passkey** (C8, A17, A59)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.responses import status_of
from accounts.identity.personal import PersonalView
from accounts.identity.reverify import passkey_words
from accounts.identity.two_factor.backup_codes.views import show_once
from accounts.identity.two_factor.passkeys.actions import add_passkey, turn_on_with_passkey
from accounts.identity.two_factor.passkeys.ceremony import NotTaken, are_possible, ask_for_new, read_new
from accounts.identity.two_factor.passkeys.forms import FurtherPasskeyForm, NewPasskeyForm
from accounts.identity.two_factor.proof import take_present_code
from accounts.identity.two_factor.proof_views import whose


class NewPasskeyView(PersonalView):
    """Add one, which turns two-factor authentication on, or a further one. Only where this site can have passkeys."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not are_possible():
            raise Http404
        return self._page(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid() or (isinstance(form, FurtherPasskeyForm) and not take_present_code(self.request, form)):
            return self._page(form, status=status_of(form))
        try:
            codes = self._take_into_use(form)
        except NotTaken as error:
            form.add_error(None, passkey_words(was_old=error.is_old))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session.cycle_key()
            messages.success(request, _("Your passkey was added."))
            return show_once(request, codes) if codes else redirect("accounts:security")
        return self._page(form, status=422)

    def _take_into_use(self, form: NewPasskeyForm) -> list[str]:
        """The backup codes that come with turning it on. Raises NotTaken."""
        new = read_new(self.request.user, form.cleaned_data["passkey"])
        given = {**whose(self.request), "name": form.cleaned_data["name"], "new": new}
        if not isinstance(form, FurtherPasskeyForm):
            return turn_on_with_passkey(**given)
        add_passkey(**given)
        return []

    def _form(self, data: Any = None) -> NewPasskeyForm:
        form_class = FurtherPasskeyForm if self.request.user.has_two_factor else NewPasskeyForm
        return form_class(self.request, data)

    def _page(self, form: NewPasskeyForm, *, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "is_first": not isinstance(form, FurtherPasskeyForm),
            "new_passkey": ask_for_new(self.request.user),
        }
        return self.page("accounts/identity/two_factor/new_passkey.html", context, status=status)
