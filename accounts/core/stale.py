"""A form that was opened before someone else changed what it is about (A71): one way to notice, and one to go on.

The form carries what it was opened with in hidden fields. The action compares that with what is on file, under the
lock, and raises ChangedMeanwhile. The form then shows what is on file beside what was typed, and is open on that.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.core.errors import ActionRefused

if TYPE_CHECKING:
    from django.forms import Form
else:
    Form = object


class ChangedMeanwhile(ActionRefused):
    """Someone else changed this after the form was opened; `about` is what is on file now."""

    def __init__(self, message: str, *, about: Model) -> None:
        super().__init__(message)
        self.about = about


def changed_words(what: str, *, button: str) -> str:
    """Why a form is not saved: `what` was changed, a name or "this". `button` is the label of the one to use again."""
    words = _(
        "Someone changed %(what)s while you had this page open, so nothing was saved. What you entered is still below, "
        "with what is on file now beside it: check it, then choose %(button)s again."
    )
    return words % {"what": what, "button": button}


class StaleForm(Form):
    """A form with hidden fields that say what it was opened with."""

    def say_on_file(self, name: str, value: str) -> None:
        """Show what is on file now beside the field `name`."""
        self.add_error(name, _("On file now: %(value)s") % {"value": value})

    def reopen(self, **now: str | Iterable[str]) -> None:
        """Be open on what is on file now, as these hidden fields have it; what was typed stays."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name, value in now.items():
            data.setlist(self.add_prefix(name), [value] if isinstance(value, str) else [*value])
        self.data = data
