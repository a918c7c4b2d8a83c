"""What people may type: one line, no trickery. Shared by models and forms.

Migrations name the validators by this module.
"""

from accounts.text.addresses import LONGEST_ADDRESS, canonical_email, validate_address
from accounts.text.lines import plain_line, validate_mobile, validate_paragraphs, validate_single_line
from accounts.text.links import unlinked
from accounts.text.names import validate_name, validate_person_name
from accounts.text.passwords import LONGEST_PASSWORD_TYPED, canonical_password

__all__ = [
    "LONGEST_ADDRESS",
    "LONGEST_PASSWORD_TYPED",
    "canonical_email",
    "canonical_password",
    "plain_line",
    "unlinked",
    "validate_address",
    "validate_mobile",
    "validate_name",
    "validate_paragraphs",
    "validate_person_name",
    "validate_single_line",
]
