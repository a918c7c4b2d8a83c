"""The password of somebody else: an administrator has a link sent, and sees and sets nothing (A7)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.views import FormOnPersonsPage
from accounts.identity.password.actions import require_password_reset_can_be_sent, send_password_reset
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.models import Member


class SendPasswordResetView(FormOnPersonsPage):
    """**Send a password reset email**. The link in it is a way in, so the password is asked for (A60)."""

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        if was_cancelled(request):
            return self.go("member", member.pk)
        try:
            require_password_reset_can_be_sent(actor=self.request.member, target=member)
            self._verify(member)
            send_password_reset(actor=self.request.member, target=member)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = _("An email to %(email)s is on its way. The link in it works once, for one hour.")
            messages.success(request, words % {"email": member.user.email})
        return self.go("member", member.pk)

    def _verify(self, member: Member) -> None:
        act = _("Send %(email)s a link to choose a new password for %(name)s.")
        facts = {"email": member.user.email, "name": member.full_name}
        require_reverification(self.request, act=act % facts, button=_("Send a password reset email"))
