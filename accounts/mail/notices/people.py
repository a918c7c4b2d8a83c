"""What people are told by mail about who may do what in a clinic, and who joins it: the words (A13)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access.roles import ROLES
from accounts.mail.notice import Notice, moment_in_words
from accounts.models import Activity, User


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


def left(entry: Activity, recipient: User | None) -> Notice:
    """That somebody left the clinic by their own decision: to them, and to those who run it (A70)."""
    assert entry.actor is not None
    clinic, person = entry.account, entry.actor
    facts = {"name": person.full_name, "clinic": clinic.name, "when": moment_in_words(entry.created_at, clinic)}
    was_owner = bool(entry.details.get("was_owner"))
    if recipient is not None and recipient.pk == person.user_id:
        return _left_by_oneself(facts, was_owner=was_owner)
    paragraphs = [
        _("%(name)s left %(clinic)s on %(when)s, by their own decision. Their history is kept."),
        *([_("They were an owner, and no longer are.")] if was_owner else []),
        _("To have them back, choose Yes under “Active user” on their page. They get an invitation to accept."),
    ]
    path = reverse("accounts:member", args=[clinic.slug, person.pk])
    label = _("Open %(name)s’s page") % {"name": person.first_name}
    return Notice(_("%(name)s left %(clinic)s") % facts, [each % facts for each in paragraphs], path, label)


def _left_by_oneself(facts: dict[str, str], *, was_owner: bool) -> Notice:
    paragraphs = [
        _(
            "You left %(clinic)s on %(when)s. You can’t open it any more, and no one can add you back without your "
            "consent."
        ),
        *([_("You were an owner, and no longer are.")] if was_owner else []),
        _("If it wasn’t you, someone knows your password: choose a new one, and ask the clinic to invite you again."),
    ]
    path, label = reverse("accounts:password_reset"), _("Choose a new password")
    return Notice(_("You left %(clinic)s") % facts, [each % facts for each in paragraphs], path, label)


def email_change_declined(entry: Activity, _reader: User | None) -> Notice:
    """To the administrator who asked for another address of somebody, who ended that (A70)."""
    assert entry.actor is not None
    clinic, person = entry.account, entry.actor
    before, wanted = entry.details["email"]
    facts = {"name": person.full_name, "old": before, "new": wanted, "when": moment_in_words(entry.created_at, clinic)}
    if entry.details["because"] == "new password":
        first = _("%(name)s chose a new password on %(when)s, which ended the change to %(new)s that you asked for.")
    else:
        first = _("%(name)s ended the change to %(new)s that you asked for, on %(when)s.")
    again = _(
        "They’ll keep signing in with %(old)s. If %(new)s is right, ask them, then change it on their page again."
    )
    path = reverse("accounts:member", args=[clinic.slug, person.pk])
    subject = _("The email address of %(name)s stays as it is")
    label = _("Open %(name)s’s page") % {"name": person.first_name}
    return Notice(subject % facts, [first % facts, again % facts], path, label, (before, wanted))


def invitation_declined(entry: Activity, _reader: User | None) -> Notice:
    """To whoever invited someone who doesn't want to join."""
    subject = _("%(name)s declined the invitation to %(clinic)s")
    paragraphs = [
        _("%(name)s (%(email)s) declined your clinic’s invitation on %(when)s. The link in it no longer works."),
        _("If %(name)s should join after all, make them active again: that sends a new invitation."),
    ]
    return _about_person(entry, subject, paragraphs)


def joining_undone(entry: Activity, _reader: User | None) -> Notice:
    """To owners, and whoever invited someone, when it turns out that another may have joined as they (A73)."""
    subject = _("%(name)s has to accept the invitation to %(clinic)s again")
    paragraphs = [
        _(
            "Someone joined %(clinic)s as %(name)s (%(email)s) before that address was confirmed, for example with a "
            "link that was copied. On %(when)s the person who reads email there confirmed it. The earlier joining may "
            "not have been theirs, so it no longer counts."
        ),
        _("They’re invited to your clinic again. Until they accept, no one can use it as %(name)s."),
        _("If you don’t know who used it until now, check what was done as %(name)s."),
    ]
    return _about_person(entry, subject, paragraphs)


def _about_person(entry: Activity, subject: str, paragraphs: list[str]) -> Notice:
    person, clinic = entry.subject, entry.account
    assert person is not None
    facts = {
        "name": person.full_name,
        "email": person.user.email,
        "clinic": clinic.name,
        "when": moment_in_words(entry.created_at, clinic),
    }
    path = reverse("accounts:member", args=[clinic.slug, person.pk])
    label = _("Open %(name)s’s page") % {"name": person.first_name}
    return Notice(subject % facts, [each % facts for each in paragraphs], path, label, (facts["email"],))
