"""The invitation, as the invited person meets it (S12, A22 to A28, C1 to C15)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from accounts.core.carried import Carried, carried, carry, drop
from accounts.core.earlier_use import EarlierUse
from accounts.core.errors import ActionRefused, LimitReached, LinkDead, LoginNeeded, SignInAgain
from accounts.core.invitation_links import RENEWABLE, LinkState, find_invitation, link_state
from accounts.core.origin import Origin
from accounts.core.pages import practitioner_first_steps
from accounts.core.responses import forget_pages, never_leak, status_of
from accounts.core.security_log import note
from accounts.core.tokens import InvitationLink
from accounts.core.views import source_of_request
from accounts.identity.authentication import MemberBackend
from accounts.identity.password.fields import NewPasswordForm
from accounts.identity.password.rules import is_short
from accounts.identity.security_page.queries import replaced_by_joining
from accounts.identity.signing_in.entry import ask_for_two_factor, let_in, proven_user
from accounts.invitations import queries
from accounts.invitations.accepting import accept_by_login, accept_by_password
from accounts.invitations.answers import ask_for_new_invitation, decline_invitation
from accounts.invitations.forms import OwnPasswordForm
from accounts.models import Invitation, Member, User
from clinic.clock import database_now


def _kept_link(request: HttpRequest) -> InvitationLink | None:
    kept = carried(request, Carried.INVITATION)
    return InvitationLink(*kept) if kept else None


def _keep(request: HttpRequest, link: InvitationLink | None) -> None:
    carry(request, Carried.INVITATION, [link.invitation_id, link.version, link.by_hand] if link else None)


def _start(member: Member) -> str:
    """Where somebody who has just joined begins: a practitioner with when and where they work (S13)."""
    if member.is_practitioner:
        return practitioner_first_steps(member.account.slug, member.pk)
    return reverse("accounts:home", args=[member.account.slug])


@method_decorator([login_not_required, never_leak], name="dispatch")
class InvitationLinkView(View):
    """`/invitations/<token>/`: keeps what the link says in the browser and moves on to an address without it (A27)."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Consumes nothing: mail scanners open links, too (A26). A browser carries one invitation (A28)."""
        _keep(request, InvitationLink.read(token))
        return redirect("accounts:invitation_accept")


