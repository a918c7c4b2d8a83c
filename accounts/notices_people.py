"""What people are told by mail when somebody changed what they may do in a clinic: the words (A13)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Activity, User
from accounts.notice import Notice, moment_in_words
from accounts.roles import ROLES


def role_changed(entry: Activity, _reader: User | None) -> Notice:
    """To somebody whose security role is another one now."""
    assert entry.actor is not None
    before, after = (ROLES[key].name for key in entry.details["role"])
    clinic = entry.account
    facts = {
        "who": entry.actor.full_name,
        "clinic": clinic.name,
        "before": before,
        "after": after,
        "when": moment_in_words(entry.created_at, clinic),
    }
    if entry.actor_id == entry.subject_id:
        first = _("You changed your security role in %(clinic)s from %(before)s to %(after)s on %(when)s.")
        last = _("If it wasn’t you, somebody knows your password: choose a new one, and tell an administrator.")
    else:
        first = _("%(who)s changed your security role in %(clinic)s from %(before)s to %(after)s on %(when)s.")
        last = _("If you did not expect this, ask %(who)s.")
    path = reverse("accounts:roles", args=[clinic.slug])
    subject = _("Your role in %(clinic)s is now %(after)s")
    return Notice(subject % facts, [first % facts, last % facts], path, _("See what each role may do"))
