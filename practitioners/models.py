"""A member who sees patients."""

from typing import ClassVar

from django.db import models

from accounts.models import Account, Member


class PractitionerQuerySet(models.QuerySet["Practitioner"]):
    """Sets of practitioners, for the other parts of a suite to ask (S1)."""

    def bookable(self, account: Account) -> "PractitionerQuerySet":
        """Those who can be booked: active, joined, and practising (C5); nobody in a clinic that is shut (S37)."""
        if not account.is_open:
            return self.none()
        present = Member.objects.present().filter(account=account, is_practitioner=True)
        return self.filter(member__in=present).select_related("member").order_by("member__last_name", "pk")


class Practitioner(models.Model):
    """The practitioner that a member is. It stays, with its history, when the member stops practising or leaves."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="practitioner")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = PractitionerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.member.full_name