@method_decorator(login_not_required, name="dispatch")
class InvitationView(View):
    """Who invites whom to which clinic, and the one thing to do: create a password, or sign in to join."""

    def get(self, request: HttpRequest) -> HttpResponse:
        invitation, state = self._look()
        if invitation is None or state is not LinkState.VALID:
            return self._dead(state)
        return self._page(invitation, self._form(invitation))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Join. The link is looked at again now (C3)."""
        invitation, state = self._look()
        if invitation is None or state is not LinkState.VALID:
            return self._dead(state)
        if self._is_somebody_else(invitation):
            return self._page(invitation, None, status=409)
        if request.POST.get("shown", self._shown()) != self._shown():
            return self._page(invitation, self._form(invitation), another=True, status=409)
        form = self._form(invitation, request.POST)
        if form is not None and not form.is_valid():
            return self._page(invitation, form, status=status_of(form))
        return self._two_factor_step(form) or self._join(form)

    def _two_factor_step(self, form: Form | None) -> HttpResponse | None:
        """Joining comes after all that signing in takes (C15, A29)."""
        if not isinstance(form, OwnPasswordForm):
            return None
        here = reverse("accounts:invitation_accept")
        return ask_for_two_factor(self.request, form.user, to=here, joins=True)

    def _join(self, form: Form | None) -> HttpResponse:
        try:
            member = self._accept(form)
        except LinkDead as dead:
            return self._dead(LinkState(dead.reason))
        except (LoginNeeded, SignInAgain):
            return self.get(self.request)
        return self._welcome(member)

    def _shown(self) -> str:
        """Names the invitation that a page shows, so that its button joins that one and no other."""
        link = _kept_link(self.request)
        assert link is not None
        return f"{link.invitation_id}-{link.version}"

    def _look(self) -> tuple[Invitation | None, LinkState]:
        link = _kept_link(self.request)
        invitation = find_invitation(link)
        return invitation, link_state(invitation, link, now=database_now())

    def _signed_in(self) -> User | None:
        """Who is signed in, or has shown all that it takes but belongs to no clinic yet."""
        return self.request.user if self.request.user.is_authenticated else proven_user(self.request)

    def _is_somebody_else(self, invitation: Invitation) -> bool:
        user = self._signed_in()
        return user is not None and user.pk != invitation.member.user_id

    def _form(self, invitation: Invitation, data: Any = None) -> Form | None:
        """A new password, the password of an existing login, or nothing where that login is signed in already."""
        user = invitation.member.user
        link = _kept_link(self.request)
        if link is None or not link.asks_for_login(user):
            by_mail = link is not None and not link.by_hand
            return NewPasswordForm(user, data, reads_mail=by_mail, clinic_name=invitation.member.account.name)
        if self._signed_in() is not None:
            return None
        return OwnPasswordForm(self.request, user, data, looks_new=link.by_hand)

    def _accept(self, form: Form | None) -> Member:
        link = _kept_link(self.request)
        assert link is not None
        if isinstance(form, NewPasswordForm):
            password = form.cleaned_data["password"]
            member = accept_by_password(link=link, password=password, origin=Origin.of(self.request))
            member.user.showed_short_password = is_short(password)
            return member
        user = form.user if isinstance(form, OwnPasswordForm) else self._signed_in()
        assert user is not None
        return accept_by_login(link=link, user=user)

    def _welcome(self, member: Member) -> HttpResponse:
        drop(self.request, Carried.INVITATION)
        answer = let_in(self.request, member.user, to=_start(member))
        words = _("Welcome to %(clinic)s, %(name)s. Start by checking your details below.")
        messages.success(self.request, words % {"clinic": member.account.name, "name": member.first_name})
        self._warn_of_earlier_use(member)
        return answer

    def _warn_of_earlier_use(self, member: Member) -> None:
        """Say what was found on a login that nobody had proved, and which clinics were opened with it (A57, A73)."""
        replaced = replaced_by_joining(member)
        found = EarlierUse.of(replaced.details) if replaced is not None else EarlierUse()
        opened = queries.clinics_opened_by(member.user, apart_from=member.account)
        found.kept = found.kept or opened
        for words in found.in_words():
            messages.warning(self.request, words)

    def _page(
        self, invitation: Invitation, form: Form | None, *, another: bool = False, status: int = 200
    ) -> HttpResponse:
        link = _kept_link(self.request)
        assert link is not None
        context = {
            "shown": self._shown(),
            "another": another,
            "by_hand": link.by_hand,
            "invitation": invitation,
            "person": invitation.member,
            "clinic": invitation.member.account,
            "form": form,
            "has_login": link.asks_for_login(invitation.member.user),
            "is_somebody_else": self._is_somebody_else(invitation),
            "signed_in": self._signed_in(),
        }
        return render(self.request, "accounts/invitations/accept.html", context, status=status)

    def _dead(self, state: LinkState) -> HttpResponse:
        """Say in which way the link is dead, and nothing of whom or what it was about."""
        link = _kept_link(self.request)
        note("invitation_link_dead", self.request, state=str(state), invitation=link.invitation_id if link else None)
        can_ask = state in RENEWABLE
        status = 404 if state is LinkState.UNKNOWN else 410
        context = {"state": str(state), "can_ask": can_ask}
        return render(self.request, "accounts/invitations/dead.html", context, status=status)


@method_decorator(login_not_required, name="dispatch")
class InvitationRequestView(View):
    """Ask for a new invitation. The answer is the same for everybody."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/invitations/requested.html")

    def post(self, request: HttpRequest) -> HttpResponse:
        link = _kept_link(request)
        if link is not None:
            try:
                ask_for_new_invitation(link=link, source=source_of_request(request))
            except LimitReached as refusal:
                return render(request, "429.html", {"refusal": refusal}, status=429)
        return redirect("accounts:invitation_request")


@method_decorator(login_not_required, name="dispatch")
class InvitationSwitchView(View):
    """Sign out and go on with the invitation, where somebody else is signed in in this browser (C6)."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        link = _kept_link(request)
        logout(request)
        _keep(request, link)
        return forget_pages(redirect("accounts:invitation_accept"))


class InvitationDeclineView(View):
    """**Decline** an invitation, by whoever is signed in with its address. It protects, so it asks for no password."""

    def get(self, request: HttpRequest, invitation_id: int) -> HttpResponse:
        """Somebody who comes by address, as after signing in again: the buttons are there."""
        return redirect("accounts:clinics")

    def post(self, request: HttpRequest, invitation_id: int) -> HttpResponse:
        """Decline. Another's is not there. Who has no clinic and nothing left to answer is signed out by that."""
        assert isinstance(request.user, User)
        user = request.user
        try:
            member = decline_invitation(user=user, invitation_id=invitation_id)
        except ActionRefused as refusal:
            messages.info(request, str(refusal))
            return redirect("accounts:clinics")
        if member is None:
            raise Http404
        if not MemberBackend().user_can_authenticate(user):
            logout(request)
        words = _("You declined the invitation to %(clinic)s. They’ve been told, and its link no longer works.")
        messages.success(request, words % {"clinic": member.account.name})
        return redirect("accounts:clinics")
