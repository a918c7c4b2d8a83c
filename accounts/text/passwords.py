"""The one form of a password."""

import unicodedata

LONGEST_PASSWORD_TYPED = 1024


def canonical_password(value: str) -> str:
    """Return the form in which a password is hashed and compared (A4): keyboards write “ü” as one sign or two.

    What is longer than any password here is returned as it is, to be refused as too long.
    """
    if len(value) > LONGEST_PASSWORD_TYPED:
        # Putting marks in order takes minutes for some very long texts.
        return value
    return unicodedata.normalize("NFC", value)
