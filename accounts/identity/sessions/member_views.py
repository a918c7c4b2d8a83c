"""**Sign out everywhere**: an administrator ends what a colleague left open, in this clinic (A17)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.views import FormOnPersonsPage
from accounts.identity.sessions.actions import sign_out_of_clinic


class SignMemberOutView(FormOnPersonsPage):
    """It protects and can't be used to get anywhere, so that no password is asked for."""

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        try:
            sign_out_of_clinic(actor=self.request.member, target=member, origin=Origin.of(request))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = _("%(name)s has to sign in again before they can open %(clinic)s. They were told by email.")
            facts = {"name": member.full_name, "clinic": self.request.account.name}
            messages.success(request, words % facts)
        return self.go("member", member.pk)
