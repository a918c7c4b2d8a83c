"""Numbers by which others know a practitioner: a provider or a registration number, say (C6)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.text import validate_single_line
from practitioners.models.business import Business
from practitioners.models.practitioner import Practitioner


class ReferenceNumber(models.Model):
    """One number: of which type, and at which business it holds; at all of them where it names none."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="reference_numbers")
    kind = models.CharField(_("Type"), max_length=100, validators=[validate_single_line])
    number = models.CharField(_("Number"), max_length=100, validators=[validate_single_line])
    business = models.ForeignKey(
        Business, null=True, blank=True, on_delete=models.PROTECT, related_name="reference_numbers"
    )

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
