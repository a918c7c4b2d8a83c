"""**Turn off two-factor authentication**, and taking the app or a passkey out of use (A34, A59, C8)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.identity.password.rules import SHORTEST
from accounts.identity.two_factor import rules as two_factor_rules
from accounts.identity.two_factor.actions import remove_app, turn_off
from accounts.identity.two_factor.passkeys.actions import remove_passkey
from accounts.identity.two_factor.proof_views import PresentFactorView, whose
from accounts.models import Passkey


class TwoFactorOffView(PresentFactorView):
    """If a clinic of theirs or our support requires it, the page says so instead of the form."""

    template = "accounts/identity/two_factor/turn_off.html"

    def why_not(self) -> str:
        """Which clinics require it, or that the password is too short to do without (A1)."""
        return two_factor_rules.why_two_factor_stays_on(self.request.user) or self._why_too_short()

    def _why_too_short(self) -> str:
        if not self.request.user.showed_short_password:
            return ""
        words = _(
            "Your password has fewer than %(shortest)s characters, which is enough only with two-factor "
            "authentication. To turn it off, change your password to a longer one first."
        )
        return words % {"shortest": SHORTEST}

    def carry_out(self) -> HttpResponse:
        """Turn it off."""
        turn_off(**whose(self.request))
        messages.success(self.request, _("Two-factor authentication is off. You now sign in with just your password."))
        return redirect("accounts:security")


class RemoveAppView(PresentFactorView):
    """**Remove authenticator app**, as long as a passkey is left."""

    template = "accounts/identity/two_factor/remove_app.html"

    def is_there(self) -> bool:
        """Whether they have one."""
        return self.request.user.has_authenticator

    def why_not(self) -> str:
        """Whether it is all there is."""
        return two_factor_rules.why_last_factor_stays(self.request.user)

    def carry_out(self) -> HttpResponse:
        """Remove it."""
        remove_app(**whose(self.request))
        words = _("The authenticator app was removed. Delete its entry in the app, too.")
        messages.success(self.request, words)
        return redirect("accounts:security")


class RemovePasskeyView(PresentFactorView):
    """**Remove** a passkey, as long as something else is left beside the password."""

    template = "accounts/identity/two_factor/remove_passkey.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find it. Raises Http404, also for someone else's."""
        super().setup(request, *args, **kwargs)
        self.passkey: Passkey = get_object_or_404(self.request.user.passkeys, pk=kwargs["passkey_id"])

    def why_not(self) -> str:
        """Whether it is all there is."""
        return two_factor_rules.why_last_factor_stays(self.request.user)

    def carry_out(self) -> HttpResponse:
        """Remove it."""
        remove_passkey(passkey_id=self.passkey.pk, **whose(self.request))
        messages.success(
            self.request, _("The passkey was removed. Delete it from your device or password manager, too.")
        )
        return redirect("accounts:security")

    def context(self) -> dict[str, Any]:
        """Which one."""
        return {"passkey": self.passkey}
