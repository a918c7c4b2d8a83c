"""Settings -> General: the clinic's name, time zone and country, and what it keeps from roles."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from accounts.access.roles import TOGGLE_LABELS, Toggle
from accounts.core.countries import CountryField
from accounts.core.errors import ActionRefused
from accounts.core.fields import ZoneField, name_field
from accounts.core.stale import ChangedMeanwhile, StaleForm
from accounts.models import Account
from accounts.text.countries import country_of_zone


class GeneralForm(StaleForm, forms.Form):
    """Name, time zone and country. The hidden fields notice that somebody else changed them meanwhile."""

    name = name_field(
        gettext_lazy("Clinic name"), gettext_lazy("Enter the clinic’s name."), autocomplete="organization"
    )
    time_zone = ZoneField(help_text=gettext_lazy("For the times on pages and in the activity log."))
    country = CountryField(help_text=gettext_lazy("Phone numbers of this country are written without a country code."))
    expected_name = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    expected_time_zone = forms.CharField(required=False, widget=forms.HiddenInput)
    expected_country = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, account: Account) -> None:
        on_file = {"name": account.name, "time_zone": account.time_zone, "country": account.home_country}
        expected = {f"expected_{name}": value for name, value in on_file.items()}
        super().__init__(data, initial={**on_file, **expected})
        words = _("The address of your clinic stays /%(slug)s/, so that links and bookmarks keep working.")
        self.fields["name"].help_text = words % {"slug": account.slug}
        if data is not None and "country" not in data:
            # The page was opened before clinics had a country.
            self.data = data.copy()
            self.data.update({"country": account.home_country, "expected_country": account.home_country})

    def values(self) -> dict[str, Any]:
        """The cleaned form as the action takes it."""
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "time_zone": cleaned["time_zone"],
            "country": cleaned["country"] or country_of_zone(cleaned["time_zone"]),
            "expected_details": {
                "name": cleaned["expected_name"],
                "time_zone": cleaned["expected_time_zone"],
                "country": cleaned["expected_country"],
            },
        }

    def show_refusal(self, refusal: ActionRefused, account: Account) -> None:
        """Say why nothing was saved; after somebody else's change, what is on file now, for the next try."""
        self.add_error(None, str(refusal))
        if not isinstance(refusal, ChangedMeanwhile):
            return
        on_file = {"name": account.name, "time_zone": account.time_zone, "country": account.home_country}
        wanted = self.values()
        for name, value in on_file.items():
            if wanted[name] != value:
                shown = countries.name(value) if name == "country" else value
                self.say_on_file(name, shown or _("nothing"))
        self.reopen(**{f"expected_{name}": value for name, value in on_file.items()})


# What the screen calls each group, whom it is about, and its toggles with what each keeps from them.
GROUPS = (
    (
        gettext_lazy("Practitioners"),
        gettext_lazy("Everybody with the security role Practitioner."),
        {
            Toggle.PRACTITIONERS_OWN_NOTES: gettext_lazy(
                "They write treatment notes and read the ones they wrote, nobody else’s."
            ),
            Toggle.PRACTITIONERS_OWN_LETTERS: gettext_lazy("They write letters and read the ones they wrote."),
            Toggle.PRACTITIONERS_NO_FINANCIALS: gettext_lazy(
                "They can’t view or create invoices and payments, or see the reports on daily payments and revenue."
            ),
        },
    ),
    (
        gettext_lazy("Reception"),
        gettext_lazy("Everybody with the security role Receptionist or Power receptionist."),
        {
            Toggle.RECEPTION_OWN_LETTERS: gettext_lazy("They write letters and read the ones they wrote."),
            Toggle.RECEPTION_NO_ATTACHMENTS: gettext_lazy("They upload attachments, and can’t open any."),
        },
    ),
)


class PermissionsForm(StaleForm, forms.Form):
    """A box for each toggle. `expected` are those that were on when the form was opened."""

    expected = forms.MultipleChoiceField(
        required=False, choices=list(TOGGLE_LABELS.items()), widget=forms.MultipleHiddenInput
    )

    def __init__(self, data: QueryDict | None = None, *, account: Account) -> None:
        self.on_file = _switched_on(account)
        ticked: dict[str, Any] = {toggle: toggle in self.on_file for toggle in Toggle}
        super().__init__(data, initial={"expected": self.on_file, **ticked})
        for _name, _about, toggles in GROUPS:
            for toggle, words in toggles.items():
                self.fields[toggle] = forms.BooleanField(required=False, label=TOGGLE_LABELS[toggle], help_text=words)

    def groups(self) -> list[tuple[Any, Any, list[BoundField]]]:
        """The boxes as the page groups them."""
        return [(name, about, [self[toggle] for toggle in toggles]) for name, about, toggles in GROUPS]

    def switched_on(self) -> list[Toggle]:
        """Those that are ticked."""
        return [toggle for toggle in Toggle if self.cleaned_data[toggle]]

    def act_in_words(self) -> str:
        """What is about to be changed, for the prompt; "" where nothing is."""
        wanted = self.switched_on()
        on = [TOGGLE_LABELS[each] for each in Toggle if each in wanted and each not in self.on_file]
        off = [TOGGLE_LABELS[each] for each in Toggle if each in self.on_file and each not in wanted]
        words = [
            *([_("Switch on: %(labels)s.") % {"labels": "; ".join(on)}] if on else []),
            *([_("Switch off: %(labels)s.") % {"labels": "; ".join(off)}] if off else []),
        ]
        return " ".join(words)

    def show_refusal(self, refusal: ActionRefused, account: Account) -> None:
        """Say why nothing was saved; after somebody else's change, what is on file now, for the next try."""
        self.add_error(None, str(refusal))
        if not isinstance(refusal, ChangedMeanwhile):
            return
        wanted, self.on_file = self.switched_on(), _switched_on(account)
        for toggle in Toggle:
            if (toggle in wanted) != (toggle in self.on_file):
                self.say_on_file(toggle, _("switched on") if toggle in self.on_file else _("switched off"))
        self.reopen(expected=self.on_file)


def _switched_on(account: Account) -> list[Toggle]:
    return [toggle for toggle in Toggle if account.toggles.get(toggle)]
