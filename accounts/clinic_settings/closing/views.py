"""Closing the account whole, and opening it again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.clinic_settings.closing import queries
from accounts.clinic_settings.closing.actions import close_account, reopen_account
from accounts.clinic_settings.closing.closed_page import closed_page
from accounts.clinic_settings.closing.forms import ClosingForm
from accounts.core.errors import ActionRefused
from accounts.core.views import ClinicView
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.models.account import TIME_TO_REOPEN
from accounts.ownership import rules


class ClosingView(ClinicView):
    """**Close this account**: the clinic's name is typed, then the password is asked for, whatever grace is set."""

    policy = staticmethod(policies.can_close_account)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(ClosingForm(account=self.request.account))

    def post(self, request: HttpRequest) -> HttpResponse:
        account = self.request.account
        form = ClosingForm(request.POST, account=account)
        if not form.is_valid():
            return self._page(form, status=422)
        if was_cancelled(request):
            return self._page(form)
        act = _("Close the account of %(clinic)s for everybody in it.") % {"clinic": account.name}
        require_reverification(request, act=act, button=_("Close account"), always=True)
        try:
            close_account(actor=self.request.member)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            return self._page(form, status=422)
        return self.go("home")

    def _page(self, form: ClosingForm, *, status: int = 200) -> HttpResponse:
        context = {
            "nav": "ownership",
            "form": form,
            "days": TIME_TO_REOPEN.days,
            "people": queries.people_count(self.request.account),
            "is_disputed": rules.has_open_dispute(self.request.account),
        }
        return self.page("accounts/clinic_settings/closing/close.html", context, status=status)


class ReopeningView(ClinicView):
    """**Reopen account**, by an owner of one that was closed; its button stands on the page that says so."""

    policy = staticmethod(policies.can_close_account)
    works_while_closed = True

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.request.account.is_open:
            return self.go("home")
        return closed_page(request, self.request.member)

    def post(self, request: HttpRequest) -> HttpResponse:
        account = self.request.account
        if account.is_open or was_cancelled(request):
            return redirect("accounts:home", account.slug)
        act = _("Open the account of %(clinic)s again.") % {"clinic": account.name}
        require_reverification(request, act=act, button=_("Reopen account"), always=True)
        try:
            reopen_account(actor=self.request.member)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("%(clinic)s is open again.") % {"clinic": account.name})
        return self.go("home")
