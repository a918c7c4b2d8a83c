"""**Change email address**: asked for here, confirmed from the new address (C2)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.addresses.actions import ask_for_email_change, cancel_email_change, send_email_change_again
from accounts.addresses.forms import EmailChangeForm
from accounts.core.errors import ActionRefused, TooSoon
from accounts.core.origin import Origin
from accounts.identity.personal import PersonalView
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.identity.security_page import queries as login_queries


class EmailChangeView(PersonalView):
    """`/me/security/email/`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(EmailChangeForm(self.request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check the form, ask for the password, mail both addresses. The answer is the same for every address (A9)."""
        form = EmailChangeForm(self.request.user, request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        if was_cancelled(request):
            return self._page(form)
        email = form.cleaned_data["email"]
        act = _("Ask %(email)s to confirm that you sign in with it from now on.") % {"email": email}
        require_reverification(request, act=act, button=_("Change email address"), always=True)
        try:
            ask_for_email_change(user=self.request.user, new_email=email, origin=Origin.of(request))
        except ActionRefused as refusal:
            form.show_refusal(refusal)
            return self._page(form, status=429 if isinstance(refusal, TooSoon) else 422)
        words = _("An email to %(new)s is on its way. Until you confirm by the link in it, you sign in with %(old)s.")
        messages.success(request, words % {"new": email, "old": self.request.user.email})
        return redirect("accounts:security")

    def _page(self, form: EmailChangeForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "change": login_queries.waiting_change(self.request.user)}
        return self.page("accounts/addresses/change.html", context, status=status)


class EmailChangeAgainView(PersonalView):
    """**Send the email again**."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("accounts:security")

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            change = send_email_change_again(user=self.request.user, origin=Origin.of(request))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Another email to %(email)s is on its way.") % {"email": change.new_email})
        return redirect("accounts:security")


class EmailChangeCancelView(PersonalView):
    """**Cancel change**. It asks for no password: it only leaves things as they are."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("accounts:security")

    def post(self, request: HttpRequest) -> HttpResponse:
        user = self.request.user
        try:
            was_waiting = cancel_email_change(user=user, origin=Origin.of(request), expected=shown_change(request))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("accounts:security")
        words = _("No change of email address was waiting, so nothing was cancelled.")
        if was_waiting:
            words = _("The change was cancelled. You’ll keep signing in with %(email)s.")
        messages.success(request, words % {"email": user.email})
        return redirect("accounts:security")


def shown_change(request: HttpRequest) -> int | None:
    """Which change of address the page with the button showed; None where it doesn't say."""
    shown = request.POST.get("change", "")
    return int(shown) if shown.isascii() and shown.isdecimal() and len(shown) < 19 else None
