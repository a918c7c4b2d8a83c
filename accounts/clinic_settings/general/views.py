"""Settings -> **General**: the clinic's name, time zone and country, and the way to what roles are kept from."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.access.roles import TOGGLE_LABELS
from accounts.clinic_settings.general.actions import update_account
from accounts.clinic_settings.general.forms import GeneralForm
from accounts.clinic_settings.security.forms import requirement_in_words
from accounts.core.errors import ActionRefused
from accounts.core.views import ClinicView


class GeneralView(ClinicView):
    """What holds for the whole clinic."""

    policy = staticmethod(policies.can_see_general)
    change_policy = staticmethod(policies.can_change_general)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(GeneralForm(account=self.request.account))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = GeneralForm(request.POST, account=self.request.account)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            changes = update_account(actor=self.request.member, **form.values())
        except ActionRefused as refusal:
            self.request.account.refresh_from_db(fields=["name", "time_zone", "country"])
            form.show_refusal(refusal, self.request.account)
            return self._page(form, status=422)
        messages.success(request, _done_words(changes))
        return self.go("general")

    def _page(self, form: GeneralForm, *, status: int = 200) -> HttpResponse:
        account = self.request.account
        toggles = account.toggles
        context = {
            "nav": "general",
            "form": form,
            "restrictions": [words for toggle, words in TOGGLE_LABELS.items() if toggles.get(toggle)],
            "two_factor": requirement_in_words(account),
        }
        return self.page("accounts/clinic_settings/general/index.html", context, status=status)


def _done_words(changes: dict[str, list[Any]]) -> str:
    if "time_zone" in changes:
        words = _(
            "The clinic’s time zone is now %(zone)s. Businesses keep theirs: change it under Settings, Businesses."
        )
        return words % {"zone": changes["time_zone"][1]}
    return _("The clinic’s details were updated.") if changes else _("Nothing was different, so nothing was changed.")
