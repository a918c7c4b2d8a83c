"""The forms about a person: added, changed, one's own."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import lazystr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.core import seat_rules
from accounts.core.details import SENSITIVE_FIELDS, MemberDetails
from accounts.core.email_changes import has_never_signed_in, why_no_new_address
from accounts.core.errors import ActionRefused, AlreadyMember, PlanFull, TooSoon
from accounts.core.fields import EmailField, RoleField, SubmissionField, YesNoField, person_name_field
from accounts.core.origin import Origin
from accounts.core.phone_numbers import MobileField, PhoneField, open_number
from accounts.core.stale import ChangedMeanwhile, StaleForm
from accounts.invitations.limits import require_room_for_invitation
from accounts.models import Member
from accounts.people import rules
from accounts.people.stale_forms import require_as_opened, shown_of


class PersonForm(StaleForm, forms.Form):
    """Names and mobile number: what everybody may change about themselves."""

    first_name = person_name_field(gettext_lazy("First name"), gettext_lazy("Enter a first name."))
    last_name = person_name_field(gettext_lazy("Last name"), gettext_lazy("Enter a last name."))
    mobile = MobileField()


class MyInfoForm(PersonForm):
    """One's own details. `version` notices that somebody else changed them meanwhile."""

    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, member: Member) -> None:
        on_file = {name: getattr(member, name) for name in PersonForm.base_fields}
        super().__init__(data, initial={**on_file, "version": member.version})
        open_number(self, "mobile", member.account, on_file=member.mobile)

    def values(self) -> dict[str, Any]:
        """The cleaned form as the action takes it."""
        cleaned = self.cleaned_data
        return {**{name: cleaned[name] for name in PersonForm.base_fields}, "expected_version": cleaned["version"]}

    def show_refusal(self, refusal: ActionRefused) -> None:
        """Say why nothing was saved; after somebody else's change, what is on file now, for the next try."""
        self.add_error(None, str(refusal))
        if not isinstance(refusal, ChangedMeanwhile):
            return
        assert isinstance(refusal.about, Member)
        for name in PersonForm.base_fields:
            on_file, field = getattr(refusal.about, name), self.fields[name]
            if self.cleaned_data[name] != on_file:
                shown = field.shown(on_file) if isinstance(field, PhoneField) else on_file
                self.say_on_file(name, shown or _("nothing"))
        self.reopen(version=str(refusal.about.version))


class MemberForm(PersonForm):
    """What an administrator says about a person. Shows why an action refused, beside the field it is about."""

    email = EmailField()
    role = RoleField()
    is_practitioner = YesNoField(
        label=gettext_lazy("Is this user a practitioner?"),
        help_text=gettext_lazy(
            "Someone who sees patients. Practitioners count against your plan; other staff are free."
        ),
    )

    field_order = ("first_name", "last_name", "email", "mobile", "role", "is_practitioner")

    def __init__(self, *args: Any, actor: Member, origin: Origin | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.origin = origin or Origin()
        self.is_too_soon = False
        self.account = actor.account
        open_number(self, "mobile", self.account)
        self.plan_is_full = False
        self.existing_member: Member | None = None

    def show_refusal(self, refusal: ActionRefused) -> None:
        """Say on the page why nothing was done; what was typed stays."""
        if isinstance(refusal, PlanFull):
            self.plan_is_full = True
        self.is_too_soon = isinstance(refusal, TooSoon)
        if isinstance(refusal, AlreadyMember):
            self.existing_member = refusal.member
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))

    @property
    def status(self) -> int:
        """The status of a page that shows the form again, after it was refused."""
        return 429 if self.is_too_soon else 422

    def details(self) -> MemberDetails:
        """The cleaned form as an action takes it."""
        cleaned = self.cleaned_data
        return MemberDetails(
            first_name=cleaned["first_name"],
            last_name=cleaned["last_name"],
            email=cleaned["email"],
            mobile=cleaned["mobile"],
            role=cleaned["role"],
            is_practitioner=cleaned["is_practitioner"],
            is_active=cleaned.get("is_active", True),
        )


