"""**Backup codes**: shown once after they were made, to be printed, downloaded or copied (A32, A59)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.identity.personal import PersonalView
from accounts.identity.two_factor.actions import make_backup_codes
from accounts.identity.two_factor.backup_codes.codes import as_written
from accounts.identity.two_factor.proof_views import PresentFactorView, whose
from accounts.identity.two_factor.queries import codes_left
from accounts.identity.two_factor.secrets import Unreadable, decrypt, encrypt
from clinic.clock import database_now

# Where somebody goes on to who was sent here from elsewhere.
GO_ON_TO = "after_two_factor"
_CODES = "backup_codes"
TIME_TO_SAVE = timedelta(minutes=15)


def show_once(request: HttpRequest, codes: list[str]) -> HttpResponseRedirect:
    """Keep new codes in the session, encrypted, until their person has saved them, and go to the page with them."""
    until = (database_now() + TIME_TO_SAVE).timestamp()
    request.session[_CODES] = [encrypt(" ".join(as_written(code) for code in codes)), until]
    return HttpResponseRedirect(reverse("accounts:backup_codes"))


def _shown(request: HttpRequest) -> list[str]:
    encrypted, until = request.session.get(_CODES, ["", 0])
    if database_now().timestamp() >= until:
        request.session.pop(_CODES, None)
        return []
    try:
        return decrypt(encrypted).split()
    except Unreadable:
        return []


class BackupCodesView(PresentFactorView):
    """The new codes; or how many are left, and the form that makes new ones."""

    template = "accounts/identity/two_factor/backup_codes.html"

    def carry_out(self) -> HttpResponse:
        """Make new ones; those from before no longer work."""
        return show_once(self.request, make_backup_codes(**whose(self.request)))

    def context(self) -> dict[str, Any]:
        """The codes, as long as they are shown, and how many are left."""
        return {"codes": _shown(self.request), "left": codes_left(self.request.user)}


class BackupCodesFileView(PersonalView):
    """The new codes as a file of text."""

    def get(self, request: HttpRequest) -> HttpResponse:
        codes = _shown(request)
        if not codes:
            raise Http404
        heading = _("%(product)s: backup codes of %(email)s. Each works once.")
        facts = {"product": settings.PRODUCT_NAME, "email": self.request.user.email}
        text = "\n".join([heading % facts, "", *codes, ""])
        file = HttpResponse(text, content_type="text/plain; charset=utf-8")
        file["Content-Disposition"] = 'attachment; filename="backup-codes.txt"'
        return file


class BackupCodesSavedView(PersonalView):
    """**I have saved my codes**."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        request.session.pop(_CODES, None)
        return redirect(request.session.pop(GO_ON_TO, "") or "accounts:security")
