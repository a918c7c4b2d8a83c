"""Settings -> General -> **Security**: how long nobody has to do anything, and what everybody shows to come in."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.clinic_settings.security.grace import MOST_DAYS, end_of, last_day_before, require_can_be_given
from accounts.core.details import AccountSecurity
from accounts.core.errors import ActionRefused
from accounts.core.stale import ChangedMeanwhile, StaleForm
from accounts.models import Account
from accounts.models.account import SessionTimeout
from clinic.clock import database_now


class AccountSecurityForm(StaleForm, forms.Form):
    """What a clinic asks of everybody who signs in. `expected_security` is what was on file when it was opened."""

    session_timeout = forms.TypedChoiceField(
        label=gettext_lazy("Session timeout"),
        coerce=int,
        choices=SessionTimeout.choices,
        help_text=gettext_lazy(
            "People are signed out after this long without doing anything. Where somebody belongs to several clinics, "
            "the shortest holds."
        ),
        error_messages={
            "required": gettext_lazy("Choose a session timeout from the list."),
            "invalid_choice": gettext_lazy("Choose a session timeout from the list."),
        },
    )
    require_two_factor = forms.BooleanField(
        required=False,
        label=gettext_lazy("Require two-factor authentication"),
        help_text=gettext_lazy(
            "Everybody, owners too, signs in with their password and a code from an app, or a passkey. Until "
            "somebody has set that up, they can open nothing in this clinic."
        ),
    )
    until = forms.DateField(
        required=False,
        label=gettext_lazy("Give people until"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Enter a day such as 2030-08-31, or leave it empty.")},
    )
    expected_security = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, account: Account) -> None:
        self.account = account
        self._look()
        initial = {**vars(self.on_file), "until": self.day_on_file, "expected_security": self.on_file.text}
        super().__init__(data, initial=initial)
        words = _(
            "The last day on which they can come in without it, at most %(most)s days from today; from the start of "
            "the next day, by %(zone)s time, they can’t. Leave it empty to give no time at all."
        )
        self.fields["until"].help_text = words % {"most": MOST_DAYS, "zone": account.time_zone}

    def _look(self) -> None:
        """Take down what is on file now; a day is left only while it is not over."""
        self.on_file = AccountSecurity.of(self.account)
        starts = self.on_file.two_factor_from
        is_ahead = starts is not None and starts > database_now()
        self.day_on_file = last_day_before(starts, self.account) if starts and is_ahead else None

    def clean(self) -> dict[str, Any]:
        """Say what would be refused before the password is asked for; the action checks again under the lock."""
        cleaned: dict[str, Any] = super().clean() or {}
        until = cleaned.get("until")
        if until is None or until == self.day_on_file:
            return cleaned
        if not cleaned["require_two_factor"]:
            self.add_error("require_two_factor", _("Tick this as well, or leave the day below empty."))
        try:
            require_can_be_given(until, self.account)
        except ActionRefused as refusal:
            self.add_error(refusal.field, str(refusal))
        return cleaned

    def wanted(self) -> AccountSecurity:
        """The cleaned form as the action takes it."""
        cleaned = self.cleaned_data
        is_required = cleaned["require_two_factor"]
        return AccountSecurity(cleaned["session_timeout"], is_required, self._starts() if is_required else None)

    def _starts(self) -> datetime | None:
        """From when on it is required. What is on file stays to the minute, also where the time zone has changed."""
        until = self.cleaned_data["until"]
        if until == self.day_on_file:
            return self.on_file.two_factor_from
        return end_of(until, self.account) if until else None

    def act_in_words(self) -> str:
        """What is about to be changed, for the prompt; "" where nothing is."""
        wanted = self.wanted()
        changes = wanted.differences(self.on_file)
        words = []
        if "session_timeout" in changes:
            label = SessionTimeout(wanted.session_timeout).label
            words.append(_("Sign people out after %(time)s without doing anything.") % {"time": label})
        if changes.keys() & {"require_two_factor", "two_factor_from"}:
            words.append(_requirement_as_act(wanted, self.account))
        return " ".join(words)

    def asks_for_two_factor(self) -> bool:
        """Whether people would be asked for two-factor authentication who are not yet, or from another day on."""
        wanted = self.wanted()
        changed = wanted.differences(self.on_file).keys() & {"require_two_factor", "two_factor_from"}
        return wanted.require_two_factor and bool(changed)

    def show_refusal(self, refusal: ActionRefused) -> None:
        """Say why nothing was saved; after somebody else's change, what is on file now, for the next try."""
        wanted = self.wanted()
        self.add_error(refusal.field, str(refusal))
        if not isinstance(refusal, ChangedMeanwhile):
            return
        self._look()
        changes = wanted.differences(self.on_file)
        if "session_timeout" in changes:
            label = SessionTimeout(self.on_file.session_timeout).label
            self.say_on_file("session_timeout", str(label))
        if changes.keys() & {"require_two_factor", "two_factor_from"}:
            self.say_on_file("require_two_factor", requirement_in_words(self.account))
        self.reopen(expected_security=self.on_file.text)


def requirement_in_words(account: Account) -> str:
    """Whether two-factor authentication is asked of everybody, and after which day."""
    if not account.require_two_factor:
        return _("Not required")
    if account.two_factor_from is None:
        return _("Required of everybody")
    return _("Required of everybody after %(day)s") % {"day": _last_day(account.two_factor_from, account)}


def _requirement_as_act(wanted: AccountSecurity, account: Account) -> str:
    if not wanted.require_two_factor:
        return _("Stop requiring two-factor authentication.")
    if wanted.two_factor_from is None:
        return _("Require two-factor authentication of everybody from now on.")
    words = _("Require two-factor authentication of everybody after %(day)s.")
    return words % {"day": _last_day(wanted.two_factor_from, account)}


def _last_day(starts: datetime, account: Account) -> str:
    return formats.date_format(last_day_before(starts, account), "j F Y")
