"""What people are told by mail of what their clinic asks of everybody who signs in: the words (A34)."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mail.notice import Notice, moment_in_words
from accounts.models import Activity, User


def two_factor_asked(entry: Activity, _reader: User | None) -> Notice:
    """To somebody without two-factor authentication, whose clinic asks everybody for it."""
    clinic = entry.account
    assert entry.actor is not None
    facts = {"who": entry.actor.full_name, "clinic": clinic.name, "since": _since(entry)}
    paragraphs = [
        _("%(who)s asks everybody in %(clinic)s for two-factor authentication, %(since)s.") % facts,
        _(
            "It means that you sign in with your password and a code from an app on your phone, or a passkey. Setting "
            "that up takes a few minutes. Without it you can’t open anything in %(clinic)s, %(since)s."
        )
        % facts,
    ]
    home = reverse("accounts:home", args=[clinic.slug])
    path = reverse("accounts:two_factor", query={"next": home})
    subject = _("%(clinic)s asks everybody for two-factor authentication") % facts
    return Notice(subject, paragraphs, path, _("Set up two-factor authentication"))


def _since(entry: Activity) -> str:
    _before, starts = entry.details.get("two_factor_from", [None, None])
    if starts is None:
        return _("from now on")
    return _("from %(moment)s on") % {"moment": moment_in_words(datetime.fromisoformat(starts), entry.account)}
