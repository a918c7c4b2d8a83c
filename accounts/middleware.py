"""Which clinic a request is about, and the password prompt before a sensitive act."""

import zoneinfo
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.clinic_settings.closing.closed_page import closed_page
from accounts.core.requests import Reverification, ours
from accounts.core.security_log import note, page_of
from accounts.identity.password.fields import WRONG_PASSWORD, wait_words
from accounts.identity.reverify import (
    PASSKEY_FIELD,
    Prompt,
    ReverificationRequired,
    check,
    forget_elsewhere,
    passkey_words,
)
from accounts.identity.sessions.limits import ENDED, sign_out_because
from accounts.identity.sessions.store import SIGNED_IN_AT
from accounts.identity.two_factor.gate import stand_before
from accounts.identity.two_factor.queries import passkey_question
from accounts.models import Member

GetResponse = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]


class AccountMiddleware:
    """Sets `request.account` and `request.member` from the first part of the address.

    Somebody who is no active, joined member of that clinic gets 404, as for a clinic that does not exist (A38).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ours(request).account = ours(request).member = None
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        if response.status_code == HTTPStatus.FORBIDDEN:
            why = getattr(request, "refused_because", "not permitted")
            note("access_refused", request, page=page_of(request), method=request.method, because=why)
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Find the membership; answer for a clinic that is locked or closed, or asks for two-factor authentication."""
        slug = kwargs.pop("account_slug", None)
        if slug is None:
            return None
        user = request.user
        assert user.is_authenticated, "LoginRequiredMiddleware comes first"
        people = Member.objects.present().select_related("account").with_two_factor()
        member = people.filter(account__slug=slug, user=user).first()
        if member is None:
            note("access_refused", request, page=page_of(request), method=request.method, because="not a member")
            raise Http404
        member.user = user
        if _signed_in_before_leaving(request, member):
            sign_out_because(request, ENDED)
            return redirect_to_login(request.get_full_path())
        timezone.activate(zoneinfo.ZoneInfo(member.account.time_zone))
        if (answer := _shut(request, view, member) or _ask_for_two_factor(request, view, member)) is not None:
            return answer
        ours(request).account, ours(request).member = member.account, member
        structlog.contextvars.bind_contextvars(account_id=member.account_id, member_id=member.pk)
        return None


def _shut(request: HttpRequest, view: View, member: Member) -> HttpResponse | None:
    """The one page of an account that is locked (S37), or closed; None where the view answers itself."""
    account = member.account
    if account.locked_at is not None:
        return render(request, "accounts/support/locked.html", {"account": account}, status=423)
    if account.closed_at is None or _works_while_closed(request, view, member):
        return None
    return closed_page(request, member)


def _works_while_closed(request: HttpRequest, view: View, member: Member) -> bool:
    """Whether the view is there for a closed account, and for this person."""
    view_class = getattr(view, "view_class", None)
    if not getattr(view_class, "works_while_closed", False):
        return False
    assert view_class is not None
    allowed: bool = view_class.policy_for(request.method or "")(member)
    return allowed


def _ask_for_two_factor(request: HttpRequest, view: View, member: Member) -> HttpResponse | None:
    """The one page for who has to set up two-factor authentication first; None where the view answers itself (A34)."""
    if getattr(getattr(view, "view_class", None), "works_without_two_factor", False):
        return None
    return stand_before(request, member)


def _signed_in_before_leaving(request: HttpRequest, member: Member) -> bool:
    """Whether this session is from before the person was last made inactive or signed out here (C4, A17)."""
    signed_in_at = request.session.get(SIGNED_IN_AT, 0)
    return any(moment and signed_in_at < moment.timestamp() for moment in (member.deactivated_at, member.signed_out_at))


class ReverifyMiddleware:
    """Checks a password or passkey sent with a form before the view runs, and turns a view's demand into the prompt."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ours(request).reverification = Reverification()
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Check what was sent."""
        forget_elsewhere(request)
        if request.method == "POST" and (ours(request).account is not None or _checks_password(view)):
            ours(request).reverification = check(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer ReverificationRequired with the prompt."""
        if not isinstance(exception, ReverificationRequired):
            return None
        state = ours(request).reverification
        prompt = Prompt(
            act=exception.act,
            action=request.get_full_path(),
            button=exception.button,
            error=_error_words(state),
            wait=wait_words(state.locked_until) if state.locked_until else "",
            passkey_question=_passkey_question(request, state),
            fields=_what_was_typed(request),
            consequences=exception.consequences,
        )
        return render(request, "accounts/identity/reverify.html", {"prompt": prompt}, status=_status(state))


def _checks_password(view: View) -> bool:
    """Whether a password may come with a form outside of a clinic: one about the sender's own login."""
    return bool(getattr(getattr(view, "view_class", None), "checks_password", False))


def _passkey_question(request: HttpRequest, state: Reverification) -> str:
    assert request.user.is_authenticated, "only who is signed in gets to such a view"
    return "" if state.locked_until else passkey_question(request.user)


def _error_words(state: Reverification) -> str:
    if state.locked_until:
        return ""
    if state.was_empty:
        return _("Enter your password.")
    if state.by_passkey:
        return passkey_words(was_old=state.was_old, is_gone=state.is_gone)
    return str(WRONG_PASSWORD) if state.was_wrong else ""


def _status(state: Reverification) -> int:
    if state.locked_until:
        return 429
    return 422 if state.was_wrong or state.was_empty else 200


def _what_was_typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Every field that was sent, but for the form's own token and anything secret."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name and name != PASSKEY_FIELD
        for value in values
    ]


class FetchRedirectMiddleware:
    """Tells our own script where to go next, since a script cannot see where a redirect leads."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("X-Requested-With") != "fetch" or not isinstance(response, HttpResponseRedirect):
            return response
        told = HttpResponse(status=204, headers={"X-Location": response.url})
        told.cookies = response.cookies
        return told
