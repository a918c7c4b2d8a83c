"""An account that has owners keeps one, whatever is done to them at once (K2, K3, K4, C17; S29, S34)."""

import random
from typing import Any

import pytest

from tests.races.pool import Pool, Step, refusals, wins
from tests.races.verdict import Verdict, rounds

SEED = 20260919
AT_ONCE = 8
SPREAD = 0.004

# How often each step is drawn.
MIX = {
    "relinquish": 5,
    "grant": 4,
    "deactivate": 3,
    "change role": 3,
    "appoint": 2,
    "remove": 3,
    "shell_disowns": 1,
    "shell_disowns_everybody": 0.5,
    "shell_updates": 1,
    "shell_deletes": 1,
    "shell_deletes_whole": 1,
    "close": 0.3,
}


def _draw(chance: random.Random, made: dict[str, Any], staff: int) -> Step:
    """One step: mostly by and about owners and administrators, as those are who changes anything here."""
    name = chance.choices(list(MIX), weights=list(MIX.values()))[0]
    owner, administrator = chance.choice(made["owners"]), chance.choice(made["administrators"])
    leader = chance.choice([owner, owner, administrator])
    anybody = chance.choice([owner, administrator, chance.choice(made["others"])])
    arguments: dict[str, dict[str, Any]] = {
        "relinquish": {"actor": leader},
        "grant": {"actor": leader, "target": anybody},
        "deactivate": {"actor": leader, "target": anybody, "is_active": False},
        "change role": {"actor": chance.choice([leader, anybody]), "target": anybody, "role": "scheduler"},
        "appoint": {"staff": staff, "target": anybody},
        "remove": {"staff": staff, "target": leader},
        "shell_disowns": {"target": leader},
        "shell_disowns_everybody": {"clinic": made["clinic"]},
        "shell_updates": {"target": leader},
        "shell_deletes": {"target": anybody},
        "shell_deletes_whole": {"target": anybody},
        "close": {"actor": owner},
    }
    return {"deactivate": "change", "change role": "change"}.get(name, name), arguments[name]


def _owners(now: dict[str, Any]) -> list[int]:
    return [each["member"] for each in now["people"] if each["is_owner"]]


def test_whatever_is_done_at_once_an_owner_is_left_and_the_log_tells_how(pool: Pool, verdict: Verdict):
    """K3. Each round is drawn from its own number, so that a long run begins with the rounds of a short one."""
    staff = pool.do("make_support", email="any@support.example")
    for number in range(rounds(10, most=100_000)):
        chance = random.Random(f"{SEED}-{number}")
        owners = chance.randint(1, 4)
        made = pool.do("make_owned_clinic", slug=f"any-{number}", owners=owners, administrators=3, others=2)

        outcomes = pool.race([_draw(chance, made, staff) for _ in range(AT_ONCE)], spread=SPREAD)

        verdict.add(pool, made, outcomes)
    verdict.check()


@pytest.mark.parametrize("owners", [2, 4])
def test_of_owners_who_all_leave_at_once_one_stays(pool: Pool, verdict: Verdict, owners: int):
    """K4, S34."""
    for number in range(rounds(20)):
        made = pool.do("make_owned_clinic", slug=f"leave-{owners}-{number}", owners=owners)

        outcomes = pool.race([("relinquish", {"actor": each}) for each in made["owners"]])

        assert len(_owners(verdict.add(pool, made, outcomes))) == 1
        assert len(wins(outcomes)) == owners - 1
        [refused] = [each.words for each in outcomes if each.kind == "refused"]
        assert "is the only owner" in refused
    verdict.check()


@pytest.mark.parametrize("change", [{"role": "scheduler"}, {"is_active": False}])
def test_somebody_becomes_an_owner_or_is_changed_by_an_administrator_and_never_both(
    pool: Pool, verdict: Verdict, change: dict[str, Any]
):
    """S22, S29."""
    for number in range(rounds(5)):
        slug = f"up-or-{'-'.join(change).replace('_', '-')}-{number}"
        made = pool.do("make_owned_clinic", slug=slug, owners=1, administrators=2)
        [owner], [person, administrator] = made["owners"], made["administrators"]

        granted, changed = outcomes = pool.race(
            [
                ("grant", {"actor": owner, "target": person}),
                ("change", {"actor": administrator, "target": person, **change}),
            ],
            spread=SPREAD,
        )

        now = verdict.add(pool, made, outcomes)
        assert {granted.kind, changed.kind} == {"ok", "refused"}
        assert _owners(now) == ([owner, person] if granted.kind == "ok" else [owner])
        [after] = [each for each in now["people"] if each["member"] == person]
        assert after["is_sound"] == (granted.kind == "ok")
    verdict.check()


@pytest.mark.parametrize("other_goes", ["relinquish", "remove"])
def test_support_takes_ownership_from_one_while_the_other_loses_it_too_and_one_keeps_it(
    pool: Pool, verdict: Verdict, other_goes: str
):
    """K4, S37."""
    staff = pool.do("make_support", email=f"{other_goes}@support.example")
    for number in range(rounds(5)):
        made = pool.do("make_owned_clinic", slug=f"{other_goes}-{number}", owners=2)
        one, other = made["owners"]
        goes = {"relinquish": {"actor": other}, "remove": {"staff": staff, "target": other}}

        outcomes = pool.race([("remove", {"staff": staff, "target": one}), (other_goes, goes[other_goes])])

        assert len(_owners(verdict.add(pool, made, outcomes))) == 1
        assert refusals(outcomes) == {"ActionRefused": 1}
    verdict.check()


def test_owners_who_leave_by_the_page_at_once_are_answered_and_the_last_is_told_why_not(pool: Pool, verdict: Verdict):
    """K3: whoever loses a race is shown the page again, and no error."""
    for number in range(rounds(4)):
        made = pool.do("make_owned_clinic", slug=f"page-{number}", owners=4)

        outcomes = pool.race([("post_relinquish", {"actor": each}) for each in made["owners"]])

        assert len(_owners(verdict.add(pool, made, outcomes))) == 1
        assert sorted(wins(outcomes)) == [302, 302, 302, 422]
    verdict.check()


def test_nobody_becomes_an_owner_of_an_account_that_is_closed_by_then(pool: Pool, verdict: Verdict):
    for number in range(rounds(5)):
        made = pool.do("make_owned_clinic", slug=f"closed-{number}", owners=1, administrators=1)
        [owner], [person] = made["owners"], made["administrators"]

        closed, granted = outcomes = pool.race(
            [("close", {"actor": owner}), ("grant", {"actor": owner, "target": person})], spread=SPREAD
        )

        now = verdict.add(pool, made, outcomes)
        assert (closed.kind, now["is_open"]) == ("ok", False)
        assert (person in _owners(now)) == (granted.kind == "ok")
        assert granted.name in {"", "NotPermitted"}
    verdict.check()
