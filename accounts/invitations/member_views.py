"""The invitation of somebody who has not joined: send it again, cancel it, hand over its link (S16 to S18)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.views import ClinicView, FormOnPersonsPage
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.invitations.actions import (
    cancel_invitation,
    require_link_can_be_copied,
    resend_invitation,
    reveal_link,
)
from accounts.models import Member


class ResendInvitationView(FormOnPersonsPage):
    """**Resend invitation email**."""

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        try:
            resend_invitation(actor=self.request.member, target=member, origin=Origin.of(request))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = _(
                "Another invitation email to %(email)s is on its way and should arrive within a few minutes. If it "
                "does not, ask %(name)s to check their spam and junk folders."
            )
            messages.success(request, words % {"email": member.user.email, "name": member.first_name})
        return self.go("member", member.pk)


class CancelInvitationView(ClinicView):
    """**Cancel invitation**: says what it does, then does it."""

    policy = staticmethod(policies.can_manage_members)

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        if not policies.can_cancel_invitation(self.request.member, member):
            return self.go("member", member.pk)
        return self.page("accounts/invitations/cancel.html", {"nav": "members", "person": member})

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        try:
            cancel_invitation(actor=self.request.member, target=member)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = _("The invitation of %(name)s is cancelled. Its link no longer works.")
            messages.success(request, words % {"name": member.full_name})
        return self.go("member", member.pk)


class InvitationLinkView(FormOnPersonsPage):
    """**Copy invitation link**: anyone who holds it can join, so the password is asked for each time (A60)."""

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        if was_cancelled(request):
            return self.go("member", member.pk)
        try:
            require_link_can_be_copied(actor=self.request.member, target=member)
            self._verify(member)
            link = reveal_link(actor=self.request.member, target=member)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return self.go("member", member.pk)
        return self.page("accounts/invitations/link.html", {"nav": "members", "person": member, "link": link})

    def _verify(self, member: Member) -> None:
        act = _("Copy the invitation link. Anyone who has it can join %(clinic)s as %(name)s (%(role)s).")
        facts = {"clinic": self.request.account.name, "name": member.full_name, "role": member.role_name}
        require_reverification(self.request, act=act % facts, button=_("Copy invitation link"), always=True)
