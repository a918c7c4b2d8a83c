"""What a clinic's owners are told when a sign-in address was put back, and somebody's place there with it (A58)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access.roles import ROLES
from accounts.mail.notice import Notice, moment_in_words
from accounts.models import Activity, User

Verb = Activity.Verb


def _facts(entry: Activity) -> dict[str, str]:
    assert entry.subject is not None
    before, after = entry.addresses or ("", "")
    return {
        "name": entry.subject.full_name,
        "clinic": entry.account.name,
        "before": before,
        "after": after,
        "granted": _granted(entry),
        "when": moment_in_words(entry.created_at, entry.account),
        "support": settings.SUPPORT_EMAIL,
    }


def _persons_page(entry: Activity, subject: str, paragraphs: list[str], *, is_support: bool = False) -> Notice:
    facts = _facts(entry)
    if is_support:
        path, label = reverse("support:accounts_account_change", args=[entry.account_id]), _("Open the account")
    else:
        path = reverse("accounts:member", args=[entry.account.slug, entry.subject_id])
        label = _("Open the page of %(name)s") % facts
    texts = [each % facts for each in paragraphs]
    return Notice(subject % facts, texts, path, label, (facts["before"], facts["after"]))


def _suspended(entry: Activity, _reader: User | None) -> Notice:
    paragraphs = [
        _(
            "%(name)s joined %(clinic)s with %(after)s. On %(when)s someone reported that the login they used was "
            "changed to that address without permission, so it was put back."
        ),
        _("%(name)s is inactive in %(clinic)s until you confirm that they are who you think they are."),
        _(
            "Ask %(name)s in person or by phone whether %(after)s is theirs. If it is, open their page and choose Yes "
            "under “Active user”. They get in with “Forgotten your password?” and %(after)s. If it isn’t, leave them "
            "inactive."
        ),
    ]
    if entry.details.get("was_owner"):
        paragraphs.append(_("%(name)s was an owner. An owner can make them one again once they are active."))
    return _persons_page(entry, _("Confirm that %(name)s belongs to %(clinic)s"), paragraphs)


def _moved(entry: Activity, recipient: User | None) -> Notice:
    facts = _facts(entry)
    if recipient is not None and entry.subject is not None and entry.subject.user_id == recipient.pk:
        first = _("The login that you used for %(clinic)s was put back to an earlier address on %(when)s.")
        second = _(
            "%(clinic)s stays with %(after)s, under a login of its own. Choose a password for it, and sign in with "
            "%(after)s from now on."
        )
        path, label = reverse("accounts:password_reset"), _("Choose a password")
        subject = _("Choose a password to go on using %(clinic)s") % facts
        return Notice(subject, [first % facts, second % facts], path, label, (facts["before"], facts["after"]))
    paragraphs = [
        _("The login that %(name)s used for %(clinic)s was put back to an earlier address on %(when)s."),
        _("Their place in %(clinic)s stays with %(after)s, under a login of its own."),
    ]
    if entry.details.get("is_active"):
        paragraphs.append(
            _("It is still active, as no one else could make it active again. If you didn’t expect this, ask them.")
        )
    return _persons_page(entry, _("%(name)s has another login in %(clinic)s"), paragraphs)


def _granted(entry: Activity) -> str:
    granted: dict[str, list[Any]] = entry.details.get("granted", {})
    words = [_("ownership")] if "is_owner" in granted else []
    if "role" in granted:
        words.append(_("the security role %(role)s") % {"role": ROLES[granted["role"][0]].name})
    if "is_active" in granted:
        words.append(_("access as an active user"))
    return ", ".join(words)


def _grant(entry: Activity, recipient: User | None, *, what_became: str, what_to_do: str) -> Notice:
    paragraphs = [
        _(
            "On %(when)s the sign-in address of %(name)s was put back, as someone reported that it had been changed "
            "without permission."
        ),
        _("In the time between, %(name)s was given this in %(clinic)s: %(granted)s.") + f" {what_became}",
        what_to_do,
    ]
    return _persons_page(entry, _("Check what %(name)s may do in %(clinic)s"), paragraphs, is_support=recipient is None)


def _grant_suspended(entry: Activity, recipient: User | None) -> Notice:
    what_to_do = _("If you meant to give it to %(name)s, ask them in person or by phone first, and then give it again.")
    return _grant(entry, recipient, what_became=_("It has been taken back."), what_to_do=what_to_do)


def _grant_kept(entry: Activity, recipient: User | None) -> Notice:
    what_to_do = _("Support knows about it. If you did not expect this, write to %(support)s.")
    if recipient is None:
        what_to_do = _("Find out from the clinic whether %(name)s should have it. Until then you can lock the account.")
    what_became = _("It could not be taken back, as no one else can act for the clinic.")
    return _grant(entry, recipient, what_became=what_became, what_to_do=what_to_do)


def _invitation_moved(entry: Activity, _reader: User | None) -> Notice:
    before, after = entry.addresses or ("", "")
    if before == after:
        subject = _("The invitation of %(name)s stays where it is")
        first = _("The invitation of %(name)s to %(clinic)s stays with %(after)s, and its link still works.")
        second = _("The login that had this address was put back to another one on %(when)s. It can’t join with it.")
    else:
        subject = _("The invitation of %(name)s has moved")
        first = _("The invitation of %(name)s to %(clinic)s has moved from %(before)s to %(after)s.")
        second = _(
            "The login that was invited was put back to an earlier address on %(when)s. Older links no longer work; if "
            "the invitation is still open, a new one was sent to %(after)s."
        )
    last = _("If %(after)s isn’t the right address, correct it on their page, or cancel the invitation.")
    return _persons_page(entry, subject, [first, second, last])


def _invitation_cancelled(entry: Activity, _reader: User | None) -> Notice:
    paragraphs = [
        _(
            "The login that had the invitation of %(name)s to %(clinic)s was put back to an earlier address on "
            "%(when)s. Someone else in the clinic has the address that you invited, so the invitation was cancelled."
        ),
        _("If you still want to invite %(name)s, open their page and choose Yes under “Active user”."),
    ]
    return _persons_page(entry, _("The invitation of %(name)s was cancelled"), paragraphs)


MOVES: dict[Activity.Verb, Callable[[Activity, User | None], Notice]] = {
    Verb.INVITATION_MOVED: _invitation_moved,
    Verb.INVITATION_CANCELLED: _invitation_cancelled,
    Verb.MEMBERSHIP_MOVED: _moved,
    Verb.MEMBER_SUSPENDED: _suspended,
    Verb.GRANT_SUSPENDED: _grant_suspended,
    Verb.GRANT_KEPT: _grant_kept,
}
