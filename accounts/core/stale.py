"""A form that was opened before somebody else changed what it is about (A71)."""

from django.utils.translation import gettext as _


def changed_meanwhile(button: str) -> str:
    """Why a form that was opened before somebody else's change is not saved. For use inside another action."""
    return _(
        "Someone changed this while you had this page open, so nothing was saved. What you entered is still below, "
        "with what is on file now beside it: check it, then choose %(button)s again."
    ) % {"button": button}
