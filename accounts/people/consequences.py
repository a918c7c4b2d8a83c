"""What follows when somebody is made inactive or given another role, and what is back once they return (C3 to C5)."""

from itertools import chain
from typing import Any

from django.dispatch import Signal
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import policies
from accounts.core import seat_rules
from accounts.core.email_changes import has_never_signed_in
from accounts.core.signals import answers, member_leaving, member_returned
from accounts.models import Member
from accounts.people import queries

MOST_NAMES = 5


def consequences(member: Member, *, actor: Member) -> list[str]:
    """What follows when `actor` makes `member`, who is active, inactive: a sentence each. A fixed number of queries."""
    waiting = _who_can_still_accept(member)
    return [
        _access_words(member),
        *_seat_words(member, waiting, is_free=seat_rules.holds_seat(member)),
        *_invitations_words(member, actor, waiting),
        *_changes_words(member),
        *_said_by_others(member_leaving, member),
        _back_words(member),
    ]


def consequences_of_role(member: Member, *, actor: Member) -> list[str]:
    """What follows when `actor` gives `member`, an administrator, another role. A fixed number of queries."""
    waiting = _who_can_still_accept(member)
    return [
        *_seat_words(member, waiting, is_free=False),
        *_invitations_words(member, actor, waiting),
        *_changes_words(member),
    ]


def of_coming_back(member: Member, changes: dict[str, list[Any]]) -> list[str]:
    """What whoever makes `member` active again, if `changes` do, should know of how they get in: a sentence each."""
    if "is_active" not in changes or member.is_active or not member.has_joined:
        return []
    facts = {"email": member.user.email}
    if member.left_at is not None:
        return [_("They left by their own decision, so they get an invitation. They are back once they accept it.")]
    if has_never_signed_in(member):
        return []
    return [
        _("They sign in as before: with %(email)s and the password that they had.") % facts,
        _("If someone else has %(email)s now, cancel, and free the address on this page instead.") % facts,
    ]


def what_is_hidden(member: Member) -> list[str]:
    """What does not hold any more now that `member`, as they were before, has stopped practising or left."""
    return _said_by_others(member_leaving, member)


def what_is_back(member: Member) -> list[str]:
    """What holds again now that `member` is active, or practises, as the other apps say."""
    return _said_by_others(member_returned, member)


def _said_by_others(signal: Signal, member: Member) -> list[str]:
    return list(chain.from_iterable(answers(signal, member=member)))


def _access_words(member: Member) -> str:
    if not member.has_joined:
        return _("The link in their invitation stops working at once.")
    words = _("They are signed out of %(clinic)s everywhere at once, and can’t sign in to it.")
    return words % {"clinic": member.account.name}


def _who_can_still_accept(member: Member) -> list[Member]:
    return queries.invitations_in_the_name_of(member) if policies.is_invitation_backed(member) else []


def _seat_words(member: Member, waiting: list[Member], *, is_free: bool) -> list[str]:
    """The places that are free again: that of `member` if it `is_free`, and those that `waiting` hold."""
    freed = is_free + sum(each.is_practitioner for each in waiting)
    if not freed:
        return []
    words = _("Their place on the plan is free again: %(count)s of %(seats)s are taken then. The plan stays as it is.")
    if freed > is_free:
        words = ngettext(
            "%(freed)s place on the plan is free again: %(count)s of %(seats)s are taken then. The plan stays "
            "as it is.",
            "%(freed)s places on the plan are free again: %(count)s of %(seats)s are taken then. The plan stays "
            "as it is.",
            freed,
        )
    seats = member.account.plan_details.seats
    return [words % {"freed": freed, "count": seat_rules.seats_in_use(member.account) - freed, "seats": seats}]


def _invitations_words(member: Member, actor: Member, waiting: list[Member]) -> list[str]:
    """The invitations that stand by them alone, and end (C11 of the ways an invitation dies, A70)."""
    if not waiting:
        return []
    stops = ngettext(
        "%(count)s invitation that they sent stops working: %(names)s.",
        "%(count)s invitations that they sent stop working: %(names)s.",
        len(waiting),
    ) % {"count": len(waiting), "names": _names(waiting)}
    again = ngettext("Send it again in your own name.", "Send them again in your own name.", len(waiting))
    return [stops if actor.pk == member.pk else f"{stops} {again}"]


def _changes_words(member: Member) -> list[str]:
    """The changes of address that they asked for, and that end."""
    people = queries.people_asked_to_change_address(member)
    if not people:
        return []
    words = ngettext(
        "%(count)s change of email address that they asked for is cancelled: %(names)s.",
        "%(count)s changes of email address that they asked for are cancelled: %(names)s.",
        len(people),
    )
    return [words % {"count": len(people), "names": _names(people)}]


def _names(people: list[Member]) -> str:
    """Five of them by name, and how many more."""
    names = [each.full_name for each in people[:MOST_NAMES]]
    more = len(people) - len(names)
    return get_text_list([*names, *([_("%(count)s more") % {"count": more}] if more else [])], _("and"))


def _back_words(member: Member) -> str:
    if member.is_practitioner:
        return _("Make them active again at any time: everything is kept, their hours too.")
    return _("Make them active again at any time: everything is kept.")
