"""What the page of a person says about a change: before the password what is about to be done, afterwards what was."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.access.roles import ROLES
from accounts.core.email_changes import has_never_signed_in
from accounts.models import Member
from accounts.people.consequences import what_is_back, what_is_hidden

Changes = dict[str, list[Any]]


def act_in_words(member: Member, changes: Changes) -> str:
    """What is about to be done, for the prompt: each sensitive change by name."""
    words = []
    if "is_active" in changes:
        words.append(_activity_words(member, is_active=changes["is_active"][1]))
    if "role" in changes:
        words.append(_("change the role of %(name)s to %(role)s"))
    if "email" in changes and has_never_signed_in(member):
        words.append(_("invite %(name)s at %(email)s, as they have never signed in with the address on file"))
    elif "email" in changes and member.has_joined:
        words.append(_("ask %(email)s to confirm that %(name)s signs in with it from now on"))
    elif "email" in changes:
        words.append(_("send the invitation of %(name)s to %(email)s instead"))
    facts = {
        "name": member.full_name,
        "role": ROLES[changes["role"][1]].name if "role" in changes else "",
        "email": changes["email"][1] if "email" in changes else "",
    }
    sentence = _(" and ").join(each % facts for each in words)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _activity_words(member: Member, *, is_active: bool) -> str:
    if not is_active:
        return _("make %(name)s inactive, which ends their access")
    has_left = member.has_joined and member.left_at is not None
    return _("invite %(name)s back") if has_left else _("make %(name)s active again")


def done_words(before: Member, after: Member, changes: Changes) -> str:
    """What was done, in a sentence or two; `changes` are the sensitive ones."""
    if after.has_joined and "email" in changes:
        asked = _(
            "An email to %(new)s is on its way. %(name)s signs in with %(email)s until the new address is confirmed."
        )
        facts = {"new": changes["email"][1], "name": after.first_name, "email": after.user.email}
        # Only what holds already raises the version.
        done = [] if before.version == after.version else [_done_words(before, after, changes)]
        return " ".join([*done, asked % facts])
    return _done_words(before, after, changes)


def _done_words(before: Member, after: Member, changes: Changes) -> str:
    facts = {"name": after.full_name, "email": after.user.email}
    if not after.has_joined and after.is_active and changes:
        words = _("%(name)s was updated. A new invitation email to %(email)s is on its way; older links are dead.")
    elif "is_active" in changes and not after.is_active:
        words = _("%(name)s is inactive and can no longer sign in to this clinic. Their history is kept.")
    elif "is_active" in changes:
        return " ".join([_("%(name)s is active again and can sign in.") % facts, *what_is_back(after)])
    elif after.is_practitioner and not before.is_practitioner:
        again = _("When and where they work stands under Practitioner below.")
        return " ".join([_("%(name)s was updated.") % facts, *what_is_back(after), again])
    elif before.is_practitioner and not after.is_practitioner:
        again = _("Choose Yes again at any time: everything is kept.")
        return " ".join([_("%(name)s was updated.") % facts, *what_is_hidden(before), again])
    else:
        words = _("%(name)s was updated.")
    return words % facts
