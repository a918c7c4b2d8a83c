"""**Reset two-factor authentication** of somebody who has lost it (A35)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.views import ClinicView
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.identity.two_factor import rules as two_factor_rules
from accounts.identity.two_factor.reset.actions import reset_two_factor
from accounts.models import Member
from clinic.clock import database_now


class MemberTwoFactorView(ClinicView):
    """Says what it does, then asks for the password, whatever grace is set."""

    policy = staticmethod(policies.can_manage_members)

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        if reason := self._why_not(member):
            return self._refuse(member, reason)
        is_required = self.request.account.requires_two_factor_at(database_now())
        context = {"nav": "members", "person": member, "is_required": is_required}
        return self.page("accounts/identity/two_factor/reset.html", context)

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        if was_cancelled(request):
            return self.go("member_two_factor", member.pk)
        if reason := self._why_not(member):
            return self._refuse(member, reason)
        facts = {"name": member.full_name}
        act = _("Reset the two-factor authentication of %(name)s.") % facts
        require_reverification(request, act=act, button=_("Reset two-factor authentication"), always=True)
        try:
            reset_two_factor(actor=self.request.member, target=member, origin=Origin.of(request))
        except ActionRefused as refusal:
            return self._refuse(member, str(refusal))
        words = _("The two-factor authentication of %(name)s was reset. They were told by email.")
        messages.success(request, words % facts)
        return self.go("member", member.pk)

    def _why_not(self, member: Member) -> str:
        if member.pk == self.request.member.pk:
            return _("You change your own under Sign-in and security.")
        return two_factor_rules.why_no_two_factor_reset(member)

    def _refuse(self, member: Member, reason: str) -> HttpResponse:
        messages.error(self.request, reason)
        return self.go("member", member.pk)
