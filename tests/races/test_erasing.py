"""Erasing an account, whatever is done to it or to its people at the same moment: whole, or not at all."""

from uuid import uuid4

import pytest

from tests.races.pool import Pool, Tally, wins
from tests.races.verdict import rounds

SPREAD = 0.02
NOTHING = {"is_open": [], "members": 0, "log": []}


def test_an_account_is_erased_or_opened_again(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
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
    for number in range(rounds(5)):
        made = pool.do("make_closed_clinic", slug=f"once-{number}")

        outcomes = tally.add(pool.race([("erase", {"clinic": made["clinic"]})] * 4))

        assert sorted(wins(outcomes)) == [False, False, False, True]
        now = pool.do("remains", clinic=made["clinic"], emails=made["emails"])
        assert now == {**NOTHING, "logins": [], "receipts": 2}


def test_an_invitation_to_an_account_that_is_being_erased_is_dead(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
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
    for number in range(rounds(5)):
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


USES = {
    "sign_in_at_the_page": {},
    "pass_second_step": {"by_backup_code": False},
    "pass_second_step by backup code": {"by_backup_code": True},
    "confirm_by_link": {},
    "ask_for_confirmation": {},
    "choose_password_by_link": {},
    "change_password": {},
    "come_back": {},
    "sign_out_elsewhere": {},
    "ask_for_another_address": {},
    "sign_out": {},
}


@pytest.mark.parametrize("use", USES)
def test_a_login_that_is_erased_while_its_person_uses_it_is_gone_and_nothing_breaks(pool: Pool, tally: Tally, use: str):
    """Whoever comes too late is answered as if there had never been such a login."""
    step, given = use.partition(" ")[0], USES[use]
    for number in range(rounds(4)):
        made = pool.do("make_closed_clinic", slug=f"{use.replace(' ', '-').replace('_', '-')}-{number}")
        email = made["emails"][0]

        erased, used = tally.add(
            pool.race([("erase", {"clinic": made["clinic"]}), (step, {"email": email, **given})], spread=SPREAD)
        )

        assert (erased.value, used.kind) == (True, "ok")
        assert used.value[0] in {200, 302, 410, 422}
        now = pool.do("remains", clinic=made["clinic"], emails=made["emails"])
        # An owner whose address isn't confirmed gets no receipt.
        assert now.pop("receipts") in {1, 2}
        assert now == {**NOTHING, "logins": []}


@pytest.mark.parametrize("is_signed_in", [True, False], ids=["signed in", "with the password"])
def test_a_clinic_that_is_opened_while_the_last_one_is_erased_is_there_with_its_owner_or_not_at_all(
    pool: Pool, tally: Tally, is_signed_in: bool
):
    for number in range(rounds(4)):
        made = pool.do("make_closed_clinic", slug=f"another-{is_signed_in:d}-{number}")
        email = made["emails"][0]

        erased, opened = tally.add(
            pool.race(
                [
                    ("erase", {"clinic": made["clinic"]}),
                    ("open_another_clinic", {"email": email, "is_signed_in": is_signed_in}),
                ],
                spread=SPREAD,
            )
        )

        assert (erased.value, opened.kind) == (True, "ok")
        now = pool.do("remains", clinic=made["clinic"], emails=made["emails"])
        assert now["logins"] == ([email] if pool.do("clinics_opened_by", email=email) else [])


def test_a_request_to_support_is_there_and_holds_up_erasing_or_comes_too_late(pool: Pool, tally: Tally):
    """A72."""
    for number in range(rounds(5)):
        made = pool.do("make_closed_clinic", slug=f"disputed-{number}")

        erased, filed = tally.add(
            pool.race(
                [("erase", {"clinic": made["clinic"]}), ("file_request", {"actor": made["administrators"][0]})],
                spread=SPREAD,
            )
        )

        assert (erased.value, filed.kind) in {(True, "refused"), (False, "ok")}
        now = pool.do("remains", clinic=made["clinic"], emails=made["emails"])
        assert now["members"] == (0 if erased.value else len(made["emails"]))
