"""What a look-up gives: how often hashes were found, or that there is no answer."""

import re

DIGITS_SENT = 5
LINE = re.compile(rb"([0-9A-Fa-f]{35}):([0-9]{1,12})")
# A whole answer of the service has about 60 KB.
MOST_BYTES = 512 * 1024


class NoAnswer(Exception):
    """There is nothing to go by. Its words say why, and nothing of the password."""


def is_listed(suffix: str, body: bytes) -> bool:
    """Whether the lines of a range, each "SUFFIX:COUNT", have this suffix, in capitals. A count of zero is padding.

    Raises NoAnswer if there is any other line, or none: then it is no range.
    """
    lines = body.split()
    found = [LINE.fullmatch(line) for line in lines]
    if not found or len(body) > MOST_BYTES:
        raise NoAnswer("the answer is empty or too long")
    counts = {match[1].upper(): int(match[2]) for match in found if match is not None}
    if None in found:
        raise NoAnswer("the answer is no list of hashes")
    return counts.get(suffix.encode(), 0) > 0
