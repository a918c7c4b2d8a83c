"""What there is once on the page: the texts, where somebody works, and the version it was opened with."""

from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.core.fields import ParagraphsField, VersionField
from accounts.text import validate_single_line
from practitioners.models import Business
from practitioners.models.practitioner import LONGEST_DESCRIPTION, LONGEST_DESIGNATION

TOO_LONG = _("Use at most %(limit_value)s characters (it has %(show_value)s).")


class Mistake(NamedTuple):
    """A line of the summary on top: the id of the field, where that is, and what to do."""

    anchor: str
    where: str
    words: str


class DetailsForm(forms.Form):
    """Designation, description, and at which businesses somebody works."""

    designation = forms.CharField(
        label=_("Designation"),
        help_text=_("The title that patients see, for example Physiotherapist."),
        required=False,
        max_length=LONGEST_DESIGNATION,
        validators=[validate_single_line],
        error_messages={"max_length": TOO_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    description = ParagraphsField(
        label=_("Description"),
        help_text=_("A few sentences for patients, shown as they are written."),
        required=False,
        max_length=LONGEST_DESCRIPTION,
        rows=5,
        error_messages={"max_length": TOO_LONG},
    )
    businesses = forms.TypedMultipleChoiceField(
        label=_("Works at"),
        required=False,
        coerce=int,
        error_messages={
            "invalid_choice": _(
                "One of the businesses is not, or no longer, open in this clinic. Choose from those below."
            )
        },
    )
    version = VersionField()

    def __init__(self, *args: Any, businesses: list[Business], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["businesses"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(each.pk, each.name) for each in businesses]
        # A browser cuts off what is pasted past it, and says nothing.
        self.fields["designation"].widget.attrs.pop("maxlength", None)

    def mistakes(self) -> list[Mistake]:
        """What is wrong, for the summary."""
        fields = [self[name] for name in ("designation", "description", "businesses")]
        return [Mistake(each.auto_id, str(each.label), str(words)) for each in fields for words in each.errors]
