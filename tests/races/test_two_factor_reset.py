"""A second factor is taken off somebody once, and never off an owner (A35, A40)."""

from tests.races.pool import Pool, refusals, wins
from tests.races.verdict import rounds

GRANTED, RESET = "ownership_granted", "two_factor_reset"


def test_of_many_who_reset_it_at_once_one_does(pool: Pool):
    for number in range(rounds(20)):
        made = pool.do("make_owned_clinic", slug=f"reset-once-{number}", owners=1, administrators=7, others=1)
        [target] = made["others"]
        pool.do("enrol", target=target)

        outcomes = pool.race([("reset_factor", {"actor": each, "target": target}) for each in made["administrators"]])

        assert len(wins(outcomes)) == 1
        assert refusals(outcomes) == {"ActionRefused": 6}
        now = pool.do("second_factor", target=target)
        assert (now["has_one"], now["activity"], now["events"]) == (False, [RESET], 1)


def test_somebody_becomes_an_owner_or_is_reset_before_it_and_never_after(pool: Pool):
    """Either way round the account's lock decides; the log tells in which order it was."""
    seen = set()
    for number in range(rounds(60)):
        made = pool.do("make_owned_clinic", slug=f"reset-grant-{number}", owners=1, administrators=2)
        [owner], [administrator, target] = made["owners"], made["administrators"]
        pool.do("enrol", target=target)

        granted, reset = pool.race(
            [
                ("grant", {"actor": owner, "target": target}),
                ("reset_factor", {"actor": administrator, "target": target}),
            ],
            spread=0.004,
        )

        now = pool.do("second_factor", target=target)
        assert (granted.kind, now["is_owner"]) == ("ok", True)
        if reset.kind == "ok":
            assert (now["has_one"], now["activity"]) == (False, [RESET, GRANTED])
        else:
            assert (reset.kind, reset.name) == ("refused", "NotPermitted"), reset.words
            assert (now["has_one"], now["activity"], now["events"]) == (True, [GRANTED], 0)
        seen.add(reset.kind)
    assert seen == {"ok", "refused"}, "Neither side ever came first: this was no race."
