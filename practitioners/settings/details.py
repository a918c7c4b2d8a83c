"""What the page of practitioner settings says, as the form hands it to the action."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.text import Truncator

from practitioners.models import Availability, Break, Practitioner
from practitioners.schedule.week import Row, breaks, hours

SHOWN_IN_LOG = 100

# Its type, the number itself, and the business it holds at; at all of them where that is None.
Number = tuple[str, str, int | None]


@dataclass(frozen=True)
class PractitionerSettings:
    """All of it, as a whole: what is not in here is not on file afterwards.

    `businesses` are the ids of those where the practitioner works; `rows` may be at others, too: there they are kept
    and count for nothing.
    """

    designation: str
    description: str
    businesses: Collection[int]
    numbers: tuple[Number, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, practitioner: Practitioner) -> "PractitionerSettings":
        """What is on file, in order. Four queries."""
        found = [
            each.row
            for model in (Availability, Break)
            for each in model.objects.filter(practitioner=practitioner).select_related("business").order_by("pk")
        ]
        numbers = practitioner.reference_numbers.order_by("pk").values_list("kind", "number", "business_id")
        return cls(
            designation=practitioner.designation,
            description=practitioner.description,
            businesses=frozenset(practitioner.businesses.values_list("pk", flat=True)),
            numbers=tuple(numbers),
            rows=tuple(sorted(found, key=lambda row: (row.weekday, row.starts, -row.ends))),
        )

    def differences(self, before: "PractitionerSettings") -> dict[str, list[str | int]]:
        """Which parts differ, as {part: [before, after]} in short: the beginning of a text, the length of a list."""
        found: dict[str, list[str | int]] = {}
        for name in ("designation", "description"):
            texts = [getattr(before, name), getattr(self, name)]
            if texts[0] != texts[1]:
                found[name] = [Truncator(text).chars(SHOWN_IN_LOG) for text in texts]
        for name, lists in self._lists(before).items():
            if Counter(lists[0]) != Counter(lists[1]):
                found[name] = [len(each) for each in lists]
        return found

    def _lists(self, before: "PractitionerSettings") -> dict[str, list[Collection[object]]]:
        return {
            "businesses": [before.businesses, self.businesses],
            "numbers": [before.numbers, self.numbers],
            "hours": [hours(before.rows), hours(self.rows)],
            "breaks": [breaks(before.rows), breaks(self.rows)],
        }
