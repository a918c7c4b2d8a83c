"""**Add a passkey**, and taking one, or the app, out of use (C8, A17, A19)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.actions.passkeys import add_passkey, remove_passkey, turn_on_with_passkey
from accounts.actions.second_factor import remove_app
from accounts.errors import ActionRefused
from accounts.forms.passkeys import FurtherPasskeyForm, NewPasskeyForm
from accounts.origin import Origin
from accounts.reverify import passkey_words, require_reverification, was_cancelled
from accounts.second_factor.passkeys import NotTaken, are_possible, ask_for_new, read_new
from accounts.sessions import SIGN_IN_ID
from accounts.views.backup_codes import show_once
from accounts.views.codes import take_present_code
from accounts.views.personal import PersonalRequest, PersonalView
from accounts.views.signing_in import status_of


def _whose(request: PersonalRequest) -> dict[str, Any]:
    return {"user": request.user, "origin": Origin.of(request), "keep": request.session.get(SIGN_IN_ID)}


class NewPasskeyView(PersonalView):
    """Add one, as the first second factor or beside others. Only where browsers know passkeys for this site."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask what to call it."""
        if not are_possible():
            raise Http404
        return self._page(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take it into use, with the password and what is in use so far."""
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
        """The backup codes that come with a first second factor. Raises NotTaken."""
        new = read_new(self.request.user, form.cleaned_data["passkey"])
        given = {**_whose(self.request), "name": form.cleaned_data["name"], "new": new}
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
        return self.page("accounts/second_factor/new_passkey.html", context, status=status)


class RemovePasskeyView(PersonalView):
    """**Remove** one, while something else is left beside the password."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, passkey_id: int) -> HttpResponse:
        """Remove it, with the password. Somebody else's is not there."""
        passkey = self.request.user.passkeys.filter(pk=passkey_id).first()
        if passkey is None:
            raise Http404
        if was_cancelled(request):
            return redirect("accounts:security")
        act = _("Remove the passkey “%(name)s”. You are signed out everywhere else.") % {"name": passkey.name}
        require_reverification(request, act=act, button=_("Remove passkey"))
        try:
            remove_passkey(passkey_id=passkey_id, **_whose(self.request))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The passkey was removed. Delete it on your device as well."))
        return redirect("accounts:security")


class RemoveAppView(PersonalView):
    """The same for the authenticator app."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remove it, with the password."""
        if was_cancelled(request):
            return redirect("accounts:security")
        act = _("Remove the authenticator app. You are signed out everywhere else.")
        require_reverification(request, act=act, button=_("Remove app"))
        try:
            remove_app(**_whose(self.request))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The authenticator app was removed. Delete its entry on your phone as well."))
        return redirect("accounts:security")
