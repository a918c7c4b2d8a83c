"""Backup codes: written down while the app is at hand, for when it is not (A32).

A code is a name of two characters and a secret of ten: the name says which of the ten it is, so that checking one takes
one slow hash. The secret has 50 bits, which only somebody can try who knows the password as well, a few times an hour.
"""

import secrets

from django.contrib.auth.hashers import make_password

COUNT = 10
# Crockford's base 32: no letter that could be read as a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NAME_LENGTH = 2
SECRET_LENGTH = 10
GROUP = 4
_READ_AS = str.maketrans("OIL", "011")


def new_codes() -> list[str]:
    """Ten codes with ten different names, as `typed` leaves them."""
    names: set[str] = set()
    while len(names) < COUNT:
        names.add(_random(NAME_LENGTH))
    return [name + _random(SECRET_LENGTH) for name in sorted(names)]


def as_written(code: str) -> str:
    """A code as people read it: in groups of four with a dash between."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def typed(text: str) -> str:
    """What somebody typed, without spaces and dashes, and with what looks like a digit read as one."""
    return "".join(each for each in text.upper() if each.isalnum()).translate(_READ_AS)


def name_and_secret(code: str) -> tuple[str, str]:
    """The two parts of a code."""
    return code[:NAME_LENGTH], code[NAME_LENGTH:]


def hashed(secret: str) -> str:
    """The secret as it is stored: salted and slow to guess, as a password."""
    return make_password(secret)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
