"""Whose an address was before: people are told apart by who they are, not by who holds an address now (A68)."""

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import EmailChange, User


def formerly_at(email: str) -> QuerySet[User]:
    """Users who proved that `email` was theirs, and sign in with another address now, whoever has it today.

    `email` is in its canonical spelling.
    """
    return User.objects.filter(pk__in=EmailChange.objects.about(email).values("user")).exclude(email=email)


def address_at(moment: str) -> Coalesce:
    """For a query of members: the address that each signed in with at the time in their field `moment`.

    With no time there it is the one of today. An address that was put back counts as if it had never been left.
    """
    since = EmailChange.objects.filter(user=OuterRef("user"), confirmed_at__gt=OuterRef(moment))
    return Coalesce(Subquery(since.order_by("confirmed_at", "pk").values("old_email")[:1]), F("user__email"))
