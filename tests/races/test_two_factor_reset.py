"""Two-factor authentication is reset once, never an owner's by others (A35, A40), and not after it was stopped."""

from tests.races.pool import Pool, refusals, wins
from tests.races.verdict import rounds, rounds_until

GRANTED, RESET = "ownership_granted", "two_factor_reset"


def test_of_many_who_reset_it_at_once_one_does(pool: Pool):
    for number in range(rounds(5)):
        made = pool.do("make_owned_clinic", slug=f"reset-once-{number}", owners=1, administrators=7, others=1)
        [target] = made["others"]
        pool.do("enrol", target=target)

        outcomes = pool.race([("reset_factor", {"actor": each, "target": target}) for each in made["administrators"]])

        assert len(wins(outcomes)) == 1
        assert refusals(outcomes) == {"ActionRefused": 6}
        now = pool.do("two_factor", target=target)
        assert (now["has_one"], now["activity"], now["events"]) == (False, [RESET], 1)


def test_somebody_becomes_an_owner_or_is_reset_before_it_and_never_after(pool: Pool):
    """Either way round the account's lock decides; the log tells in which order it was."""
    seen: set[str] = set()
    for number, times in rounds_until(lambda: len(seen) > 1, 8):
        made = pool.do("make_owned_clinic", slug=f"reset-grant-{number}", owners=1, administrators=2)
        [owner], [administrator, target] = made["owners"], made["administrators"]
        pool.do("enrol", target=target)

        granted, reset = pool.race(
            [
                ("grant", {"actor": owner, "target": target}),
                ("reset_factor", {"actor": administrator, "target": target}),
            ],
            spread=times * 0.004,
        )

        now = pool.do("two_factor", target=target)
        assert (granted.kind, now["is_owner"]) == ("ok", True)
        if reset.kind == "ok":
            assert (now["has_one"], now["activity"]) == (False, [RESET, GRANTED])
        else:
            assert (reset.kind, reset.name) == ("refused", "NotPermitted"), reset.words
            assert (now["has_one"], now["activity"], now["events"]) == (True, [GRANTED], 0)
        seen.add(reset.kind)
    assert seen == {"ok", "refused"}, "Neither side ever came first: this was no race."


def test_a_reset_by_support_is_completed_or_stopped_and_never_both(pool: Pool):
    """A70: by the link, by an owner of a clinic, and by support twice, all at once; whoever is first decides."""
    seen: set[str] = set()
    for number, times in rounds_until(lambda: "done" in seen and len(seen) > 1, 10):
        made = pool.do("make_owned_clinic", slug=f"recovery-{number}", owners=1, administrators=0, others=1)
        [owner], [target] = made["owners"], made["others"]
        pool.do("enrol", target=target)
        recovery = pool.do("start_recovery", target=target, staff="pat")

        outcomes = pool.race(
            [
                ("complete_recovery", {"recovery": recovery, "staff": "pat"}),
                ("complete_recovery", {"recovery": recovery, "staff": "pat"}),
                ("stop_recovery", {"recovery": recovery}),
                ("stop_recovery", {"recovery": recovery, "by": owner}),
            ],
            spread=times * 0.01,
        )

        assert len(wins(outcomes)) == 1, [each.words for each in outcomes]
        assert refusals(outcomes) == {"ActionRefused": 3}
        now = pool.do("two_factor", target=target)
        [outcome] = now["outcomes"]
        assert now["has_one"] == (outcome != "done")
        assert (len(now["activity"]), now["events"]) == (1, 1)
        seen.add(outcome)
    assert "done" in seen and len(seen) > 1, "Neither side ever came first: this was no race."
