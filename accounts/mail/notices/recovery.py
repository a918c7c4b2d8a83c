"""What owners and administrators are told by mail about a two-factor reset by support: the words (A13, A70)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mail.notice import Notice, moment_in_words
from accounts.models import Activity, User

Verb = Activity.Verb


def recovery_told(entry: Activity, _reader: User | None) -> Notice:
    """To those who can stop it, or could have."""
    subject, paragraphs = _words(entry)
    facts = _facts(entry)
    reason = entry.details.get("reason", "")
    given = [_("The reason given: %(reason)s") % {"reason": reason}] if reason else []
    told = [each % facts for each in paragraphs]
    path = reverse("accounts:ownership", args=[entry.account.slug])
    return Notice(subject % facts, [told[0], *given, *told[1:]], path, _("Open Account ownership"))


def _facts(entry: Activity) -> dict[str, str]:
    clinic, due = entry.account, entry.details.get("due_at")
    return {
        "name": entry.subject.full_name if entry.subject else "",
        "who": entry.actor.full_name if entry.actor else _("Someone"),
        "clinic": clinic.name,
        "product": settings.PRODUCT_NAME,
        "support": settings.SUPPORT_EMAIL,
        "due": moment_in_words(datetime.fromisoformat(due), clinic) if due else "",
        "when": moment_in_words(entry.created_at, clinic),
    }


def _words(entry: Activity) -> tuple[str, list[str]]:
    """The subject and the paragraphs, the first of which is followed by the reason."""
    if entry.verb == Verb.TWO_FACTOR_RECOVERY_OPENED:
        return _opened()
    if entry.verb == Verb.TWO_FACTOR_RECOVERY_DONE:
        return _done()
    stays = _("Nothing was changed: %(name)s signs in as before.")
    return _("The two-factor authentication of %(name)s stays on"), [_how_it_was_stopped(entry), stays]


def _opened() -> tuple[str, list[str]]:
    return _("Support was asked to reset the two-factor authentication of %(name)s"), [
        _(
            "%(product)s support was told that %(name)s of %(clinic)s can’t use two-factor authentication any more. "
            "Support checked who was asking, and started to reset it on %(when)s."
        ),
        _(
            "From %(due)s support can turn it off. The password of %(name)s is then enough to sign in until they set "
            "two-factor authentication up again. Support neither sees nor sets a password."
        ),
        _(
            "Ask %(name)s. If they know nothing of it, stop it before then under Account ownership, or write to "
            "%(support)s."
        ),
    ]


def _done() -> tuple[str, list[str]]:
    return _("The two-factor authentication of %(name)s was reset"), [
        _(
            "%(product)s support turned two-factor authentication off for %(name)s on %(when)s. Their password alone "
            "signs in to %(clinic)s until they set it up again."
        ),
        _("If you did not expect this, write to %(support)s at once."),
    ]


def _how_it_was_stopped(entry: Activity) -> str:
    if entry.verb == Verb.TWO_FACTOR_RECOVERY_STOPPED_BY_PERSON:
        return _("The two-factor reset that support had started for %(name)s was stopped in their name on %(when)s.")
    if entry.staff_id:
        return _("%(product)s support stopped the two-factor reset for %(name)s on %(when)s.")
    return _("%(who)s stopped the two-factor reset for %(name)s on %(when)s.")
