"""End one's own sign-ins in other browsers (A17)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.core.origin import Origin
from accounts.identity.personal import PersonalView
from accounts.identity.sessions.actions import EndedElsewhere, end_other_sign_ins, end_sign_in
from accounts.identity.sessions.store import SIGN_IN_ID
from accounts.identity.two_factor.trusted.cookie import token_of


def _done_words(done: EndedElsewhere) -> str:
    if done.forgotten:
        return _("You are signed out everywhere else. Browsers that you trusted are asked for a code again.")
    return _("You are signed out everywhere else.")


class _EndView(PersonalView):
    def get(self, request: HttpRequest, **_ids: int) -> HttpResponse:
        """Somebody who comes by address, as after signing in again: the buttons are there."""
        return redirect("accounts:security")


class SignInEndView(_EndView):
    """**Sign out** in one other browser. It protects, so that no password is asked for."""

    def post(self, request: HttpRequest, sign_in_id: int) -> HttpResponse:
        """End it. Somebody else's is not there, and this browser has a button of its own."""
        is_this_one = sign_in_id == request.session.get(SIGN_IN_ID)
        if is_this_one or not end_sign_in(user=self.request.user, origin=Origin.of(request), sign_in_id=sign_in_id):
            raise Http404
        messages.success(request, _("You are signed out in that browser."))
        return redirect("accounts:security")


class SignInsEndView(_EndView):
    """**Sign out everywhere else**."""

    def post(self, request: HttpRequest) -> HttpResponse:
        user = self.request.user
        done = end_other_sign_ins(
            user=user,
            origin=Origin.of(request),
            keep=request.session[SIGN_IN_ID],
            token=token_of(request, user),
        )
        messages.success(request, _done_words(done))
        return redirect("accounts:security")
