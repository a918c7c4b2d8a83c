"""Keeps practitioners in step with members, without the accounts app knowing of them."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.models import Member
from practitioners.models import Practitioner


@receiver(post_save, sender=Member)
def _make_practitioner(instance: Member, **_: Any) -> None:
    """Runs inside the action that saved the member, so that both commit together."""
    if instance.is_practitioner:
        Practitioner.objects.get_or_create(member=instance)
