"""**Practitioner settings** (S13 to S15, C6, C7)."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access.policies import can_manage_members
from accounts.core.errors import ActionRefused
from accounts.core.stale import ChangedMeanwhile
from accounts.core.views import ClinicView
from accounts.models import Member
from practitioners import policies, queries, rules
from practitioners.models import Business, Practitioner
from practitioners.schedule.picture import picture
from practitioners.settings.actions import save_settings
from practitioners.settings.forms.buttons import press
from practitioners.settings.forms.sent import clocks_in
from practitioners.settings.forms.whole import SettingsForm


class PractitionerSettingsView(ClinicView):
    """One form: what somebody is, where they work, and when. No password is asked for: nothing here lets anybody in."""

    policy = staticmethod(policies.can_see_practitioners)
    change_policy = staticmethod(policies.can_edit_some_practitioner)

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Show what is on file; whoever may not change it reads it on the practitioner's own page."""
        practitioner = self._practitioner(member_id)
        if not self._may_edit(practitioner):
            return self.go("practitioners:practitioner", member_id)
        return self._page(practitioner, self._form(practitioner))

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        practitioner = self._practitioner(member_id, or_was=True)
        if not self._may_edit(practitioner):
            return self._refused(practitioner)
        if "do" in request.POST:
            return self._press(practitioner, request.POST["do"])
        form = self._form(practitioner, request.POST)
        if not form.is_valid():
            return self._page(practitioner, form, status=422)
        try:
            save_settings(
                actor=self.request.member,
                practitioner=practitioner,
                settings=form.settings(),
                expected_version=form.details.cleaned_data["version"],
                expected_clocks=clocks_in(request.POST, form.shown),
            )
        except ChangedMeanwhile as refusal:
            return self._changed(member_id, str(refusal))
        except ActionRefused as refusal:
            form.refusal = str(refusal)
            return self._page(practitioner, form, status=422)
        return self._done(practitioner)

    def _practitioner(self, member_id: int, *, or_was: bool = False) -> Practitioner:
        practitioner = queries.practitioner_for_page(self.request.account, member_id, or_was=or_was)
        if practitioner is None:
            raise Http404
        return practitioner

    def _may_edit(self, practitioner: Practitioner) -> bool:
        return policies.can_edit_practitioner(self.request.member, practitioner.member)

    def _businesses(self) -> list[Business]:
        return list(Business.objects.in_order(self.request.account))

    def _form(self, practitioner: Practitioner, data: QueryDict | None = None) -> SettingsForm:
        return SettingsForm(practitioner, self._businesses(), data, today=timezone.localdate())

    def _refused(self, practitioner: Practitioner) -> HttpResponse:
        """Say why, with what was typed: somebody may have decided otherwise while the page was open (S32)."""
        words = self._why_refused(practitioner.member)
        form = self._form(practitioner, self.request.POST)
        form.show_unsaved()
        form.refusal = words
        return self._page(practitioner, form, status=403)

    def _why_refused(self, member: Member) -> str:
        """The reason in words for those who could have had the page open. Raises PermissionDenied for anybody else."""
        actor = self.request.member
        if can_manage_members(actor) and member.is_owner and member.pk != actor.pk:
            words = _(
                "%(name)s is an owner of this account, so only they can change their practitioner settings. Nothing "
                "was changed."
            )
        elif not member.is_practitioner and policies.would_edit_practitioner(actor, member):
            words = (
                _("You are no longer a practitioner of this clinic. Nothing was saved.")
                if member.pk == actor.pk
                else _(
                    "%(name)s is no longer a practitioner. Nothing was saved: choose Yes under “Is this user a "
                    "practitioner?” on their page first, then save this again."
                )
            )
        else:
            raise PermissionDenied
        return words % {"name": member.full_name}

    def _press(self, practitioner: Practitioner, button: str) -> HttpResponse:
        pressed = press(self.request.POST, button)
        form = self._form(practitioner, pressed.data)
        form.show_unsaved(pressed)
        return self._page(practitioner, form, unsaved=pressed.words if pressed.is_done else "")

    def _changed(self, member_id: int, words: str) -> HttpResponse:
        """Show what was typed against what is on file now, so that the next try is saved."""
        practitioner = self._practitioner(member_id)
        data = self.request.POST.copy()
        data["version"] = str(practitioner.version)
        form = self._form(practitioner, data)
        form.show_what_changed()
        form.refusal = words
        return self._page(practitioner, form, status=422)

    def _done(self, practitioner: Practitioner) -> HttpResponse:
        """Say so, and stay; whoever came here as a first step goes on."""
        member = practitioner.member
        is_own = member.pk == self.request.member.pk
        words = (
            _("Your practitioner settings were saved.") if is_own else _("The practitioner settings of %s were saved.")
        )
        messages.success(self.request, words if is_own else words % member.full_name)
        if not self._is_first:
            return self.go("practitioners:practitioner_settings", member.pk)
        return self.go("home") if is_own else self.go("member", member.pk)

    @property
    def _is_first(self) -> bool:
        return self.request.GET.get("first") == "1"

    def _page(
        self, practitioner: Practitioner, form: SettingsForm, *, unsaved: str | None = None, status: int = 200
    ) -> HttpResponse:
        """`unsaved` says what a button did to the page; None where nothing waits to be saved."""
        actor, member = self.request.member, practitioner.member
        is_own = member.pk == actor.pk
        zone, today = ZoneInfo(self.request.account.time_zone), timezone.localdate()
        context: dict[str, Any] = {
            "nav": "my_info" if is_own else "members",
            "person": member,
            "practitioner": practitioner,
            "form": form,
            "is_own": is_own,
            "is_first": self._is_first,
            "is_unsaved": unsaved is not None,
            "unsaved": unsaved,
            "reasons": rules.why_not_bookable(practitioner, viewer=actor),
            "week": picture(form.that_count(), form.businesses, zone=zone, today=today),
        }
        return self.page("practitioners/settings/index.html", context, status=status)