class NewMemberForm(MemberForm):
    """Settings -> Users & practitioners -> Add user (S3 to S8)."""

    submission = SubmissionField()

    def clean(self) -> dict[str, Any]:
        """Say what would be refused before the password is asked for (S9); the action checks again under the lock."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        added = Member.objects.filter(account=self.account).added_by(cleaned["submission"], cleaned["email"]).first()
        if added is not None and not self.details().differences(MemberDetails.of(added)):
            return cleaned
        try:
            rules.require_can_be_added(self.account, self.details())
            require_room_for_invitation(self.actor, cleaned["email"], self.origin)
        except ActionRefused as refusal:
            self.show_refusal(refusal)
        return cleaned


class EditMemberForm(MemberForm):
    """A person's page. `version` and `shown` notice that somebody changed them meanwhile, by whatever road (A71)."""

    is_active = YesNoField(
        label=gettext_lazy("Active user"),
        help_text=gettext_lazy("Someone who is not active can’t sign in to this clinic at all. Their history is kept."),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        self.member = member
        initial = {**vars(MemberDetails.of(member)), "version": member.version, "shown": shown_of(member)}
        super().__init__(*args, initial=initial, **kwargs)
        open_number(self, "mobile", self.account, on_file=member.mobile)
        email = self.fields["email"]
        assert isinstance(email, EmailField)
        email.on_file = member.user.email
        if member.is_practitioner:
            self.fields["is_practitioner"].help_text = _(
                "Someone who sees patients. With No they can’t be booked and their place on the plan is free; their "
                "hours are kept."
            )
        if member.has_been_here:
            self._keep_or_explain_address()
        if member.is_owner:
            self._fix("role", _("An owner stays an administrator."))
            self._fix("is_active", _("An owner stays active. To leave, relinquish ownership first."))
        if self.is_bound and self.data.get(self.add_prefix("shown"), "") not in {"", initial["shown"]}:
            self._add_what_was_fixed(initial)

    def _add_what_was_fixed(self, on_file: dict[str, Any]) -> None:
        """Take a field that was fixed when the page was opened, so that nothing was sent for it, as it is on file."""
        fixed = [name for name in ("email", "role", "is_active") if self.add_prefix(name) not in self.data]
        self.reopen(**{name: self.fields[name].prepare_value(on_file[name]) for name in fixed})

    def _keep_or_explain_address(self) -> None:
        """Of somebody who signs in with it: fixed where it is theirs alone, else with what follows from a new one."""
        if reason := why_no_new_address(self.member, actor=self.actor):
            self._fix("email", reason)
            return
        words = _("%(name)s signs in with this address. Another one is asked to confirm before anything changes.")
        if has_never_signed_in(self.member):
            words = _("%(name)s has never signed in. Correct the address, and they are invited at the new one.")
        self.fields["email"].help_text = words % {"name": self.member.first_name}

    def _fix(self, name: str, reason: str) -> None:
        """Show a field as it is and ignore what is posted for it, with the reason beside it (A39)."""
        self.fields[name].disabled = True
        self.fields[name].help_text = lazystr(reason)

    def _in_words(self, name: str, value: Any) -> str:
        """A value as the page shows it."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return next(str(label) for key, label in field.widget.choices if key == field.prepare_value(value))
        if isinstance(field, PhoneField):
            value = field.shown(value)
        return str(value) or _("nothing")

    def sensitive_changes(self) -> dict[str, list[Any]]:
        """Which of the changes ask for the password (A19), as {field: [before, after]}."""
        changes = self.details().differences(MemberDetails.of(self.member))
        return {name: pair for name, pair in changes.items() if name in SENSITIVE_FIELDS}

    def clean(self) -> dict[str, Any]:
        """Say what would be refused before the password is asked for; the action checks again under the lock."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            version, shown = cleaned["version"], cleaned["shown"]
            require_as_opened(self.member, self.details(), actor=self.actor, version=version, shown=shown)
            if cleaned["email"] != self.member.user.email:
                rules.require_address_can_change(self.member, cleaned["email"], actor=self.actor)
            seat_rules.require_seat_for(self.member, self.details())
            if self._sends_invitation():
                require_room_for_invitation(self.actor, cleaned["email"], self.origin)
        except ActionRefused as refusal:
            self.show_refusal(refusal)
        return cleaned

    def _sends_invitation(self) -> bool:
        """Whether the change has them invited, for the first time or anew."""
        if not self.cleaned_data["is_active"]:
            return False
        if self.member.has_joined:
            return rules.is_invited_by(self.member, self.details())
        return bool(self.sensitive_changes())

    def show_refusal(self, refusal: ActionRefused) -> None:
        """As above; after somebody else's change, say what is on file now, and let the next try be against that."""
        if isinstance(refusal, ChangedMeanwhile):
            assert isinstance(refusal.about, Member)
            for name, (on_file, _mine) in self.details().differences(MemberDetails.of(refusal.about)).items():
                self.say_on_file(name, self._in_words(name, on_file))
            self.reopen(version=str(refusal.about.version), shown=shown_of(refusal.about))
        super().show_refusal(refusal)
