"""Erasing an account, whatever is done to it or to its people at the same moment: whole, or not at all."""

from uuid import uuid4

import pytest

from tests.races.pool import Pool, Tally, wins
from tests.races.verdict import rounds

SPREAD = 0.02
NOTHING = {"is_open": [], "members": 0, "log": []}


def test_an_account_is_erased_or_opened_again(pool: Pool, tally: Tally):
    for number in range(rounds(20)):
        made = pool.do("make_closed_clinic", slug=f"reopens-{number}")
        clinic, emails = made["clinic"], made["emails"]

        erased, reopened = tally.add(
            pool.race([("erase", {"clinic": clinic}), ("reopen", {"actor": made["owners"][0]})], spread=SPREAD)
        )

        now = pool.do("remains", clinic=clinic, emails=emails)
        if erased.value:
            assert reopened.name == "NotPermitted"
            assert now == {**NOTHING, "logins": [], "receipts": 2}
        else:
            assert reopened.kind == "ok"
            assert now == {
                "is_open": [True],
                "members": len(emails),
                "log": ["account_closed", "account_reopened"],
                "logins": emails,
                "receipts": 0,
            }


def test_an_account_that_many_workers_erase_at_once_is_erased_once(pool: Pool, tally: Tally):
    for number in range(rounds(20)):
        made = pool.do("make_closed_clinic", slug=f"once-{number}")

        outcomes = tally.add(pool.race([("erase", {"clinic": made["clinic"]})] * 4))

        assert sorted(wins(outcomes)) == [False, False, False, True]
        now = pool.do("remains", clinic=made["clinic"], emails=made["emails"])
        assert now == {**NOTHING, "logins": [], "receipts": 2}


def test_an_invitation_to_an_account_that_is_being_erased_is_dead(pool: Pool, tally: Tally):
    for number in range(rounds(20)):
        made = pool.do("make_closed_clinic", slug=f"invited-{number}")
        link = pool.do("link_of", member=made["others"][0])

        erased, accepted = tally.add(
            pool.race([("erase", {"clinic": made["clinic"]}), ("accept", {"link": link})], spread=SPREAD)
        )

        assert (erased.value, accepted.name) == (True, "LinkDead")
        assert accepted.words in {"closed", "unknown"}


@pytest.mark.parametrize("who", ["owners", "administrators", "others"])
def test_somebody_who_is_added_elsewhere_while_their_clinic_is_erased_is_there(pool: Pool, tally: Tally, who: str):
    """Their login is kept, or made again where it was gone already."""
    for number in range(rounds(20)):
        made = pool.do("make_closed_clinic", slug=f"moves-{who}-{number}")
        person = [*made["owners"], *made["administrators"], *made["others"]].index(made[who][0])
        email = made["emails"][person]
        [elsewhere] = pool.do("make_clinic", slug=f"takes-{who}-{number}")["members"]

        erased, added = tally.add(
            pool.race(
                [
                    ("erase", {"clinic": made["clinic"]}),
                    ("add", {"actor": elsewhere, "email": email, "submission": str(uuid4())}),
                ],
                spread=SPREAD,
            )
        )

        assert (erased.kind, erased.value, added.kind) == ("ok", True, "ok")
        assert pool.do("look", member=added.value)["email"] == email
        now = pool.do("remains", clinic=made["clinic"], emails=made["emails"])
        assert now == {**NOTHING, "logins": [email], "receipts": 2}
