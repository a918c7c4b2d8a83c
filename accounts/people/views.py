"""Settings -> Users & practitioners: the list, Add user, a person's page."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.access import policies
from accounts.access.roles import ROLES
from accounts.core import seat_rules
from accounts.core.errors import ActionRefused
from accounts.core.origin import Origin
from accounts.core.pages import practitioner_first_steps
from accounts.core.queries import returned_mail
from accounts.core.search import LONGEST_SEARCH, Search
from accounts.core.views import ClinicView
from accounts.identity.reverify import require_reverification, was_cancelled
from accounts.identity.security_page.queries import waiting_change_asked_here
from accounts.identity.signing_in.entry import first_page
from accounts.identity.two_factor import rules as two_factor_rules
from accounts.models import Member, MemberStatus
from accounts.ownership.rules import why_no_owner
from accounts.people import queries
from accounts.people.actions import add_member, update_member
from accounts.people.consequences import consequences, consequences_of_role, of_coming_back
from accounts.people.forms import EditMemberForm, NewMemberForm
from accounts.people.words import act_in_words, done_words


class MembersView(ClinicView):
    """The people of the clinic, page by page, searched and filtered (S2, S27)."""

    policy = staticmethod(policies.can_manage_members)

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = self._wanted()
        pages = Paginator(queries.members(self.request.account, wanted), queries.MEMBERS_PER_PAGE)
        return self.page(
            "accounts/people/index.html",
            {
                "nav": "members",
                "page_obj": pages.get_page(request.GET.get("page")),
                "wanted": wanted,
                "longest_search": LONGEST_SEARCH,
                "roles": ROLES.values(),
                "statuses": MemberStatus.choices,
                "seats_in_use": seat_rules.seats_in_use(self.request.account),
            },
        )

    def _wanted(self) -> queries.MemberFilter:
        given = self.request.GET
        role, status = given.get("role", ""), given.get("status", "")
        return queries.MemberFilter(
            search=Search.of(given.get("q", "")),
            role=role if role in ROLES else "",
            status=status if status in MemberStatus.values else "",
            practitioners_only=given.get("practitioners") == "1",
            show_inactive=given.get("inactive") == "1",
            without_two_factor=given.get("without_two_factor") == "1",
        )


class NewMemberView(ClinicView):
    """Add user (S3 to S11): the form is checked first, then the password is asked for."""

    policy = staticmethod(policies.can_manage_members)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._form(NewMemberForm(actor=self.request.member))

    def post(self, request: HttpRequest) -> HttpResponse:
        origin = Origin.of(request)
        form = NewMemberForm(request.POST, actor=self.request.member, origin=origin)
        if not form.is_valid():
            return self._form(form, status=form.status)
        if was_cancelled(request):
            return self._form(form)
        details = form.details()
        name, role = f"{details.first_name} {details.last_name}", ROLES[details.role].name
        require_reverification(
            request,
            act=_("Add %(name)s (%(email)s) as %(role)s and send an invitation.")
            % {"name": name, "email": details.email, "role": role},
            button=_("Create user"),
        )
        try:
            submission = form.cleaned_data["submission"]
            member = add_member(actor=self.request.member, details=details, submission=submission, origin=origin)
        except ActionRefused as refusal:
            form.show_refusal(refusal)
            return self._form(form, status=form.status)
        words = _("%(name)s was added. An invitation email to %(email)s is on its way.")
        messages.success(request, words % {"name": member.full_name, "email": details.email})
        return self._next_step(member)

    def _next_step(self, member: Member) -> HttpResponse:
        """For a practitioner when and where they work, which can be left for later (S13); otherwise their page."""
        if not member.is_practitioner:
            return self.go("member", member.pk)
        return redirect(practitioner_first_steps(self.request.account.slug, member.pk))

    def _form(self, form: NewMemberForm, *, status: int = 200) -> HttpResponse:
        return self.page("accounts/people/new.html", {"nav": "members", "form": form}, status=status)


class MemberView(ClinicView):
    """A person's page: the state of their invitation on top, then the form (S15, S16, C3)."""

    policy = staticmethod(policies.can_manage_members)

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Show the person; an owner only to be read, unless it is oneself (S32)."""
        member = self.target(member_id)
        actor = self.request.member
        form = EditMemberForm(member=member, actor=actor) if policies.can_edit_member(actor, member) else None
        return self._page(member, form)

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Check the form, ask for the password where the change is sensitive, change the person."""
        member = self.target(member_id)
        form = EditMemberForm(request.POST, member=member, actor=self.request.member, origin=Origin.of(request))
        if not policies.can_edit_member(self.request.member, member):
            return self._protected(member, form)
        if not form.is_valid():
            return self._page(member, form, status=form.status)
        if was_cancelled(request):
            return self._page(member, form)
        changes = form.sensitive_changes()
        if changes:
            self._verify(member, changes)
        try:
            update_member(
                actor=self.request.member,
                target=member,
                details=form.details(),
                expected_version=form.cleaned_data["version"],
                expected_shown=form.cleaned_data["shown"],
                origin=form.origin,
            )
        except ActionRefused as refusal:
            form.show_refusal(refusal)
            return self._page(self.target(member_id), form, status=form.status)
        return self._done(member, changes)

    def _verify(self, member: Member, changes: dict[str, list[Any]]) -> None:
        """Ask for the password.

        Whoever makes somebody inactive is asked whatever grace the operator allows: the prompt says what follows. So is
        whoever takes a role from them that they have begun something with.
        """
        ends = self._what_ends(member, changes)
        require_reverification(
            self.request,
            act=act_in_words(member, changes),
            button=_("Update user"),
            always=bool(ends),
            consequences=ends or of_coming_back(member, changes),
        )

    def _what_ends(self, member: Member, changes: dict[str, list[Any]]) -> list[str]:
        if "is_active" in changes and member.is_active:
            return consequences(member, actor=self.request.member)
        if "role" in changes and member.is_present and member.is_administrator:
            return consequences_of_role(member, actor=self.request.member)
        return []

    def _protected(self, member: Member, form: EditMemberForm) -> HttpResponse:
        """Say why, with what was typed: they may have become an owner while the page was open (S32).

        A row that only keeps history has no form; its page says so (A70).
        """
        if member.released_at is not None:
            return self._page(member, None, status=403)
        words = _("%(name)s is an owner of this account, so only they can change their details. Nothing was changed.")
        form.add_error(None, words % {"name": member.full_name})
        return self._page(member, form, status=403)

    def _done(self, before: Member, changes: dict[str, list[Any]]) -> HttpResponse:
        """Say what was done, and go on to a page that the actor may still see. `before` is as the form found them."""
        messages.success(self.request, done_words(before, self.target(before.pk), changes))
        if before.pk == self.request.member.pk and changes:
            return redirect(first_page(self.request.user))
        return self.go("member", before.pk)

    def _page(self, member: Member, form: EditMemberForm | None, *, status: int = 200) -> HttpResponse:
        is_pending = policies.can_resend_invitation(self.request.member, member)
        may_edit = policies.can_edit_member(self.request.member, member)
        email = None if member.has_joined else queries.newest_invitation_email(member)
        context = {
            "nav": "members",
            "person": member,
            "form": form,
            "email": email,
            "email_is_lost": member.status in {MemberStatus.FAILED, MemberStatus.BOUNCED},
            "returned": returned_mail(member.user) if _comes_back(member) else None,
            "is_oneself": member.pk == self.request.member.pk,
            "is_pending": is_pending,
            "needs_place": is_pending and _has_expired(member) and seat_rules.needs_place(member),
            "is_backed": is_pending and policies.is_invitation_backed(member.invitation.invited_by),
            # Whoever sees it can cancel it.
            "email_change": waiting_change_asked_here(member) if member.has_joined and may_edit else None,
            **self._acts(member),
            "suspension": None if member.is_active else queries.suspension_of(member),
            "has_another_entry": member.released_at is not None and queries.has_another_entry(member),
            "activity": queries.recent_activity(member),
            **self._ownership(member),
            **self._two_factor(member),
        }
        return self.page("accounts/people/show.html", context, status=status)

    def _acts(self, member: Member) -> dict[str, bool]:
        actor = self.request.member
        return {
            "may_free_address": policies.can_free_address(actor, member),
            "may_sign_out": policies.can_sign_out(actor, member),
            "may_send_reset": policies.can_send_password_reset(actor, member),
        }

    def _ownership(self, member: Member) -> dict[str, Any]:
        """Whether **Make owner** stands on this page, and what is in the way of it (S28, S29)."""
        is_candidate = not member.is_owner and member.released_at is None
        may_grant = policies.can_grant_ownership(self.request.member) and is_candidate
        return {"may_grant": may_grant, "why_not": why_no_owner(member) if may_grant else ""}

    def _two_factor(self, member: Member) -> dict[str, Any]:
        """Whether **Reset two-factor authentication** stands on this page, and what is in the way of it (A35)."""
        has_one = member.two_factor_since is not None
        may_reset = has_one and policies.can_reset_two_factor(self.request.member, member)
        return {
            "may_reset": may_reset,
            "why_no_reset": two_factor_rules.why_no_two_factor_reset(member) if may_reset else "",
        }


def _comes_back(member: Member) -> bool:
    """Whether mail to somebody active does, who was fetched with their status."""
    return member.is_active and member.comes_back


def _has_expired(member: Member) -> bool:
    """Whether the link of the invitation has, of somebody fetched with their status."""
    return member.has_expired
