"""What someone searches for, cut to what a database can be asked, which is more than anyone types."""

from dataclasses import dataclass
from typing import Self

from django.utils.text import smart_split

LONGEST_SEARCH = 200
# Each word is looked for in several columns at once; SQLite takes no expression of more than a thousand parts.
MOST_WORDS = 8


@dataclass(frozen=True)
class Search:
    """The words to look for. `was_shortened` says that there were more, or longer ones."""

    text: str = ""
    was_shortened: bool = False

    @classmethod
    def of(cls, typed: str, *, most_words: int | None = None) -> Self:
        """Cut what was typed to `LONGEST_SEARCH` characters, and to `most_words` where each is looked for by itself.

        A NUL, which no database takes, is left out. Words in quotation marks are one.
        """
        whole = typed.replace("\x00", "").strip()
        text = whole[:LONGEST_SEARCH].strip()
        if most_words is not None:
            text = _first_words(text, most_words)
        return cls(text, was_shortened=text != whole)


NO_SEARCH = Search()


def _first_words(text: str, most: int) -> str:
    """As it was typed, unless there are more."""
    words = list(smart_split(text))
    return text if len(words) <= most else " ".join(words[:most])
