"""What a login was used for before its mailbox was proved: kept in its own record, told to its person (A57, A73)."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MOST_NAMED = 5


@dataclass
class EarlierUse:
    """What was found on a login when its mailbox was proved.

    `two_factor`: it had two-factor authentication, which was removed. `again`: clinics that someone had joined with it,
    and that it is only invited to again. `kept`: clinics that it still belongs to, as it opened them, or as they would
    be left without anyone who can manage them.
    """

    two_factor: bool = False
    again: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, details: dict[str, Any]) -> "EarlierUse":
        """As an entry of the login's own record holds it."""
        return cls(details.get("two_factor", False), details.get("again", []), details.get("kept", []))

    def details(self) -> dict[str, Any]:
        """What the login's own record keeps of it: nothing if there was nothing."""
        return {name: value for name, value in vars(self).items() if value}

    def in_words(self) -> list[str]:
        """A paragraph for each: what was found, what became of it, and what its person can do."""
        words = []
        if self.two_factor:
            words.append(two_factor_words())
        if self.again:
            words.append(again_words(self.again))
        if self.kept:
            words.append(kept_words(self.kept))
        return words


def two_factor_words() -> str:
    """What became of two-factor authentication that was set up before the mailbox was proved."""
    return _(
        "Two-factor authentication had been set up before your email address was confirmed, so it was removed. You can "
        "set it up again under Sign-in and security."
    )


def again_words(clinics: list[str]) -> str:
    """What became of clinics that were joined before."""
    words = ngettext(
        "Someone joined %(clinics)s with your email address before it was confirmed. That no longer counts: you’re "
        "only invited there. You can decline the invitation under Switch clinic.",
        "Someone joined %(clinics)s with your email address before it was confirmed. That no longer counts: you’re "
        "only invited there. You can decline the invitations under Switch clinic.",
        len(clinics),
    )
    return words % {"clinics": _list(clinics)}


def kept_words(clinics: list[str]) -> str:
    """What to think of clinics that the login still belongs to."""
    words = _(
        "Opened or joined earlier with your email address: %(clinics)s. If that wasn’t you, don’t enter anything "
        "there, and tell %(support)s."
    )
    return words % {"clinics": _list(clinics), "support": settings.SUPPORT_EMAIL}


def _list(names: list[str]) -> str:
    """The names, as many as someone reads: strangers chose them, and how many there are."""
    named = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    if more <= 0:
        return named
    return ngettext("%(names)s and %(more)s more", "%(names)s and %(more)s more", more) % {"names": named, "more": more}
