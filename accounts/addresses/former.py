"""Whose an address was before: people are told apart by who they are, not by who holds an address now (A68)."""

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Account, Activity, EmailChange, Member, User

Verb = Activity.Verb
# What is written where an administrator has saved a person's page.
_TYPED = (Verb.MEMBER_UPDATED, Verb.MEMBER_DEACTIVATED, Verb.MEMBER_REACTIVATED, Verb.MEMBER_INVITED_BACK)


def formerly_at(email: str) -> QuerySet[User]:
    """Users who proved that `email` was theirs, and sign in with another address now, whoever has it today.

    `email` is in its canonical spelling.
    """
    return User.objects.filter(pk__in=EmailChange.objects.about(email).values("user")).exclude(email=email)


def corrected_in(account: Account) -> dict[str, Member]:
    """Who was brought over with an address that the clinic has put right since, by each such address.

    Nobody had proved it, so that no change of a login tells of it: the clinic's own log does, in which somebody else
    changed it. One query.
    """
    brought_over = Activity.objects.filter(account=account, verb=Verb.MEMBER_IMPORTED).values("subject")
    typed = Activity.objects.filter(account=account, verb__in=_TYPED, details__has_key="email")
    by_others = typed.filter(subject__in=brought_over).exclude(actor=F("subject"))
    found = by_others.select_related("subject__user").order_by("pk")
    return {entry.details["email"][0]: entry.subject for entry in found if entry.subject is not None}


def address_at(moment: str) -> Coalesce:
    """For a query of members: the address that each signed in with at the time in their field `moment`.

    With no time there it is the one of today. An address that was put back counts as if it had never been left.
    """
    since = EmailChange.objects.filter(user=OuterRef("user"), confirmed_at__gt=OuterRef(moment))
    return Coalesce(Subquery(since.order_by("confirmed_at", "pk").values("old_email")[:1]), F("user__email"))
