"""What follows from other parts' signals."""

from typing import Any

from axes.models import AccessAttempt
from django.db.models.signals import pre_save
from django.dispatch import receiver


@receiver(pre_save, sender=AccessAttempt)
def _keep_typed_text_out_of_the_throttle(instance: AccessAttempt, **_: Any) -> None:
    """The throttle counts who failed and from where; what they typed is nobody's business (A52)."""
    instance.get_data = instance.post_data = ""
