from practitioners.models.availability import Availability, Break
from practitioners.models.business import Business
from practitioners.models.practitioner import Practitioner
from practitioners.models.reference_number import ReferenceNumber

__all__ = ["Availability", "Break", "Business", "Practitioner", "ReferenceNumber"]
