"""What the views of a clinic share: who asks, whether they may, and fetching people through the account."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views import View

from accounts.access import policies
from accounts.core import queries
from accounts.core.network_limits import source_of
from accounts.core.origin import Origin
from accounts.core.pages import page_name
from accounts.core.requests import ClinicRequest
from accounts.models import Member


def _nobody(_actor: Member) -> bool:
    return False


def source_of_request(request: HttpRequest) -> str | None:
    """What a request counts against that strangers can send, too (A63)."""
    return source_of(Origin.of(request), request.user if request.user.is_authenticated else None)


READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ClinicView(View):
    """A view inside a clinic. `policy` decides who may open it; a view without one opens for nobody (A37).

    `change_policy` decides who may send its form, if that is a permission of its own.
    """

    request: ClinicRequest
    policy: "ClassVar[staticmethod[[Member], bool]]" = staticmethod(_nobody)
    change_policy: "ClassVar[staticmethod[[Member], bool] | None]" = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask the policy first. Raises PermissionDenied (403)."""
        if not self.policy_for(request.method or "")(self.request.member):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @classmethod
    def policy_for(cls, method: str) -> Callable[[Member], bool]:
        """The policy that guards this method of the view."""
        return cls.policy if method in READING else cls.change_policy or cls.policy

    def target(self, member_id: int) -> Member:
        """The person that the address names, from this clinic only. Raises Http404."""
        member = queries.member_for_page(self.request.account, member_id)
        if member is None:
            raise Http404
        return member

    def go(self, name: str, *args: Any) -> HttpResponseRedirect:
        """Redirect to a page of this clinic: one of accounts, or of the app that `name` gives before a colon."""
        answer = redirect(page_name(name), self.request.account.slug, *args)
        assert isinstance(answer, HttpResponseRedirect)
        return answer

    def page(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Render a page of this clinic."""
        return render(self.request, template, context, status=status)


class FormOnPersonsPage(ClinicView):
    """An act whose button stands on a person's page; by address one lands there, as after signing in again."""

    policy = staticmethod(policies.can_manage_members)

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Go to the page with the button. Raises Http404."""
        return self.go("member", self.target(member_id).pk)
