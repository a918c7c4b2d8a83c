"""Owners: **Make owner**, **Relinquish ownership**, and Settings -> **Account ownership** (S26 to S36)."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.core.errors import ActionRefused, TooSoon
from accounts.core.origin import Origin
from accounts.core.views import ClinicView
from accounts.core.who_can_act import has_another_owner
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.identity.two_factor.recovery import queries as recovery_queries
from accounts.models import Member
from accounts.ownership import queries as owner_queries
from accounts.ownership import rules
from accounts.ownership.actions import make_owner, relinquish_ownership
from accounts.ownership.disputes import file_dispute
from accounts.ownership.forms import DisputeForm


class MakeOwnerView(ClinicView):
    """**Make owner**: warns that it can't be taken back, then asks for the password, whatever grace is set."""

    policy = staticmethod(policies.can_grant_ownership)

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Say what it does and ask whether it is meant; where it cannot be, the person's page says why."""
        member = self.target(member_id)
        if reason := rules.why_no_owner(member):
            return self._refuse(member, reason)
        return self.page("accounts/ownership/make_owner.html", {"nav": "members", "person": member})

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        member = self.target(member_id)
        if was_cancelled(request):
            return self.go("member_ownership", member.pk)
        if reason := rules.why_no_owner(member):
            return self._refuse(member, reason)
        act = _("Make %(name)s an owner of %(clinic)s. You can’t take it back.")
        facts = {"name": member.full_name, "clinic": self.request.account.name}
        require_reverification(request, act=act % facts, button=_("Make owner"), always=True)
        try:
            make_owner(actor=self.request.member, target=member, origin=Origin.of(request))
        except ActionRefused as refusal:
            return self._refuse(member, str(refusal))
        words = _("%(name)s is now an owner. Nobody else can change their details any more.")
        messages.success(request, words % facts)
        return self.go("member", member.pk)

    def _refuse(self, member: Member, reason: str) -> HttpResponse:
        messages.error(self.request, reason)
        return self.go("member", member.pk)


class RelinquishOwnershipView(ClinicView):
    """**Relinquish ownership**, one's own."""

    policy = staticmethod(policies.can_relinquish_ownership)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Say what it does, or why it can't be and what to do first (S34)."""
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        member = self.request.member
        if was_cancelled(request):
            return self.go("my_ownership")
        if not has_another_owner(member):
            return self._page(status=422)
        act = _("Relinquish your ownership of %(clinic)s.") % {"clinic": self.request.account.name}
        require_reverification(request, act=act, button=_("Relinquish ownership"), always=True)
        try:
            relinquish_ownership(actor=member)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return self._page(status=422)
        words = _("You are no longer an owner of %(clinic)s. You are still an administrator.")
        messages.success(request, words % {"clinic": self.request.account.name})
        return self.go("ownership")

    def _page(self, *, status: int = 200) -> HttpResponse:
        context = {"nav": "ownership", "is_possible": has_another_owner(self.request.member)}
        return self.page("accounts/ownership/relinquish.html", context, status=status)


class OwnershipView(ClinicView):
    """Who owns the account, since when and by whom; what to do in a dispute (S36)."""

    policy = staticmethod(policies.can_see_ownership)

    def get(self, request: HttpRequest) -> HttpResponse:
        account = self.request.account
        owners = owner_queries.owners(account)
        sees_readers = policies.can_see_what_support_read(self.request.member, has_owners=bool(owners))
        viewer = self.request.member
        context = {
            "nav": "ownership",
            "recoveries": recovery_queries.waiting_in(account, viewer=viewer, owners=[each.member for each in owners]),
            "owners": owners,
            "continuity": owner_queries.continuity(owners),
            "history": owner_queries.ownership_history(account),
            "sees_readers": sees_readers,
            "read": owner_queries.read_by_support(account) if sees_readers else [],
            "read_shown": owner_queries.READ_SHOWN,
        }
        return self.page("accounts/ownership/index.html", context)


class OwnershipRequestView(ClinicView):
    """A request to support about who owns the account: also where nobody does, or it is closed (S26, S36, A72)."""

    policy = staticmethod(policies.can_file_dispute)
    works_while_closed = True

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(DisputeForm(account=self.request.account))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = DisputeForm(request.POST, account=self.request.account)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            file_dispute(actor=self.request.member, **form.cleaned_data)
        except TooSoon as refusal:
            form.add_error(None, str(refusal))
            return self._page(form, status=429)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
            return self._page(form, status=422)
        words = _("Your request is on its way to support. They answer by email to %(email)s.")
        messages.success(request, words % {"email": self.request.user.email})
        return self.go(self._way_back())

    def _way_back(self) -> str:
        """The page that leads here: of a closed account there is one page only."""
        return "ownership" if self.request.account.is_open else "home"

    def _page(self, form: DisputeForm, *, status: int = 200) -> HttpResponse:
        context = {
            "way_back": self._way_back(),
            "nav": "ownership",
            "form": form,
            "support_email": settings.SUPPORT_EMAIL,
            "is_confirmed": self.request.user.email_confirmed_at is not None,
        }
        folder = "accounts/ownership"
        template = f"{folder}/request.html" if self.request.account.is_open else f"{folder}/request_while_closed.html"
        return self.page(template, context, status=status)
