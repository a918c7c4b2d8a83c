"""The forms about a business: added, changed."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.core.errors import ActionRefused
from accounts.core.fields import (
    EmailField,
    ParagraphsField,
    SubmissionField,
    VersionField,
    YesNoField,
    ZoneField,
    name_field,
)
from accounts.core.phone_numbers import PhoneField, open_number
from accounts.core.stale import ChangedMeanwhile, StaleForm
from accounts.models import Account
from practitioners.businesses.details import BusinessDetails, NameTaken
from practitioners.models import Business
from practitioners.models.business import LONGEST_POSTAL_ADDRESS


class BusinessForm(StaleForm, forms.Form):
    """What there is to say about a business. Shows why the action refused, beside the field it is about."""

    name = name_field(gettext_lazy("Name"), gettext_lazy("Enter the name of the business."))
    address = ParagraphsField(
        label=gettext_lazy("Address"),
        required=False,
        rows=3,
        max_length=LONGEST_POSTAL_ADDRESS,
        error_messages={"max_length": gettext_lazy("Use at most %(limit_value)s characters (it has %(show_value)s).")},
    )
    time_zone = ZoneField(help_text=gettext_lazy("Hours at this business are by its own clock."))
    phone = PhoneField()
    email = EmailField(required=False)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.existing_business: Business | None = None
        open_number(self, "phone", account, on_file=self.initial.get("phone", ""))
        self.fields["email"].widget.attrs["autocomplete"] = "off"

    def details(self) -> BusinessDetails:
        """The cleaned form as an action takes it."""
        cleaned = self.cleaned_data
        return BusinessDetails(
            name=cleaned["name"],
            address=cleaned["address"],
            time_zone=cleaned["time_zone"],
            phone=cleaned["phone"],
            email=cleaned["email"],
            is_active=cleaned.get("is_active", True),
        )

    def show_refusal(self, refusal: ActionRefused) -> None:
        """Say on the page why nothing was done; what was typed stays."""
        if isinstance(refusal, NameTaken):
            self.existing_business = refusal.business
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class NewBusinessForm(BusinessForm):
    """Settings -> Businesses -> Add business."""

    submission = SubmissionField()

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, initial={"time_zone": account.time_zone}, account=account, **kwargs)


class EditBusinessForm(BusinessForm):
    """A business's page. `version` notices that somebody else changed it meanwhile."""

    is_active = YesNoField(
        label=gettext_lazy("Active business"),
        help_text=gettext_lazy(
            "Nobody can be booked at a business that is not active. Its hours are kept, and count again when it is "
            "active again."
        ),
    )
    version = VersionField()

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        initial = {**vars(BusinessDetails.of(business)), "version": business.version}
        super().__init__(*args, initial=initial, account=business.account, **kwargs)

    def show_refusal(self, refusal: ActionRefused) -> None:
        """As above; after somebody else's change, say what is on file now, and let the next try be against that."""
        if isinstance(refusal, ChangedMeanwhile):
            assert isinstance(refusal.about, Business)
            for name, (on_file, _mine) in self.details().differences(BusinessDetails.of(refusal.about)).items():
                self.say_on_file(name, self._in_words(name, on_file))
            self.reopen(version=str(refusal.about.version))
        super().show_refusal(refusal)

    def _in_words(self, name: str, value: Any) -> str:
        """A value as the page shows it."""
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        field = self.fields[name]
        if isinstance(field, PhoneField):
            value = field.shown(value)
        return str(value) or _("nothing")
