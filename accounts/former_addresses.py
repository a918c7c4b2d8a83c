"""Whose an address was before: people are told apart by who they are, not by who holds an address now (A68)."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import EmailChange, User


def formerly_at(email: str) -> QuerySet[User]:
    """Users who have shown that `email` was theirs and sign in with another address now, wherever it went since.

    An address that a login left without having proved it was never theirs (A57). `email` is in its canonical spelling.
    """
    was_theirs = Q(old_email=email, old_was_confirmed=True) | Q(new_email=email)
    changes = EmailChange.objects.filter(was_theirs, confirmed_at__isnull=False)
    return User.objects.filter(pk__in=changes.values("user")).exclude(email=email)


def address_at(moment: str) -> Coalesce:
    """For a query of members: the address that each signed in with at the time in their field `moment`.

    With no time there it is the one of today.
    """
    since = EmailChange.objects.filter(user=OuterRef("user"), confirmed_at__gt=OuterRef(moment))
    return Coalesce(Subquery(since.order_by("confirmed_at", "pk").values("old_email")[:1]), F("user__email"))
