"""Settings -> General -> **Security**: what everybody who signs in to the clinic meets (A34, C8, C9)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import policies
from accounts.clinic_settings.security import queries
from accounts.clinic_settings.security.actions import change_security
from accounts.clinic_settings.security.forms import AccountSecurityForm
from accounts.core.errors import ActionRefused
from accounts.core.views import ClinicView
from accounts.identity.reverify import require_reverification, was_cancelled

MOST_NAMES = 10


class AccountSecurityView(ClinicView):
    """The session timeout, and whether everybody needs two-factor authentication; who has none yet."""

    policy = staticmethod(policies.can_change_security)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(AccountSecurityForm(account=self.request.account))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AccountSecurityForm(request.POST, account=self.request.account)
        if not form.is_valid():
            return self._page(form, status=422)
        if was_cancelled(request):
            return self._page(form)
        if not form.act_in_words():
            messages.success(request, _("Nothing was different, so nothing was changed."))
            return self.go("account_security")
        self._verify(form)
        wanted, expected = form.wanted(), form.cleaned_data["expected_security"]
        try:
            changes = change_security(actor=self.request.member, wanted=wanted, expected_security=expected)
        except ActionRefused as refusal:
            self.request.account.refresh_from_db()
            form.show_refusal(refusal)
            return self._page(form, status=422)
        done = _("The security settings were updated.")
        messages.success(request, done if changes else _("Nothing was different, so nothing was changed."))
        return self.go("account_security")

    def _verify(self, form: AccountSecurityForm) -> None:
        """Ask for the password: these settings can weaken how everyone signs in, so no grace counts (A60).

        Anyone who requires two-factor authentication reads first whom that concerns.
        """
        is_asking = form.asks_for_two_factor()
        require_reverification(
            self.request,
            act=form.act_in_words(),
            button=_("Update security"),
            always=True,
            consequences=self._consequences(form) if is_asking else (),
        )

    def _consequences(self, form: AccountSecurityForm) -> list[str]:
        without = queries.without_two_factor(self.request.account)
        if not without:
            return [_("Everybody here has it already.")]
        words = ngettext(
            "%(count)s person has yet to set it up, and is told by email.",
            "%(count)s people have yet to set it up, and are told by email.",
            len(without),
        )
        said = [words % {"count": len(without)}]
        if self.request.member not in without:
            return said
        is_at_once = form.wanted().two_factor_from is None
        at_once = _("You are one of them, and are asked to set it up right away.")
        return [*said, at_once if is_at_once else _("You are one of them.")]

    def _page(self, form: AccountSecurityForm, *, status: int = 200) -> HttpResponse:
        without = queries.without_two_factor(self.request.account)
        context = {"nav": "general", "form": form, "without": without, "named": without[:MOST_NAMES]}
        return self.page("accounts/clinic_settings/security/index.html", context, status=status)
