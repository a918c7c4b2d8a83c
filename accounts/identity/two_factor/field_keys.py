"""Bringing what is encrypted over to a new key (A33)."""

from dataclasses import dataclass

import structlog
from django.db import transaction

from accounts.identity.two_factor.secrets import Unreadable, renew
from accounts.models import Authenticator

logger = structlog.get_logger(__name__)


@dataclass
class Renewed:
    """How many secrets are encrypted with the first key now, and of how many the key is lost."""

    done: int = 0
    unreadable: int = 0


def encrypt_anew() -> Renewed:
    """Encrypt the secret of every authenticator app with the first of FIELD_ENCRYPTION_KEYS.

    Each row by itself, so that people go on signing in meanwhile; run again, it does the same again.
    """
    counted = Renewed()
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        try:
            counted.done += _encrypt_anew(pk)
        except Unreadable:
            logger.error("authenticator_unreadable", authenticator_id=pk)
            counted.unreadable += 1
    return counted


@transaction.atomic
def _encrypt_anew(pk: int) -> int:
    """Whether it is still there, as 0 or 1: it may have been replaced meanwhile, with the new key."""
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return 0
    row.seed = renew(row.seed)
    row.save(update_fields=["seed"])
    return 1
