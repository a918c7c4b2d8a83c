"""The password of somebody else: an administrator has a link sent, and sees and sets nothing (A7)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.actions.users import send_password_reset
from accounts.errors import ActionRefused
from accounts.views.member_invitation import FormOnPersonsPage


class SendPasswordResetView(FormOnPersonsPage):
    """**Send a password reset email**. It changes nothing by itself, so that no password is asked for."""

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Queue the mail to the person's own address."""
        member = self.target(member_id)
        try:
            send_password_reset(actor=self.request.member, target=member)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = _("An email to %(email)s is on its way. The link in it works once, for one hour.")
            messages.success(request, words % {"email": member.user.email})
        return self.go("member", member.pk)
