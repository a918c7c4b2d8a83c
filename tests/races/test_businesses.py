"""Businesses changed by many at once: a name is there once, one stays active, nothing refers to one that is gone."""

from uuid import uuid4

from tests.races.pool import RUNNERS, Pool, Step, Tally, refusals, wins
from tests.races.verdict import rounds

SPREAD = 0.01


def test_one_name_added_twenty_times_at_once_is_there_once(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        made = pool.do("make_clinic", slug=f"names-{number}")
        adds: list[Step] = [
            (
                "open_business",
                {
                    "actor": made["members"][0],
                    "name": "NORTH Rooms" if turn % 2 else "north rooms",
                    "submission": str(uuid4()),
                },
            )
            for turn in range(RUNNERS)
        ]

        outcomes = tally.add(pool.race(adds))

        assert len(wins(outcomes)) == 1
        assert refusals(outcomes) == {"NameTaken": RUNNERS - 1}
        assert pool.do("businesses", clinic=made["clinic"])["all"] == 2


def test_one_form_sent_twenty_times_adds_one_and_every_sender_gets_that_one(pool: Pool, tally: Tally):
    made = pool.do("make_clinic", slug="one-form")
    same = {"actor": made["members"][0], "name": "North Rooms", "submission": str(uuid4())}

    outcomes = tally.add(pool.race([("open_business", same)] * RUNNERS))

    assert (len(wins(outcomes)), len(set(wins(outcomes)))) == (RUNNERS, 1)
    assert pool.do("businesses", clinic=made["clinic"])["log"] == ["business_added"]


def test_those_added_at_once_share_the_tints_out(pool: Pool, tally: Tally):
    made = pool.do("make_clinic", slug="tints")
    adds: list[Step] = [
        ("open_business", {"actor": made["members"][0], "name": f"Rooms {turn}", "submission": str(uuid4())})
        for turn in range(15)
    ]

    tally.add(pool.race(adds))

    assert pool.do("businesses", clinic=made["clinic"])["colours"] == sorted([*range(8), *range(8)])


def test_of_all_that_are_made_inactive_or_deleted_at_once_one_stays_active(pool: Pool, tally: Tally):
    for number in range(rounds(3)):
        made = pool.do("make_clinic", slug=f"last-{number}", administrators=2)
        ids = pool.do("make_businesses", clinic=made["clinic"], count=10)
        steps: list[Step] = [
            (name, {"actor": made["members"][turn % 2], "business": business})
            for business in ids
            for turn, name in enumerate(("shut_business", "remove_business"))
        ]

        outcomes = tally.add(pool.race(steps, spread=SPREAD))

        assert pool.do("businesses", clinic=made["clinic"])["active"] == 1
        words = {each.words for each in outcomes if each.kind == "refused"}
        assert all("is the only active business" in each or "deleted meanwhile" in each for each in words)


def test_one_is_deleted_or_referred_to(pool: Pool, tally: Tally):
    """By something that takes no lock of the account."""
    for number in range(rounds(5)):
        made = pool.do("make_clinic", slug=f"refers-{number}", practitioners=1)
        actor, practitioner = made["members"]
        business = pool.do("make_businesses", clinic=made["clinic"], count=2)[1]

        removed, referred = tally.add(
            pool.race(
                [
                    ("remove_business_slowly", {"actor": actor, "business": business}),
                    ("refer_to", {"practitioner": practitioner, "business": business}),
                ],
                spread=SPREAD * 4,
            )
        )

        now = pool.do("businesses", clinic=made["clinic"])
        assert referred.value is (removed.kind == "refused")
        if referred.value:
            assert "can’t be deleted, because of 1 reference number." in removed.words
        assert (now["all"], now["numbers"]) == ((2, 1) if referred.value else (1, 0))
        assert now["numbers_of_nothing"] == 0
