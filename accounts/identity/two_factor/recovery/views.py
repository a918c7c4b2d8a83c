"""**Stop this**: the ways to stop a two-factor reset that support has started (A70)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from accounts.access import policies
from accounts.core.carried import Carried, carried, carry, drop
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.responses import never_leak
from accounts.core.tokens import RecoveryLink
from accounts.core.views import ClinicView
from accounts.identity.personal import PersonalView
from accounts.identity.two_factor.recovery import queries as recovery_queries
from accounts.identity.two_factor.recovery import rules
from accounts.identity.two_factor.recovery.actions import (
    stop_own_recovery,
    stop_recovery_by_link,
    stop_recovery_of_member,
)
from accounts.models import TwoFactorRecovery


@method_decorator([login_not_required, never_leak], name="dispatch")
class RecoveryLinkView(View):
    """`/login/recovery/<token>/`, mailed to the person: keeps what it says, and moves on without it (A27)."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Consumes nothing: mail scanners open links, too (A26)."""
        link = RecoveryLink.read(token)
        carry(request, Carried.RECOVERY, link.recovery_id if link else None)
        return redirect("accounts:recovery_stop")


@method_decorator(login_not_required, name="dispatch")
class RecoveryStopView(View):
    """**Stop this**, by whoever reads the person's mail. A box has to be ticked, as scanners send bare forms (C14)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        recovery = self._recovery()
        return self._page(recovery, refusal=_why_not(recovery))

    def post(self, request: HttpRequest) -> HttpResponse:
        recovery = self._recovery()
        if reason := _why_not(recovery):
            return self._page(recovery, refusal=reason, status=422)
        assert recovery
        if "not_me" not in request.POST:
            return self._page(recovery, is_unticked=True, status=422)
        try:
            stop_recovery_by_link(recovery=recovery, origin=Origin.of(request))
        except ActionRefused as refusal:
            return self._page(recovery, refusal=str(refusal), status=422)
        drop(request, Carried.RECOVERY)
        return self._page(recovery, done=True)

    def _recovery(self) -> TwoFactorRecovery | None:
        mine = TwoFactorRecovery.objects.select_related("user")
        return mine.filter(pk=carried(self.request, Carried.RECOVERY) or 0).first()

    def _page(
        self,
        recovery: TwoFactorRecovery | None,
        *,
        refusal: str = "",
        done: bool = False,
        is_unticked: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        due = recovery_queries.due_in_words(recovery) if recovery else ""
        context = {"recovery": recovery, "due": due, "refusal": refusal, "done": done, "is_unticked": is_unticked}
        return render(self.request, "accounts/identity/two_factor/stop_recovery.html", context, status=status)


def _why_not(recovery: TwoFactorRecovery | None) -> str:
    """Why the link is of no use; an empty text where it is."""
    if recovery is None:
        return _("This link is not complete. Open it again from the email, or copy the whole address.")
    try:
        rules.require_waiting(recovery)
    except ActionRefused as refusal:
        return str(refusal)
    return ""


class OwnRecoveryStopView(PersonalView):
    """**Stop this**, on Sign-in and security, by the person in an open session. It only leaves things as they are."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("accounts:security")

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            was_stopped = stop_own_recovery(user=self.request.user, origin=Origin.of(request))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("accounts:security")
        words = _("The two-factor reset was stopped. Nothing was changed.")
        messages.success(request, words if was_stopped else _("There is no two-factor reset to stop."))
        return redirect("accounts:security")


class MemberRecoveryStopView(ClinicView):
    """**Stop it**, for someone in the clinic, on Account ownership. It only leaves things as they are."""

    policy = staticmethod(policies.can_stop_recovery)

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Go to the page with the button. Raises Http404."""
        self.target(member_id)
        return self.go("ownership")

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Stop it. Raises Http404."""
        member = self.target(member_id)
        recovery = recovery_queries.waiting_for(member.user)
        if recovery is None or not member.is_present:
            messages.error(request, _("There is no two-factor reset to stop."))
            return self.go("ownership")
        try:
            stop_recovery_of_member(actor=self.request.member, recovery=recovery, origin=Origin.of(request))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = _("The two-factor reset for %(name)s was stopped. They and support can see it.")
            messages.success(request, words % {"name": member.full_name})
        return self.go("ownership")
