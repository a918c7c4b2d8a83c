"""What the pages about one's own login share: they belong to no clinic (`/me/security/...`)."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views import View

from accounts.core import queries
from accounts.core.requests import PersonalRequest
from accounts.identity.sessions.known_browsers import staying_known
from accounts.identity.two_factor.queries import passkey_question


class PersonalView(View):
    """A page about the login of whoever is signed in. A password sent with its forms is checked, as inside a clinic."""

    request: PersonalRequest
    checks_password = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Much of what is done here ends what every browser is known by; the one that does it stays known (A65)."""
        if request.method != "POST":
            return super().dispatch(request, *args, **kwargs)
        with staying_known(request, self.request.user):
            return super().dispatch(request, *args, **kwargs)

    def page(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Render the page, with the clinics that it can lead back to, and what to ask a passkey if it does."""
        user = self.request.user
        shared = {"clinics": queries.clinics_of(user), "passkey_question": partial(passkey_question, user)}
        return render(self.request, template, {**context, **shared}, status=status)
