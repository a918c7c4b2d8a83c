"""A shell, which goes round the actions, against them and against another shell: the guard holds (K2, C17)."""

import pytest

from tests.races.pool import Outcome, Pool
from tests.races.verdict import Verdict, rounds

SPREAD = 0.004

# Each step is named with what it calls the person that it is about.
RELINQUISH, DISOWN = ("relinquish", "actor"), ("shell_disowns", "target")


def _race(
    pool: Pool, verdict: Verdict, slug: str, steps: list[tuple[str, str]], turn: list[int], *, spread: float = 0
) -> list[Outcome]:
    """One round in a clinic with two owners; `turn` says which of the two each step is about."""
    made = pool.do("make_owned_clinic", slug=slug, owners=2)
    outcomes = pool.race(
        [(name, {argument: made["owners"][which]}) for (name, argument), which in zip(steps, turn, strict=True)],
        spread=spread,
    )
    verdict.add(pool, made, outcomes)
    return outcomes


@pytest.mark.parametrize("step", ["shell_disowns", "shell_updates", "shell_deletes", "shell_deletes_whole"])
def test_of_two_owners_whom_two_shells_drop_at_once_one_stays(pool: Pool, verdict: Verdict, step: str):
    for number in range(rounds(5)):
        outcomes = _race(pool, verdict, f"two-{step.replace('_', '-')}-{number}", [(step, "target")] * 2, [0, 1])

        assert [each.kind for each in outcomes].count("ok") == 1
    verdict.check()


def test_an_owner_whom_a_shell_drops_while_the_other_leaves_or_the_other_stays(pool: Pool, verdict: Verdict):
    for number in range(rounds(5)):
        outcomes = _race(pool, verdict, f"leaves-{number}", [RELINQUISH, DISOWN], [0, 1], spread=SPREAD)

        assert [each.kind for each in outcomes].count("ok") == 1
    verdict.check()


def test_nobody_vanishes_under_an_action_that_is_about_them(pool: Pool, verdict: Verdict):
    """Deleting somebody who is no owner takes the account's lock, too."""
    for number in range(rounds(10)):
        made = pool.do("make_owned_clinic", slug=f"vanishes-{number}", owners=1, administrators=1)
        [owner], [person] = made["owners"], made["administrators"]

        outcomes = pool.race(
            [("grant", {"actor": owner, "target": person}), ("shell_deletes", {"target": person})], spread=SPREAD
        )

        verdict.add(pool, made, outcomes)
        assert sorted(each.kind for each in outcomes) == ["ok", "refused"]
    verdict.check()


def test_a_shell_that_holds_an_owners_row_does_not_wait_for_the_action_that_waits_for_it(pool: Pool, verdict: Verdict):
    """Each would wait for the other for good. On SQLite the shell was first and has the database to itself."""
    for number in range(rounds(5)):
        relinquished, dropped = _race(
            pool, verdict, f"dawdles-{number}", [RELINQUISH, ("shell_dawdles", "target")], [0, 0]
        )

        if pool.vendor == "postgresql":
            assert (relinquished.kind, dropped.name) == ("ok", "GuardBusy")
            assert "Try again" in dropped.words
        else:
            assert (relinquished.name, dropped.kind) == ("NotPermitted", "ok")
    verdict.check()


def test_a_shell_that_changes_an_owners_row_twice_does_not_wait_for_the_action_that_waits_for_it(
    pool: Pool, verdict: Verdict
):
    """At its end PostgreSQL checks again that the account is there, and has to find it locked in a way that lets it."""
    for number in range(rounds(5)):
        outcomes = _race(pool, verdict, f"twice-{number}", [RELINQUISH, ("shell_changes_twice", "target")], [0, 0])

        assert [each.kind for each in outcomes] == ["ok", "ok"]
    verdict.check()


def test_a_shell_that_cannot_see_what_happened_since_it_began_takes_no_last_ownership(pool: Pool, verdict: Verdict):
    """PostgreSQL's REPEATABLE READ: the other owner, who has just left, is still there to be seen."""
    for number in range(rounds(5)):
        outcomes = _race(pool, verdict, f"looked-{number}", [RELINQUISH, ("shell_looked_before", "target")], [0, 1])

        assert [each.kind for each in outcomes].count("ok") == 1
    verdict.check()
