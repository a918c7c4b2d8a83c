"""Ask for a code again in browsers that were trusted (C8)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.identity.personal import PersonalView
from accounts.identity.two_factor.trusted.actions import forget_all_browsers, forget_browser


class TrustedBrowserView(PersonalView):
    """**Forget** one."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, browser_id: int) -> HttpResponse:
        if not forget_browser(user=self.request.user, browser_id=browser_id):
            raise Http404
        messages.success(request, _("That browser is asked for a code again."))
        return redirect("accounts:security")


class TrustedBrowsersView(PersonalView):
    """**Forget all**."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        forget_all_browsers(user=self.request.user)
        messages.success(request, _("Every browser is asked for a code again."))
        return redirect("accounts:security")
