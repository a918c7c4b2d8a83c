"""Look hashes up in files on this machine: a folder of ranges, or one large file that is sorted by hash.

Both are what the common downloaders write. In the folder, `21BD1.txt` has lines "SUFFIX:COUNT", as the service would
answer about 21BD1. In the file, each line is "HASH:COUNT"; it is searched where it lies, and never read whole.
"""

import re
from pathlib import Path
from typing import BinaryIO

from clinic.leaked_passwords.answers import DIGITS_SENT, MOST_BYTES, NoAnswer, is_listed

LINE = re.compile(rb"([0-9A-Fa-f]{40}):([0-9]{1,12})")
# A hash, a colon, a count, and the end of the line.
MOST_BYTES_A_LINE = 64


def is_on_file(digest: str, path: Path) -> bool:
    """Whether a SHA-1, in 40 hexadecimal capitals, is in the folder or file. Raises NoAnswer if it can't be read."""
    try:
        return _is_in_folder(digest, path) if path.is_dir() else _is_in_file(digest, path)
    except OSError as error:
        raise NoAnswer(f"the file can't be read ({type(error).__name__})") from None


def _is_in_folder(digest: str, folder: Path) -> bool:
    with (folder / f"{digest[:DIGITS_SENT]}.txt").open("rb") as lines:
        return is_listed(digest[DIGITS_SENT:], lines.read(MOST_BYTES + 1))


def _is_in_file(digest: str, path: Path) -> bool:
    wanted = digest.encode()
    with path.open("rb") as lines:
        low, high = 0, path.stat().st_size
        if high == 0:
            raise NoAnswer("the file is empty")
        # The first place from which the next line to begin is not before the one that is wanted.
        while low < high:
            middle = (low + high) // 2
            line = _line_after(lines, middle)
            if line is None or line[0] >= wanted:
                high = middle
            else:
                low = middle + 1
        found = _line_after(lines, low)
        return found is not None and found[0] == wanted and found[1] > 0


def _line_after(lines: BinaryIO, place: int) -> tuple[bytes, int] | None:
    """The first line that begins after a place, or at the file's start; None after the last."""
    lines.seek(place)
    if place:
        lines.readline(MOST_BYTES_A_LINE)
    line = lines.readline(MOST_BYTES_A_LINE)
    if not line:
        return None
    match = LINE.fullmatch(line.rstrip(b"\r\n"))
    if match is None:
        raise NoAnswer("the file has a line that is no hash and count")
    return match[1].upper(), int(match[2])
