"""Whatever the ways in, no clinic gets more practitioners than its plan has places (S19, S20, C5, C11, K6)."""

import random
from typing import Any
from uuid import uuid4

from tests.races.pool import RUNNERS, Outcome, Pool, Step, Tally, refusals, wins
from tests.races.verdict import rounds

SPREAD = 0.02
FULL = "Change the plan under Settings, Subscription."


def _ways_in(made: dict[str, Any], slug: str, count: int) -> list[Step]:
    """Steps that each need a place, as many of each kind as there is room for in `count`, in no order."""
    [actor, other] = made["actors"]
    kinds: list[list[Step]] = [
        [
            ("add", {"actor": actor, "email": f"new{turn}@{slug}.example", "submission": str(uuid4()), **PRACTISES})
            for turn in range(count)
        ],
        [("resend", {"actor": other, "target": person}) for person in made["expired"]],
        [("change", {"actor": actor, "target": person, "is_active": True}) for person in made["inactive"]],
        [("change", {"actor": other, "target": person, **PRACTISES}) for person in made["staff"]],
        [("bring", {"clinic": made["clinic"], "email": f"old{turn}@{slug}.example"}) for turn in range(2)],
    ]
    steps: list[Step] = []
    while len(steps) < count:
        steps += [kind.pop() for kind in kinds if kind]
    steps = steps[:count]
    random.shuffle(steps)
    return steps


PRACTISES = {"is_practitioner": True}


def _require_words(outcomes: list[Outcome]) -> None:
    """Each loser is told why and what to do."""
    for each in outcomes:
        if each.name == "PlanFull":
            assert FULL in each.words
        elif each.name == "LinkDead":
            assert each.words == "expired"
        elif each.kind == "refused":
            assert "of these people inactive first." in each.words


def test_the_last_place_goes_to_one_of_twenty_whichever_way_they_come(pool: Pool, tally: Tally):
    for number in range(rounds(3)):
        slug = f"ways-{number}"
        made = pool.do("make_full_clinic", slug=slug, plan="small", holding=4, others=5)

        outcomes = tally.add(pool.race(_ways_in(made, slug, RUNNERS), spread=SPREAD))

        assert len(wins(outcomes)) == 1
        assert refusals(outcomes) == {"PlanFull": RUNNERS - 1}
        _require_words(outcomes)
        assert pool.do("places", clinic=made["clinic"]) == {"in_use": 5, "seats": 5, "mails_to_others": 0}


def test_a_smaller_plan_chosen_at_the_same_moment_is_never_overfull(pool: Pool, tally: Tally):
    """Four of eight places are taken, and two people choose the plan with five, clicking again and again."""
    for number in range(rounds(3)):
        slug = f"smaller-{number}"
        made = pool.do("make_full_clinic", slug=slug, plan="medium", holding=4, others=5)
        smaller: list[Step] = [("downgrade", {"actor": actor, "plan": "small"}) for actor in made["actors"] * 3]

        outcomes = tally.add(pool.race([*smaller, *_ways_in(made, slug, RUNNERS - 6)], spread=SPREAD))

        _require_words(outcomes)
        seats = 5 if wins(outcomes[:6]) else 8
        assert len(wins(outcomes[6:])) == seats - 4
        assert pool.do("places", clinic=made["clinic"]) == {"in_use": seats, "seats": seats, "mails_to_others": 0}


def test_a_place_whose_invitation_runs_out_goes_to_one_of_those_who_want_it_or_to_whoever_accepts(
    pool: Pool, tally: Tally
):
    """An acceptance, a renewal of the same invitation, and eighteen others, while its last moments pass."""
    for number in range(rounds(6)):
        slug = f"runs-out-{number}"
        made = pool.do("make_full_clinic", slug=slug, plan="small", holding=4, others=5)
        last = made["expired"].pop()
        link = pool.do("invite_into_last_place", clinic=made["clinic"], member=last)
        accept: Step = ("accept_as_it_expires", {"link": link, "seconds": random.uniform(0, 0.4)})
        renew: Step = ("resend", {"actor": made["actors"][1], "target": last})

        outcomes = tally.add(pool.race([accept, renew, *_ways_in(made, slug, RUNNERS - 2)], spread=SPREAD * 3))

        accepted, renewed, others = outcomes[0], outcomes[1], outcomes[2:]
        # Somebody who has joined is sent no invitation; that is said in other words.
        _require_words([accepted, *([] if renewed.name == "NotPermitted" else [renewed]), *others])
        has_last = accepted.kind == "ok" or renewed.kind == "ok"
        assert len(wins(others)) == (0 if has_last else 1)
        assert pool.do("places", clinic=made["clinic"])["in_use"] == 5


def test_places_that_are_let_go_are_taken_again_and_no_more_than_those(pool: Pool, tally: Tally):
    """Of a full clinic three leave while seventeen come."""
    for number in range(rounds(3)):
        slug = f"leave-{number}"
        made = pool.do("make_full_clinic", slug=slug, plan="small", holding=5, others=5)
        leaving: list[Step] = [
            ("change", {"actor": made["actors"][0], "target": person, "is_active": False})
            for person in made["members"][2:5]
        ]

        outcomes = tally.add(pool.race([*leaving, *_ways_in(made, slug, RUNNERS - 3)], spread=SPREAD))

        assert len(wins(outcomes[:3])) == 3
        came = len(wins(outcomes[3:]))
        assert 0 <= came <= 3
        _require_words(outcomes)
        assert pool.do("places", clinic=made["clinic"]) == {"in_use": 2 + came, "seats": 5, "mails_to_others": 0}


def test_a_place_held_by_an_invitation_whose_sender_loses_the_role_goes_to_one_at_most(pool: Pool, tally: Tally):
    """They lose it while the invited person accepts and others come, and get it back afterwards (A70)."""
    for number in range(rounds(3)):
        slug = f"dismissed-{number}"
        made = pool.do("make_full_clinic", slug=slug, plan="small", holding=4, others=5)
        sender, other = made["actors"]
        link = pool.do("invite_into_last_place", clinic=made["clinic"], member=made["expired"].pop())
        accept: Step = ("accept", {"link": link})
        dismiss: Step = ("change", {"actor": other, "target": sender, "role": "receptionist"})
        others = _ways_in({**made, "actors": [other, other]}, slug, RUNNERS - 2)

        outcomes = tally.add(pool.race([accept, dismiss, *others], spread=SPREAD * 2))

        accepted, came = outcomes[0], len(wins(outcomes[2:]))
        assert outcomes[1].kind == "ok"
        assert accepted.kind == "ok" or (accepted.name, accepted.words) == ("LinkDead", "not_backed")
        _require_words(outcomes[2:])
        assert (accepted.kind == "ok") + came <= 1
        pool.do("change", actor=other, target=sender, role="administrator")
        [late] = tally.add(pool.race([accept]))
        assert (late.name, late.words) == ("LinkDead", "used" if accepted.kind == "ok" else "expired")
        assert pool.do("places", clinic=made["clinic"])["in_use"] == 4 + (accepted.kind == "ok") + came
