"""Nothing that somebody typed becomes a link in a mail."""

import re
from collections.abc import Iterable

# ZERO WIDTH NON-JOINER, on both sides of each sign that a mail program looks for. It shows nothing, beside a dot it
# joins or parts no letters in any script, and fonts have had it for longer than the word joiner, which old ones show as
# a box. A program that makes a link all the same makes a dead one: IDNA refuses the character beside a dot, while it
# drops a word joiner, a zero width space or a soft hyphen, and so leads to evil.com.
_APART = "\u200c"
_DOT = "[.。．｡․﹒]"
_SIGNS = (
    # A dot or an ideographic one inside a word; between digits it is an amount or a version.
    rf"(?<=\S)(?:(?<!\d){_DOT}(?=[^\s.])|{_DOT}(?=[^\s.\d]))",
    # The first one in 1.2.3.4, which leads to a page as well.
    rf"(?<=\d){_DOT}(?=\d+{_DOT}\d+{_DOT}\d)",
    r"(?<=\S)[@＠﹫](?=\S)",
    # Of a scheme: http:, mailto:, tel:. Hours are written with digits before it.
    r"(?<=[^\W\d_])[:：](?=\S)",
    r"(?<=/)/|(?<=\\)\\",
)
_SIGN = "|".join(_SIGNS)
# An address that is made of letters, digits and a few signs is a mailbox to every program. Others can be a page
# (www.evil.com/claim@x.example) and are taken apart.
_PLAIN_ADDRESS = re.compile(r"(?!www\.)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9.-]+", re.IGNORECASE)
_PAGE = re.compile(r"https?://\S+")
_IP_ADDRESS = re.compile(r"[\d.]+|[\da-f:]+")


def unlinked(text: str, *, whole: Iterable[str] = ()) -> str:
    """Return `text` with signs between the letters that make a link, so that no mail program makes one.

    `whole` are addresses of pages, plain ones of people, and IP addresses that stay as they are, to open and copy.
    """
    forms = (_PAGE, _PLAIN_ADDRESS, _IP_ADDRESS)
    kept = [each for each in set(whole) if any(form.fullmatch(each) for form in forms)]
    if not kept:
        return re.sub(_SIGN, _apart, text)
    names = "|".join(re.escape(each) for each in sorted(kept, key=len, reverse=True))
    # Not as the beginning or the end of something longer, which would be another address.
    whole_names = rf"(?P<kept>(?<![\w.@/:%+=&?-])(?:{names})(?![\w@/%+=&?#-]|[.:]\S))"
    return re.sub(rf"{whole_names}|{_SIGN}", _apart, text)


def _apart(found: re.Match[str]) -> str:
    is_kept = found.groupdict().get("kept") is not None
    return found.group() if is_kept else f"{_APART}{found.group()}{_APART}"
