"""`/support/`: the Django admin for our own support staff, cut down to what they need (S37, C17).

It has the addresses below and no other: here nothing is added, edited or deleted, no password is seen or set, and there
is no signing in as somebody. What changes something is an act with a page of its own (`acts.py`).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_safe

from accounts.access import policies
from accounts.core.requests import ours
from accounts.core.security_log import note, page_of
from accounts.identity.reverify import ReverificationRequired, check
from accounts.identity.two_factor.gate import stand_before_support
from accounts.models import Account, Dispute, TwoFactorRecovery, User
from accounts.support import reading
from accounts.support.base import LAYOUT
from accounts.support.lists import AccountList, DisputeList, RecoveryList

# A page, a page with what is wrong with a form, and being led on: that says what is done already.
SHOWS_SOMETHING = {200, 302, 422}
Guarded = TypeVar("Guarded", bound=Callable[..., Any])


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Go to the list of accounts."""
    return redirect("support:accounts_account_changelist")


def _read_while(request: HttpRequest, show: Callable[[], HttpResponseBase], named: dict[str, Any]) -> HttpResponseBase:
    """What `show` answers; if the address names an account, and something of it is shown, that is written down (A66).

    A page about a person writes down itself of which clinics it tells.
    """
    assert isinstance(request.user, User)
    account_id = named.get("account_id")
    try:
        answer = show()
    except ReverificationRequired:
        # The prompt names the clinic and the person.
        if account_id is not None:
            reading.opened(request.user, account_id)
        raise
    if account_id is not None and answer.status_code in SHOWS_SOMETHING:
        reading.opened(request.user, account_id)
    return answer


class SupportSite(AdminSite):
    """No sign-in of its own: a stranger is sent to the sign-in page, which throttles (A11); anybody else gets 404."""

    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether whoever is signed in is of support, as on file now."""
        return isinstance(request.user, User) and policies.is_support(request.user)

    def admin_view(self, view: Guarded, cacheable: bool = False) -> Guarded:
        """Answer 404 to everybody who is not of support, whatever the method, before the view is asked.

        And to whoever of support has only a password with the way to two-factor authentication (A66).
        """

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                note("access_refused", request, page=page_of(request), method=request.method, because="not support")
                raise Http404
            assert isinstance(request.user, User)
            if (gate := stand_before_support(request, request.user)) is not None:
                return gate
            # What is shown around our pages, such as the password prompt, looks like them.
            ours(request).layout = LAYOUT
            if request.method == "POST":
                ours(request).reverification = check(request)
            return _read_while(request, lambda: cast(HttpResponseBase, view(request, *args, **kwargs)), kwargs)

        return cast(Guarded, guarded)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """The start, and the addresses of each list."""
        lists = [pattern for each in self._registry.values() for pattern in each.get_urls()]
        return [path("", self.admin_view(index), name="index"), *lists]


site = SupportSite(name="support")
site.register(Account, AccountList)
site.register(Dispute, DisputeList)
site.register(TwoFactorRecovery, RecoveryList)
