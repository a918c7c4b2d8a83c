"""What became of rounds in which owners were acted on. It counts to the end, so that it can say how many went wrong."""

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.races.pool import Outcome, Pool, wins

SENTENCE = re.compile(r"[A-Z].* .*\.")
DEADLOCK = re.compile(r"deadlock|database is locked")


def rounds(usual: int, *, most: int = 100) -> int:
    """How many rounds to run: as usual, or as RACE_ROUNDS says, but no more than `most` are worth their time."""
    return min(most, int(os.environ.get("RACE_ROUNDS", usual)))


def rounds_until(has_seen_all: Callable[[], bool], usual: int) -> Iterator[tuple[int, int]]:
    """The usual number of rounds, then up to fifty times as many, until `has_seen_all` the ways in which they can end.

    Which side comes first depends on the machine. Gives the number of the round and a factor for the usual spread of
    the start, which grows so that both sides come first on a slow machine, too.
    """
    least = rounds(usual)
    for number in range(50 * least):
        if number >= least and has_seen_all():
            return
        yield number, 1 + number // least


class Verdict:
    """Holds every round to the rules of ownership: one owner is left, and the activity log tells how (K3, S29)."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.rounds = 0
        self.counts: Counter[str] = Counter()
        self.deadlocks = 0
        self.without_owner = 0
        self.wrong: list[str] = []

    def add(self, pool: Pool, made: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
        """Count a round in the clinic that was made for it; what is to be seen there now."""
        self.rounds += 1
        for each in outcomes:
            self._count(each)
        now = pool.do("ownership", clinic=made["clinic"])
        if not any(each["is_owner"] for each in now["people"]):
            self.without_owner += 1
        self.wrong += [f"Round {self.rounds}: {what}" for what in _disagreements(made, now["people"], outcomes)]
        return now

    def _count(self, outcome: Outcome) -> None:
        self.counts[outcome.name or outcome.kind] += 1
        if outcome.kind == "error":
            self.deadlocks += bool(DEADLOCK.search(outcome.words))
            self.wrong.append(f"Round {self.rounds} ended in an error:\n{outcome.words}")
        if outcome.kind == "refused" and not SENTENCE.fullmatch(outcome.words):
            self.wrong.append(f"Round {self.rounds}: {outcome.name} says {outcome.words!r}, which is no sentence.")

    def check(self) -> None:
        """Fail where a round left no owner, ended in an error, or differs from what the activity log says."""
        assert not self.wrong, f"{len(self.wrong)} things went wrong, such as:\n{self.wrong[0]}"
        assert (self.deadlocks, self.without_owner) == (0, 0)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
        return (
            f"{self.rounds} rounds in {time.monotonic() - self.began:.0f} s: {counts}; {self.deadlocks} deadlocks, "
            f"{self.without_owner} rounds without an owner, {len(self.wrong)} things wrong"
        )


def _disagreements(made: dict[str, Any], people: list[dict[str, Any]], outcomes: list[Outcome]) -> list[str]:
    """Where somebody's standing differs from what they began with and what was done to them since."""
    by_shell = [value for value in wins(outcomes) if isinstance(value, dict)]
    disowned = Counter(pk for value in by_shell for pk in value["disowned"])
    deleted = {pk for value in by_shell for pk in value["deleted"]}
    at_first = {*made["owners"], *made["administrators"], *made["others"]}
    found = []
    if at_first - {each["member"] for each in people} != deleted:
        found.append(f"of {at_first} without {deleted} there are {people}")
    for each in people:
        owned = (each["member"] in made["owners"]) + each["gained"] - each["lost"] - disowned[each["member"]]
        if owned != each["is_owner"]:
            found.append(f"{each}, an owner {owned} times by the log, with {disowned} done by a shell")
        if each["is_owner"] and not each["is_sound"]:
            found.append(f"{each} owns the account and is no active administrator")
    return found
