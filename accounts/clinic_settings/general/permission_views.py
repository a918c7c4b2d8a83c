"""Settings -> General -> **Permissions**: what the clinic keeps from roles (C14)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.clinic_settings.general.actions import change_permissions
from accounts.clinic_settings.general.forms import PermissionsForm
from accounts.core.errors import ActionRefused
from accounts.core.views import ClinicView
from accounts.identity.reverify import require_reverification, was_cancelled


class PermissionsView(ClinicView):
    """The toggles."""

    policy = staticmethod(policies.can_change_permissions)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(PermissionsForm(account=self.request.account))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PermissionsForm(request.POST, account=self.request.account)
        if not form.is_valid():
            return self._page(form, status=422)
        if was_cancelled(request):
            return self._page(form)
        act = form.act_in_words()
        if not act:
            messages.success(request, _("Nothing was different, so nothing was changed."))
            return self.go("permissions")
        require_reverification(request, act=act, button=_("Update permissions"))
        switched_on, expected = form.switched_on(), form.cleaned_data["expected"]
        try:
            changes = change_permissions(actor=self.request.member, switched_on=switched_on, expected_toggles=expected)
        except ActionRefused as refusal:
            self.request.account.refresh_from_db(fields=["toggles"])
            form.show_refusal(refusal, self.request.account)
            return self._page(form, status=422)
        done = _("Permissions were updated. They hold for everybody from now on.")
        messages.success(request, done if changes else _("Nothing was different, so nothing was changed."))
        return self.go("permissions")

    def _page(self, form: PermissionsForm, *, status: int = 200) -> HttpResponse:
        return self.page(
            "accounts/clinic_settings/general/permissions.html", {"nav": "general", "form": form}, status=status
        )
