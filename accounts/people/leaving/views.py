"""**Leave this clinic**, by one's own decision (A70)."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.carried import Carried, carry
from accounts.core.errors import ActionRefused
from accounts.core.queries import clinics_of
from accounts.core.responses import forget_pages
from accounts.core.views import ClinicView
from accounts.identity.authentication import MemberBackend
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.identity.sessions.limits import LEFT
from accounts.models import Account
from accounts.people import queries, rules
from accounts.people.leaving.actions import leave_clinic


class LeavingView(ClinicView):
    """Says what it does, then asks for the password, whatever grace is set.

    Whoever has to set up two-factor authentication for this clinic can leave instead.
    """

    policy = staticmethod(policies.can_leave_clinic)
    works_without_two_factor = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        account = self.request.account
        if was_cancelled(request):
            return self.go("my_leaving")
        if rules.why_no_leaving(self.request.member):
            return self._page(status=422)
        act = _("Leave %(clinic)s. You can’t undo this yourself.") % {"clinic": account.name}
        require_reverification(request, act=act, button=_("Leave this clinic"), always=True)
        try:
            leave_clinic(actor=self.request.member)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return self._page(status=422)
        return self._gone(account)

    def _gone(self, account: Account) -> HttpResponse:
        """On to the other clinics; without any, the login opens nothing, and the page to sign in at says so."""
        user, answer = self.request.user, redirect("accounts:clinics")
        if MemberBackend().user_can_authenticate(user):
            messages.success(self.request, _("You left %(clinic)s.") % {"clinic": account.name})
            return answer
        logout(self.request)
        carry(self.request, Carried.SIGNED_OUT, [LEFT, 0])
        return forget_pages(answer)

    def _page(self, *, status: int = 200) -> HttpResponse:
        member, user = self.request.member, self.request.user
        must_set_up = member.must_set_up_two_factor
        context = {
            "nav": "my_info",
            "why_not": rules.why_no_leaving(member),
            # Nothing else in the clinic is open to them yet.
            "layout": "layouts/signed_out.html" if must_set_up else "layouts/settings.html",
            "invited": len(queries.invitations_in_the_name_of(member)) if policies.is_invitation_backed(member) else 0,
            "is_only_clinic": not user.is_staff and clinics_of(user).count() == 1,
        }
        return self.page("accounts/people/leaving.html", context, status=status)
