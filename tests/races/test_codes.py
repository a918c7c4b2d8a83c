"""A code, or what a passkey answered, signs in once, however many send it at the same moment (A30, A32, F-C21)."""

import pytest

from tests.races.pool import RUNNERS, Pool, Tally, refusals, wins

EMAIL = "administrator0@{slug}.example"


def _set_up(pool: Pool, slug: str) -> tuple[str, dict[str, object]]:
    pool.do("make_clinic", slug=slug)
    email = EMAIL.format(slug=slug)
    return email, pool.do("set_up_two_factor", email=email)


@pytest.mark.parametrize("number", range(3))
def test_of_twenty_who_enter_one_code_of_the_app_at_once_one_is_in(pool: Pool, tally: Tally, number: int):
    email, shown = _set_up(pool, f"code-{number}")

    code = {"email": email, "code": shown["code"]}
    outcomes = tally.add(pool.race([("show_code", {**code, "place": place}) for place in range(RUNNERS)]))

    assert sorted(wins(outcomes)) == [False] * (RUNNERS - 1) + [True]
    assert pool.do("sign_ins", email=email) == 1


def test_of_twenty_who_enter_one_backup_code_at_once_one_is_in(pool: Pool, tally: Tally):
    email, shown = _set_up(pool, "backup-code")
    code = {"email": email, "code": shown["backup_codes"][0], "by_backup_code": True}

    outcomes = tally.add(pool.race([("show_code", {**code, "place": place}) for place in range(RUNNERS)]))

    assert sorted(wins(outcomes)) == [False] * (RUNNERS - 1) + [True]
    assert pool.do("sign_ins", email=email) == 1


def test_of_twenty_who_send_one_answer_of_a_passkey_at_once_one_is_in(pool: Pool, tally: Tally):
    pool.do("make_clinic", slug="passkey")
    email = EMAIL.format(slug="passkey")
    answer = pool.do("set_up_passkey", email=email)

    shown = [("show_passkey", {"email": email, "answer": answer, "place": place}) for place in range(RUNNERS)]
    outcomes = tally.add(pool.race(shown))

    assert sorted(wins(outcomes)) == [False] * (RUNNERS - 1) + [True]
    assert pool.do("sign_ins", email=email) == 1


def test_a_code_is_good_on_one_page_however_many_pages_there_are(pool: Pool, tally: Tally):
    email, shown = _set_up(pool, "two-pages")
    code = {"email": email, "code": shown["code"]}
    at_the_front = [("show_code", {**code, "place": place}) for place in range(RUNNERS // 2)]
    inside = [("spend_code", code) for _ in range(RUNNERS // 2)]

    outcomes = tally.add(pool.race([*at_the_front, *inside]))

    assert sorted(wins(outcomes)) == [False] * (RUNNERS - 1) + [True]


def test_of_twenty_who_set_up_a_first_app_at_once_one_does(pool: Pool, tally: Tally):
    """Otherwise the later ones would replace the app of the first without a code of it, and leave twenty codes."""
    pool.do("make_clinic", slug="first-app")
    email = EMAIL.format(slug="first-app")

    outcomes = tally.add(pool.race([("turn_two_factor_on", {"email": email}) for _ in range(RUNNERS)]))

    assert wins(outcomes) == [10]
    assert refusals(outcomes) == {"ActionRefused": RUNNERS - 1}
    assert pool.do("second_factor_of", email=email) == {"apps": 1, "codes": 10, "told": 1}


@pytest.mark.parametrize("number", range(5))
def test_of_those_who_sign_in_while_a_second_factor_is_set_up_nobody_stays_in_without_it(
    pool: Pool, tally: Tally, number: int
):
    """A29: whoever was first is signed out by it, whoever comes later is asked for a code, or starts again."""
    pool.do("make_clinic", slug=f"meanwhile-{number}")
    email = EMAIL.format(slug=f"meanwhile-{number}")
    signing_in = [("sign_in_at_the_page", {"email": email})] * 7

    turned_on, *answers = tally.add(pool.race([("turn_two_factor_on", {"email": email}), *signing_in], spread=0.05))

    assert turned_on.value == 10
    assert {each.value[0] for each in answers} <= {302, 422}
    assert pool.do("sign_ins", email=email) == 0
