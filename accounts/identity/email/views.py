"""Confirm an email address (A57)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from accounts.core.carried import Carried, carried, carry, drop
from accounts.core.errors import TooSoon
from accounts.core.origin import Origin
from accounts.core.responses import never_leak
from accounts.core.tokens import ConfirmationLink
from accounts.identity.email.actions import ask_for_confirmation, confirm_email
from accounts.identity.signing_in.entry import first_page
from accounts.models import User


@method_decorator([login_not_required, never_leak], name="dispatch")
class EmailLinkView(View):
    """`/email/<token>/`: keeps what the link says in the browser and moves on to an address without it (A27)."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Consumes nothing: mail scanners open links, too (A26)."""
        link = ConfirmationLink.read(token)
        carry(request, Carried.CONFIRMATION, [link.user_id, link.address] if link else None)
        return redirect("accounts:email_confirm")


class EmailConfirmView(View):
    """**Confirm email address**, by somebody who is signed in.

    The password is part of the proof: otherwise a stranger who signed up with this address would be made trustworthy by
    its owner's click.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, {"link": self._link(request)})

    def post(self, request: HttpRequest) -> HttpResponse:
        link = self._link(request)
        if link is None or not confirm_email(user=_user(request), link=link):
            return self._page(request, {"link": None}, status=422)
        drop(request, Carried.CONFIRMATION)
        messages.success(request, _("Thank you. %(email)s is confirmed.") % {"email": _user(request).email})
        return redirect(first_page(_user(request)))

    def _link(self, request: HttpRequest) -> ConfirmationLink | None:
        kept = carried(request, Carried.CONFIRMATION)
        link = ConfirmationLink(*kept) if kept else None
        return link if link and link.confirms(_user(request)) else None

    def _page(self, request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        already = _user(request).email_confirmed_at is not None
        return render(request, "accounts/identity/email/confirm.html", {**context, "already": already}, status=status)


class EmailResendView(View):
    """Ask for the confirmation mail again."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(first_page(_user(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        user = _user(request)
        if user.email_confirmed_at is None:
            try:
                ask_for_confirmation(user=user, origin=Origin.of(request))
            except TooSoon as refusal:
                return render(request, "429.html", {"refusal": refusal}, status=429)
            words = _("An email to %(email)s is on its way. Open the link in it to confirm the address.")
            messages.success(request, words % {"email": user.email})
        return redirect(first_page(user))


def _user(request: HttpRequest) -> User:
    user = request.user
    assert user.is_authenticated
    return user
