"""**Free this email address** of somebody who has left, for whoever has it now (A70)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.addresses import freeing_rules
from accounts.addresses.freeing import free_address
from accounts.core.errors import ActionRefused
from accounts.core.views import ClinicView
from accounts.identity.reverify import require_reverification, was_cancelled


class FreeAddressView(ClinicView):
    """Says what it does, then asks for the password, whatever grace is set: it can't be taken back."""

    policy = staticmethod(policies.can_manage_members)

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        if not policies.can_free_address(self.request.member, member):
            return self.go("member", member.pk)
        context = {
            "nav": "members",
            "person": member,
            "keeps_login": member.has_been_here and not freeing_rules.is_login_of_one_clinic(member),
        }
        return self.page("accounts/addresses/free.html", context)

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        if was_cancelled(request):
            return self.go("member_address", member.pk)
        facts = {"name": member.full_name, "email": member.email}
        try:
            if policies.can_free_address(self.request.member, member):
                freeing_rules.require_address_can_be_freed(member)
                act = _("Free %(email)s. %(name)s can’t be made active again after that.")
                button = _("Free this email address")
                require_reverification(request, act=act % facts, button=button, always=True)
            free_address(actor=self.request.member, target=member)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = _("%(email)s is free. Add the person who has it now as a new user.")
            messages.success(request, words % facts)
        return self.go("member", member.pk)
