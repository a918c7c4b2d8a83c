"""**My info**: one's own details (C6)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.errors import ActionRefused
from accounts.core.views import ClinicView
from accounts.people.actions import update_own_details
from accounts.people.forms import MyInfoForm


class MyInfoView(ClinicView):
    """Names and mobile number; role and address are shown, and who changes them is said."""

    policy = staticmethod(policies.can_edit_own_details)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(MyInfoForm(member=self.request.member))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = MyInfoForm(request.POST, member=self.request.member)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            update_own_details(actor=self.request.member, **form.values())
        except ActionRefused as refusal:
            form.show_refusal(refusal)
            return self._page(form, status=422)
        messages.success(request, _("Your details were updated."))
        return self.go("my_info")

    def _page(self, form: MyInfoForm, *, status: int = 200) -> HttpResponse:
        return self.page("accounts/people/my_info.html", {"nav": "my_info", "form": form}, status=status)
