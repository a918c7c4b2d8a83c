"""Email addresses: each mailbox has one spelling, and what isn't plainly a mailbox is refused (A64).

The rules stand on `idna`, which knows the labels of a domain. A library for whole addresses (email-validator) would
bring one for DNS along, to replace the few lines below.
"""

import re
import unicodedata
from functools import lru_cache

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.text.characters import has_hidden

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64

# RFC 5322's dot-atom. Its other form, in quotes, would be a second spelling: "lee"@x.example is lee@x.example.
_DOT_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# Letters, or the ASCII form of letters: no domain on the internet ends in digits, and an IP address does.
_LAST_LABEL = re.compile(r"(?!localhost$)[a-z]{2,63}|xn--[a-z0-9-]{2,59}")


def canonical_email(value: str) -> str:
    """Return the one spelling of an address under which it is stored, compared and written to.

    Compatibility forms and case are folded, and the domain is put in its ASCII form, so that two spellings that a
    mail server takes for one address are one login here (C13, K5). Returns `value` stripped if it isn't an address.
    """
    if len(value) > LONGEST_ADDRESS:
        # Refused as too long wherever it is checked; folding some very long texts takes minutes.
        return value
    folded = unicodedata.normalize("NFKC", value).strip().lower()
    local, at, domain = folded.rpartition("@")
    # The ASCII form leaves out hidden characters without a word: what nobody sees must not make two texts one address.
    if not at or domain.isascii() or has_hidden(domain):
        return folded
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except UnicodeError:
        return folded


def validate_address(value: str) -> None:
    """Refuse what isn't a mailbox on the internet: a dot-atom at a domain with a dot. Raises ValidationError.

    Any spelling is taken whose canonical one is. Names that are kept for tests and examples are domains like others.
    """
    mailbox = canonical_email(value)
    local, _at, domain = mailbox.rpartition("@")
    is_long = len(mailbox) > LONGEST_ADDRESS or len(local) > LONGEST_LOCAL_PART
    if is_long or not _DOT_ATOM.fullmatch(local) or not _is_domain(domain):
        raise ValidationError(_("Enter an email address in the form name@example.com."), code="invalid")


@lru_cache(maxsize=1024)
def _is_domain(domain: str) -> bool:
    """Whether IDNA 2008 knows every label, in its ASCII form, and the last can be a top-level domain."""
    _before, dot, last = domain.rpartition(".")
    if not dot or not domain.isascii() or not _LAST_LABEL.fullmatch(last):
        return False
    try:
        return idna.encode(domain, strict=True).decode("ascii") == domain
    except UnicodeError:
        return False
