"""A corrected address leaves nothing of the wrong one behind, whoever uses that address at the same moment."""

from uuid import uuid4

from tests.races.pool import Pool, Tally
from tests.races.verdict import rounds


def _invite(pool: Pool, slug: str, email: str) -> tuple[int, int]:
    [administrator] = pool.do("make_clinic", slug=slug)["members"]
    return administrator, pool.do("add", actor=administrator, email=email, submission=str(uuid4()))


def test_an_address_that_one_clinic_corrects_while_another_invites_it(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        wrong, right = f"wrong{number}@crossing.example", f"right{number}@crossing.example"
        administrator, person = _invite(pool, f"corrects-{number}", wrong)
        [elsewhere] = pool.do("make_clinic", slug=f"invites-{number}")["members"]

        corrected, added = tally.add(
            pool.race(
                [
                    ("change", {"actor": administrator, "target": person, "email": right}),
                    ("add", {"actor": elsewhere, "email": wrong, "submission": str(uuid4())}),
                ]
            )
        )

        assert (corrected.kind, added.kind) == ("ok", "ok")
        assert pool.do("look", member=person)["email"] == right
        assert pool.do("look", member=added.value)["email"] == wrong


def test_an_address_that_a_clinic_corrects_while_its_owner_signs_up(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        wrong, right = f"wrong{number}@signs-up.example", f"right{number}@signs-up.example"
        administrator, person = _invite(pool, f"sign-up-{number}", wrong)

        corrected, opened = tally.add(
            pool.race(
                [
                    ("change", {"actor": administrator, "target": person, "email": right}),
                    ("open_clinic", {"email": wrong, "submission": str(uuid4())}),
                ]
            )
        )

        assert (corrected.kind, opened.kind) == ("ok", "ok")
        assert pool.do("look", member=person)["email"] == right
        assert len(pool.do("clinics_opened_by", email=wrong)) == 1


def test_two_clinics_that_swap_addresses_at_once_do_not_wait_for_each_other(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        here, there = f"here{number}@swap.example", f"there{number}@swap.example"
        people = [_invite(pool, f"swap-{side}-{number}", email) for side, email in (("a", here), ("b", there))]

        outcomes = tally.add(
            pool.race(
                [
                    ("change", {"actor": administrator, "target": person, "email": email})
                    for (administrator, person), email in zip(people, (there, here), strict=True)
                ]
            )
        )

        assert [each.kind for each in outcomes] == ["ok", "ok"]
        assert [pool.do("look", member=person)["email"] for _administrator, person in people] == [there, here]
