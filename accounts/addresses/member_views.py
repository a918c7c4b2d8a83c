"""A change of somebody's sign-in address that an administrator asked for, taken back (C2)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.addresses.actions import cancel_members_email_change
from accounts.addresses.views import shown_change
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.views import FormOnPersonsPage


class CancelEmailChangeView(FormOnPersonsPage):
    """**Cancel change**. It only leaves things as they are, so that no password is asked for."""

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        try:
            was_waiting = cancel_members_email_change(
                actor=self.request.member,
                target=member,
                origin=Origin.of(request),
                expected=shown_change(request),
            )
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return self.go("member", member.pk)
        words = _("No change of email address was waiting, so nothing was cancelled.")
        if was_waiting:
            words = _("The change was cancelled. %(name)s goes on signing in with %(email)s.")
        messages.success(request, words % {"name": member.first_name, "email": member.user.email})
        return self.go("member", member.pk)
