"""The clinic's home, and the first page of all."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View

from accounts.access import policies
from accounts.core.queries import clinics_of, returned_mail
from accounts.core.views import ClinicView
from accounts.home.queries import who_needs_a_hand
from accounts.identity.security_page.queries import waiting_invitations
from accounts.models import User
from accounts.ownership import queries as owner_queries


@method_decorator(login_not_required, name="dispatch")
class WelcomeView(View):
    """`/`: what this is, for a stranger; the clinics, for somebody signed in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("accounts:clinics")
        return render(request, "accounts/home/welcome.html")


class HomeView(ClinicView):
    """What to do next."""

    policy = staticmethod(policies.is_member)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the next steps: an administrator's about the clinic, everybody's about themselves."""
        context: dict[str, Any] = {
            "confirmed": self.request.user.email_confirmed_at is not None,
            "returned": returned_mail(self.request.member.user),
        }
        if policies.can_manage_members(self.request.member):
            context["people"] = who_needs_a_hand(self.request.account)
        if self.request.member.is_owner:
            context["continuity"] = owner_queries.continuity(owner_queries.owners(self.request.account))
        return self.page("accounts/home/index.html", context)


class SettingsView(ClinicView):
    """`/<account>/settings/`: the first page of it that is theirs."""

    policy = staticmethod(policies.is_member)

    def get(self, request: HttpRequest) -> HttpResponse:
        member = self.request.member
        if policies.can_manage_members(member):
            return self.go("members")
        return self.go("practitioners:businesses" if member.has_perm("settings.businesses") else "my_info")


class ClinicsView(View):
    """Choose a clinic, or switch to another (C10)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the clinics of whoever is signed in, and the invitations that they have not answered (A70)."""
        assert isinstance(request.user, User)
        context = {"clinics": clinics_of(request.user), "invitations": waiting_invitations(request.user)}
        return render(request, "accounts/home/clinics.html", context)
