"""A clinic keeps somebody who can add and change users (A41), also where two act on each other at once."""

from typing import Any

import pytest

from tests.races.pool import Pool, Tally, wins
from tests.races.verdict import rounds


@pytest.mark.parametrize(("slug", "change"), [("demote", {"role": "receptionist"}), ("oust", {"is_active": False})])
def test_two_administrators_who_act_on_each_other_leave_one(
    pool: Pool, tally: Tally, slug: str, change: dict[str, Any]
):
    for number in range(rounds(5)):
        made = pool.do("make_clinic", slug=f"{slug}-{number}", administrators=2)
        one, other = made["members"]

        outcomes = tally.add(
            pool.race(
                [
                    ("change", {"actor": one, "target": other, **change}),
                    ("change", {"actor": other, "target": one, **change}),
                ]
            )
        )

        assert len(wins(outcomes)) == 1
        assert {each.name for each in outcomes if each.kind == "refused"} == {"NotPermitted"}
        assert pool.do("counts", clinic=made["clinic"])["administrators"] == 1


def test_two_administrators_who_step_down_at_once_leave_one(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        made = pool.do("make_clinic", slug=f"step-down-{number}", administrators=2)

        outcomes = tally.add(
            pool.race([("change", {"actor": each, "target": each, "role": "receptionist"}) for each in made["members"]])
        )

        assert len(wins(outcomes)) == 1
        [refused] = [each.words for each in outcomes if each.kind == "refused"]
        assert "only administrator" in refused
        assert pool.do("counts", clinic=made["clinic"])["administrators"] == 1


def test_two_who_step_down_beside_one_who_never_had_a_password_leave_one_who_can_sign_in(pool: Pool, tally: Tally):
    """A third was brought over and has yet to choose a password (A70)."""
    for number in range(rounds(5)):
        made = pool.do("make_clinic", slug=f"never-came-{number}", administrators=3)
        *able, third = made["members"]
        pool.do("take_password", member=third)

        outcomes = tally.add(
            pool.race([("change", {"actor": each, "target": each, "role": "receptionist"}) for each in able])
        )

        assert len(wins(outcomes)) == 1
        [refused] = [each.words for each in outcomes if each.kind == "refused"]
        assert "only administrator who can sign in" in refused
        assert pool.do("counts", clinic=made["clinic"])["administrators"] == 2
